import { describe, expect, it } from '@jest/globals';
import { conclusions, job, MAIN, runMain, Scene, step } from './scene.js';

const PASS = '.github/workflows/pass.yml';

const CALLED = {
  [PASS]: `
name: pass
on:
  workflow_call:
    inputs:
      pass: { type: number, required: true }
      dry: { type: boolean, default: true }
      where: { type: string, default: 'in \${{ github.repository }}' }
    secrets: { key: { required: true }, extra: {} }
    outputs: { url: { value: '\${{ jobs.run.outputs.url }}' } }
env: { LEVEL: called }
jobs:
  run:
    name: Run \${{ inputs.pass }}
    runs-on: x
    outputs: { url: '\${{ steps.see.outputs.url }}' }
    steps:
      - id: see
        run: |
          echo "pass \${{ inputs.pass }} dry \${{ inputs.dry && 'yes' || 'no' }} \${{ inputs.where }} $LEVEL [$TOP]"
          echo "key \${{ secrets.key == 'k3y-value' }} extra [\${{ secrets.extra }}] other [\${{ secrets.OTHER }}]"
          echo "\${{ github.workflow }} \${{ job.workflow_repository }} \${{ job.workflow_ref }} \${{ github.event_name }}"
          echo "url=https://pass-\${{ inputs.pass }}" >> "$GITHUB_OUTPUT"
      - { id: self, uses: $/say }
`,
  'say/action.yml':
    "name: say\ndescription: say\nruns: { using: composite, steps: [{ shell: bash, run: 'echo from $GITHUB_ACTION_REPOSITORY' }] }",
};

describe('reusable workflows', () => {
  it('get typed inputs and mapped secrets, know where they are from, and hand outputs back', async () => {
    const result = await runMain(
      `
name: top
on: push
env: { TOP: top }
jobs:
  infra:
    name: Infra
    uses: org/langsmith-azure/.github/workflows/pass.yml@v1
    with: { pass: 2, dry: false }
    secrets: { key: '\${{ secrets.KEY }}' }
  after:
    needs: infra
    runs-on: x
    steps: [{ id: say, run: 'echo "\${{ needs.infra.outputs.url }} \${{ needs.infra.result }}"' }]
`,
      { secrets: { KEY: 'k3y-value', OTHER: 'o' } },
      { action: CALLED },
    );
    expect(result.errors).toEqual([]);
    expect(job(result, 'infra/run').name).toBe('Infra / Run 2');
    const { log } = step(result, 'infra/run', 'see');
    expect(log).toContain('pass 2 dry no in contoso/platform called []');
    expect(log).toContain('key true extra [] other []');
    expect(log).toContain('top org/langsmith-azure org/langsmith-azure/.github/workflows/pass.yml@refs/tags/v1 push');
    expect(step(result, 'infra/run', 'self').log).toContain('from org/langsmith-azure');
    expect(step(result, 'after', 'say').log.at(-1)).toBe('https://pass-2 success');
  });

  it('inherit secrets, run once per matrix leg, and pass failures up', async () => {
    const scene = await Scene.create(
      {
        [MAIN]: `
on: push
jobs:
  all:
    strategy: { fail-fast: false, matrix: { n: [1, 2] } }
    uses: ./.github/workflows/inner.yml
    with: { n: '\${{ matrix.n }}' }
    secrets: inherit
  after: { needs: all, if: failure(), runs-on: x, steps: [{ id: say, run: 'echo \${{ needs.all.result }}' }] }
`,
        '.github/workflows/inner.yml': `
on: { workflow_call: { inputs: { n: { type: number } } } }
jobs: { one: { runs-on: x, steps: [{ id: see, run: 'echo \${{ secrets.KEY }}; exit $((\${{ inputs.n }} - 1))' }] } }
`,
      },
      {},
    );
    const result = await scene.run({ secrets: { KEY: 'k3y-value' } });
    expect(conclusions(result)).toEqual({ 'all (1)/one': 'success', 'all (2)/one': 'failure', after: 'success' });
    expect(step(result, 'all (1)/one', 'see').log).toContain('***');
    expect(step(result, 'after', 'say').log.at(-1)).toBe('failure');
    scene.remove();
  });

  it('are told to GitHub by the name of their own file, and to OIDC by the environment of their job', async () => {
    const scene = await Scene.create(
      { [MAIN]: 'on: push\njobs: { go: { permissions: { id-token: write }, uses: org/langsmith-azure/.github/workflows/gated.yml@v1 } }' },
      {
        '.github/workflows/gated.yml':
          'on: workflow_call\njobs: { apply: { environment: production, runs-on: x, steps: [{ id: t, run: echo $ACTIONS_ID_TOKEN_REQUEST_TOKEN }] } }',
      },
    );
    const result = await scene.run();
    const token = step(result, 'go/apply', 't').rawLog.at(-1) ?? '';
    expect(step(result, 'go/apply', 't').log.at(-1)).toBe('***');
    const registered = scene.world.github.byToken(token)?.job;
    expect(registered).toMatchObject({
      environment: 'production',
      workflowRef: 'contoso/platform/.github/workflows/main.yml@refs/heads/main',
      jobWorkflowRef: 'org/langsmith-azure/.github/workflows/gated.yml@refs/tags/v1',
      permissions: { 'id-token': 'write' },
      runId: result.runId,
    });
    expect(job(result, 'go/apply').environment).toBe('production');
    scene.remove();
  });

  it('can be run directly, as the caller would', async () => {
    const result = await runMain(
      'on: push\njobs: { a: { runs-on: x, steps: [{ run: echo }] } }',
      { workflow: `org/langsmith-azure/${PASS}@v1`, event: { name: 'push', inputs: { pass: 3 } }, secrets: { key: 'k3y-value' } },
      { action: CALLED },
    );
    expect(step(result, 'run', 'see').log).toContain('pass 3 dry yes in contoso/platform called []');
  });

  const call = (more: string): string => `on: push\njobs: { go: { uses: org/langsmith-azure/${PASS}@v1, ${more} } }`;

  it.each([
    ['a missing input', call('secrets: { key: k }'), /Input pass is required/],
    ['an unknown input', call('with: { pass: 1, puss: 2 }, secrets: { key: k }'), /Invalid input, puss is not defined/],
    ['a missing secret', call('with: { pass: 1 }'), /Secret key is required/],
    [
      'an unknown repository',
      'on: push\njobs: { go: { uses: other/repo/.github/workflows/x.yml@v1 } }',
      /no repository for the reusable workflow other\/repo/,
    ],
    ['an unknown file', 'on: push\njobs: { go: { uses: ./.github/workflows/none.yml } }', /none\.yml/],
  ])('refuse %s before anything runs', async (_what, workflow, message) => {
    const result = await runMain(workflow, {}, { action: CALLED });
    expect(result.conclusion).toBe('startup_failure');
    expect(result.errors.join('\n')).toMatch(message);
  });

  it('fail the calling job when an input has the wrong type', async () => {
    const result = await runMain(call("with: { pass: '${{ github.ref }}' }, secrets: { key: k }"), {}, { action: CALLED });
    expect(conclusions(result)).toEqual({ go: 'failure' });
    expect(result.errors[0]).toContain("Input pass must be a number, but 'refs/heads/main' is a string");
  });

  it('go four levels deep and no deeper', async () => {
    const level = (next: string): string => `on: [push, workflow_call]\njobs: { n: { ${next} } }`;
    const leaf = level('runs-on: x, steps: [{ run: "true" }]');
    const files = (depth: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: depth }, (_, index) => [
          index === 0 ? MAIN : `.github/workflows/l${index}.yml`,
          index === depth - 1 ? leaf : level(`uses: ./.github/workflows/l${index + 1}.yml`),
        ]),
      );
    expect(conclusions(await runMain(leaf, {}, { caller: files(4) }))).toEqual({ 'n/n/n/n': 'success' });
    expect((await runMain(leaf, {}, { caller: files(5) })).errors.join()).toContain('nested more than 4 levels');
  });
});

