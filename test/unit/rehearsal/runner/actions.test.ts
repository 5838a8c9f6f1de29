import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RunControl } from '../../../../rehearsal/runner/index.js';
import { conclusions, job, MAIN, runMain, Scene, step } from './scene.js';

const CORE = {
  'core/action.yml': `
name: core
description: a JavaScript action with a whole life
inputs:
  who: { description: who, required: true }
  two words: { description: spaced, default: 'from \${{ github.repository }}' }
outputs: { greeting: { description: said } }
runs: { using: node24, pre: before.mjs, main: main.mjs, post: after.mjs }
`,
  'core/before.mjs': `import { appendFileSync as add } from 'node:fs'; console.log('before ' + process.env.INPUT_WHO); add(process.env.GITHUB_STATE, 'pre=ran\\n');`,
  'core/main.mjs': `
import { appendFileSync as add } from 'node:fs';
const { env } = process;
console.log('main', env.INPUT_WHO, env['INPUT_TWO_WORDS'], 'state', env.STATE_pre);
console.log('runtime', Boolean(env.ACTIONS_RUNTIME_TOKEN && env.ACTIONS_RESULTS_URL), 'oidc', Boolean(env.ACTIONS_ID_TOKEN_REQUEST_URL));
add(env.GITHUB_OUTPUT, 'greeting<<END\\nhello\\n' + env.INPUT_WHO + '\\nEND\\n');
add(env.GITHUB_STATE, 'opened=door\\n');
add(env.GITHUB_STEP_SUMMARY, '# done for ' + env.INPUT_WHO + '\\n');
if (env.INPUT_WHO === 'failure') process.exit(1);
if (env.INPUT_WHO === 'hang') { console.log('hanging'); setInterval(() => {}, 1000); process.on('SIGINT', () => { console.log('interrupted'); process.exit(1); }); }
`,
  'core/after.mjs': `console.log('closing the', process.env.STATE_opened, 'for', process.env.INPUT_WHO);`,
};

const FRONT = {
  'action.yml': `
name: front
description: a composite front door
inputs: { who: { description: who, required: true }, fail: { description: fail, default: 'false' } }
outputs: { said: { description: said, value: '\${{ steps.core.outputs.greeting }}' }, late: { description: late, value: '\${{ steps.late.outputs.x }}' } }
runs:
  using: composite
  steps:
    - id: core
      uses: $/core
      with: { who: '\${{ inputs.who }}' }
    - id: where
      shell: bash
      env: { INNER: inner }
      run: |
        echo "path $(basename "$GITHUB_ACTION_PATH") == $(basename "\${{ github.action_path }}") of $GITHUB_ACTION_REPOSITORY@$GITHUB_ACTION_REF"
        echo "inputs [$(env | grep -c ^INPUT_ || true)] runtime [$ACTIONS_RUNTIME_TOKEN] oidc [\${ACTIONS_ID_TOKEN_REQUEST_URL:+yes}] $OUTER $INNER"
    - if: inputs.fail == 'true'
      shell: bash
      run: exit 7
    - id: late
      if: always()
      shell: bash
      run: echo x=\${{ job.status }} >> "$GITHUB_OUTPUT"; echo "late \${{ job.status }} \${{ github.action_status }}"
`,
  ...CORE,
};

const useFront = (more: string): string => `
on: push
permissions: { id-token: write }
jobs:
  deploy:
    runs-on: ubuntu-latest
    env: { OUTER: outer }
    steps:
      - id: front
        uses: org/langsmith-azure@v1
        ${more}
      - { id: say, if: always(), run: 'echo "said \${{ steps.front.outputs.said }}" \${{ steps.front.outcome }}' }
`;

describe('actions', () => {
  it('runs pre, main and post of a JavaScript action inside a composite one', async () => {
    const result = await runMain(useFront('with: { who: world, oops: 1 }'), {}, { action: FRONT });
    expect(result.errors).toEqual([]);
    expect(job(result, 'deploy').steps.map(({ name }) => name)).toEqual([
      'Set up job',
      'Pre Run $/core',
      'Run org/langsmith-azure@v1',
      'Run echo "said hello',
      'Post Run $/core',
      'Complete job',
    ]);
    const { log, annotations, summary } = step(result, 'deploy', 'front');
    expect(log).toContain('main world from contoso/platform state ran');
    expect(log).toContain('runtime true oidc true');
    expect(log).toContain('path action == action of org/langsmith-azure@v1');
    expect(log).toContain('inputs [0] runtime [] oidc [yes] outer inner');
    expect(log).toContain('late success success');
    expect(annotations.map(({ message }) => message)).toEqual(["Unexpected input(s) 'oops', valid inputs are ['who', 'fail']"]);
    expect(summary).toBe('# done for world\n');
    expect(step(result, 'deploy', 'say').log).toContain('world success');
    expect(step(result, 'deploy', 'Post Run $/core').log).toEqual(['closing the door for world']);
  });

  it('runs post after a failure, and outputs of later always() steps survive', async () => {
    const result = await runMain(useFront('with: { who: world, fail: true }'), {}, { action: FRONT });
    expect(conclusions(result)).toEqual({ deploy: 'failure' });
    expect(step(result, 'deploy', 'front').log).toContain('late success failure');
    expect(step(result, 'deploy', 'Post Run $/core').log).toEqual(['closing the door for world']);
    const failing = await runMain(useFront('with: { who: failure }'), {}, { action: FRONT });
    expect(step(failing, 'deploy', 'front')).toMatchObject({ outcome: 'failure', conclusion: 'failure' });
    expect(step(failing, 'deploy', 'Post Run $/core').log).toEqual(['closing the door for failure']);
  });

  it('runs post after the main process was killed', async () => {
    const control = new RunControl();
    control.killWhen(/^hanging$/, { step: 'core' });
    const result = await runMain(useFront('with: { who: hang }'), { control }, { action: FRONT });
    expect(step(result, 'deploy', 'front')).toMatchObject({ outcome: 'failure' });
    expect(step(result, 'deploy', 'front').log).not.toContain('interrupted');
    expect(step(result, 'deploy', 'Post Run $/core').log).toEqual(['closing the door for hang']);
    expect(control.killStep()).toBe(0);
  });

  it('runs post after an abort, which interrupts the main process first', async () => {
    const abort = new AbortController();
    const result = await runMain(
      useFront('with: { who: hang }'),
      {
        signal: abort.signal,
        onEvent: (event) => (event.type === 'log' && event.line === 'hanging' ? setTimeout(() => abort.abort('stopped'), 50) : undefined),
      },
      { action: FRONT },
    );
    expect(result.conclusion).toBe('cancelled');
    expect(step(result, 'deploy', 'front')).toMatchObject({ outcome: 'cancelled' });
    expect(step(result, 'deploy', 'front').log).toContain('interrupted');
    expect(step(result, 'deploy', 'say').log).toContain('hang cancelled');
    expect(step(result, 'deploy', 'Post Run $/core').log).toEqual(['closing the door for hang']);
  });

  it('gives no identity to a job without id-token: write', async () => {
    const workflow = `
on: push
jobs:
  a: { runs-on: x, steps: [{ id: core, uses: org/langsmith-azure/core@v1, with: { who: me } }, { id: sh, run: 'echo "[$ACTIONS_ID_TOKEN_REQUEST_TOKEN]"' }] }
`;
    const result = await runMain(workflow, {}, { action: CORE });
    expect(step(result, 'a', 'core').log).toContain('runtime true oidc false');
    expect(step(result, 'a', 'sh').log).toContain('[]');
  });

  it.each([
    ['foo/bar@v2', "The rehearsal runner has no stand-in for the action 'foo/bar@v2'"],
    ['org/langsmith-azure@main', "The rehearsal runner has no stand-in for the action 'org/langsmith-azure@main'"],
    ['docker://alpine:3', "The rehearsal runner has no stand-in for the action 'docker://alpine:3'"],
    ['$/nowhere', "Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '$/nowhere'"],
  ])('fails the job by name for %s, before its first step', async (uses, message) => {
    const result = await runMain(`on: push\njobs: { a: { runs-on: x, steps: [{ run: echo first }, { uses: '${uses}' }] } }`);
    expect(result.conclusion).toBe('failure');
    expect(result.errors[0]).toContain(`a: ${message}`);
    expect(job(result, 'a').steps.map(({ name }) => name)).toEqual(['Set up job', 'Complete job']);
  });

  it('finds a local action only after a checkout, and its nested steps in the workspace', async () => {
    const caller = {
      'local/action.yml': `
name: local
description: local
runs: { using: composite, steps: [{ shell: bash, run: 'echo "here $(basename "$PWD") [$GITHUB_ACTION_REPOSITORY]"' }] }
`,
    };
    const workflow = (checkout: string): string =>
      `on: push\njobs: { a: { runs-on: x, steps: [${checkout}{ id: local, uses: ./local }] } }`;
    const without = await runMain(workflow(''), {}, { caller });
    expect(step(without, 'a', 'local').log.at(-1)).toContain('Did you forget to run actions/checkout');
    const with_ = await runMain(workflow('{ uses: actions/checkout@v6 }, '), {}, { caller });
    expect(step(with_, 'a', 'local').log).toContain('here platform []');
  });

  it('stops composite actions that use themselves', async () => {
    const action = { 'action.yml': 'name: loop\ndescription: loop\nruns: { using: composite, steps: [{ uses: $/ }] }' };
    const result = await runMain('on: push\njobs: { a: { runs-on: x, steps: [{ uses: org/langsmith-azure@v1 }] } }', {}, { action });
    expect(result.errors).toEqual(['a: Composite action depth exceeded max depth 9']);
  });
});