describe('permissions', () => {
  const inner = (permissions: string): Record<string, string> => ({
    '.github/workflows/inner.yml': `on: workflow_call\njobs: { a: { ${permissions} runs-on: x, steps: [{ run: 'true' }] } }`,
  });
  const outer = (permissions: string): string => `on: push\n${permissions}\njobs: { go: { uses: ./.github/workflows/inner.yml } }`;

  it("of a called job are the caller's unless it asks for less", async () => {
    const all = await runMain(outer('permissions: { id-token: write, contents: read }'), {}, { caller: inner('') });
    expect(job(all, 'go/a').permissions).toEqual({ metadata: 'read', 'id-token': 'write', contents: 'read' });
    const less = await runMain(
      outer('permissions: { id-token: write, contents: write }'),
      {},
      { caller: inner('permissions: { contents: read },') },
    );
    expect(job(less, 'go/a').permissions).toEqual({ metadata: 'read', contents: 'read' });
  });

  it("beyond the caller's are refused before anything runs", async () => {
    const result = await runMain(outer(''), {}, { caller: inner('permissions: { id-token: write, contents: write },') });
    expect(result.conclusion).toBe('startup_failure');
    expect(result.errors).toEqual([
      "Error calling workflow '.github/workflows/inner.yml'. The nested job 'a' is requesting 'id-token: write, contents: write', but is only allowed 'id-token: none, contents: read'.",
    ]);
  });
});

describe('secrets of an environment', () => {
  const inner = `
on: { workflow_call: { secrets: { TOLD: {} } } }
jobs: { a: { environment: production, runs-on: x, steps: [{ id: see, run: 'echo "told \${{ secrets.TOLD }} other [\${{ secrets.OTHER }}]"' }] } }
`;
  const environments = { production: { secrets: { TOLD: 'from-environment', OTHER: 'other-value' } } };
  const seen = async (secrets: string): Promise<string | undefined> => {
    const main = `on: push\njobs: { go: { uses: ./.github/workflows/inner.yml, ${secrets} } }`;
    const options = { environments, secrets: { TOLD: 'from-repository' } };
    return step(await runMain(main, options, { caller: { '.github/workflows/inner.yml': inner } }), 'go/a', 'see').rawLog.at(-1);
  };

  it('reach a called workflow by the names it is called with, and win over what the caller has', async () => {
    expect(await seen("secrets: { TOLD: '${{ secrets.TOLD }}' }")).toBe('told from-environment other []');
  });

  it('all reach one that inherits, and none one that is given none', async () => {
    expect(await seen('secrets: inherit')).toBe('told from-environment other [other-value]');
    expect(await seen('with: {}')).toBe('told  other []');
  });
});