describe("the runner's own actions", () => {
  it('passes files between jobs as artifacts, and keeps hidden ones back', async () => {
    const workflow = `
on: push
jobs:
  pack:
    runs-on: x
    steps:
      - uses: actions/checkout@v6
      - run: mkdir -p out/deep && echo one > out/a.txt && echo two > out/deep/b.txt && echo no > out/.hidden
      - { uses: actions/upload-artifact@v5, with: { name: files, path: out } }
      - { id: none, uses: actions/upload-artifact@v5, with: { name: none, path: 'missing/*', if-no-files-found: error }, continue-on-error: true }
  open:
    needs: pack
    runs-on: x
    steps:
      - { uses: actions/download-artifact@v6, with: { name: files, path: here } }
      - { id: say, run: 'find here -type f | sort | xargs cat' }
      - { id: typo, uses: actions/download-artifact@v6, with: { name: others } }
`;
    const scene = await Scene.create({ [MAIN]: workflow });
    const result = await scene.run();
    expect(result.artifacts.map(({ name, files }) => [name, files])).toEqual([['files', ['a.txt', 'deep/b.txt']]]);
    expect(readFileSync(path.join(result.artifacts[0]?.directory ?? '', 'a.txt'), 'utf8')).toBe('one\n');
    expect(step(result, 'pack', 'none')).toMatchObject({ outcome: 'failure', conclusion: 'success' });
    expect(step(result, 'open', 'say').log.slice(-2)).toEqual(['one', 'two']);
    expect(step(result, 'open', 'typo').log.at(-1)).toContain('Artifact not found for name: others');
    scene.remove();
  });

  it('leaves the token in the checkout until the job ends, unless told not to', async () => {
    const workflow = (persist: boolean): string => `
on: push
jobs: { a: { runs-on: x, steps: [{ uses: actions/checkout@v6, with: { persist-credentials: ${persist} } }, { id: look, run: 'grep -c extraheader .git/config || true' }] } }
`;
    expect(step(await runMain(workflow(true)), 'a', 'look').log).toContain('1');
    const without = await runMain(workflow(false));
    expect(step(without, 'a', 'look').log.join()).toContain('No such file');
    expect(job(without, 'a').steps.map(({ name }) => name)).not.toContain('Post Run actions/checkout@v6');
  });

  it('refuses inputs it has no model of', async () => {
    const result = await runMain(
      'on: push\njobs: { a: { runs-on: x, steps: [{ id: c, uses: actions/checkout@v6, with: { ssh-key: x } }] } }',
    );
    expect(step(result, 'a', 'c').log.at(-1)).toBe(
      "##[error]The rehearsal runner's actions/checkout@v6 has no model of the input 'ssh-key'",
    );
  });
});

/** Whether a process is there and not a zombie. */
function runs(pid: string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('what a job leaves behind', () => {
  it('kills processes that escaped their step, and empties the temporary directory', async () => {
    const scene = await Scene.create({
      [MAIN]: `
on: push
jobs: { a: { runs-on: x, steps: [{ id: go, run: 'setsid sleep 300 > /dev/null 2>&1 < /dev/null & echo "$! $RUNNER_TEMP"; touch "$RUNNER_TEMP/left"' }] } }
`,
    });
    const result = await scene.run();
    const [pid = '', temp = ''] = step(result, 'a', 'go').log.at(-1)?.split(' ') ?? [];
    expect(existsSync(temp)).toBe(false);
    // Killed is one moment, gone another; the test's own time limit ends the wait for one that is not.
    while (runs(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    scene.remove();
  });
});
