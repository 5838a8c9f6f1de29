import { describe, expect, it } from '@jest/globals';
import { conclusions, job, MAIN, Scene, step } from './scene.js';

const GATED = `
on: push
jobs:
  plan: { runs-on: x, steps: [{ run: 'true' }] }
  apply:
    needs: plan
    runs-on: x
    environment: { name: production, url: 'https://\${{ steps.go.outputs.host }}' }
    steps: [{ id: go, run: 'echo "host=\${{ vars.HOST }}" >> "$GITHUB_OUTPUT"; echo "key \${{ secrets.KEY == ''of-production'' }}"' }]
`;

async function gated(): Promise<Scene> {
  const scene = await Scene.create({ [MAIN]: GATED });
  scene.world.github.environments.set('production', { name: 'production', reviewers: ['ada'] });
  return scene;
}

const environments = { production: { secrets: { KEY: 'of-production' }, variables: { HOST: 'langsmith.contoso.example' } } };

describe('environments', () => {
  it('wait for a reviewer, and bring their own secrets and variables', async () => {
    const scene = await gated();
    const asked: string[] = [];
    const result = await scene.run({
      environments,
      secrets: { KEY: 'of-repository' },
      approve: async (environment, { id }) => {
        asked.push(`${environment} for ${id}`);
        return true;
      },
    });
    expect(asked).toEqual(['production for apply']);
    expect(scene.events).toContainEqual({ type: 'job-waiting-approval', job: 'apply', environment: 'production', reviewers: ['ada'] });
    expect(step(result, 'apply', 'go').log).toContain('key true');
    expect(job(result, 'apply')).toMatchObject({ environment: 'production', environmentUrl: 'https://langsmith.contoso.example' });
    scene.remove();
  });

  it('end the job without a step when the reviewer rejects, or when there is nobody to ask', async () => {
    const scene = await gated();
    const rejected = await scene.run({ approve: async () => false });
    expect(conclusions(rejected)).toEqual({ plan: 'success', apply: 'failure' });
    expect(job(rejected, 'apply')).toMatchObject({ steps: [], reason: "The deployment to 'production' was rejected" });
    const nobody = await scene.run();
    expect(job(nobody, 'apply').reason).toContain('waits for ada, and this run has nobody to approve');
    scene.remove();
  });

  it('stop waiting when the run is aborted', async () => {
    const scene = await gated();
    const abort = new AbortController();
    const result = await scene.run({
      signal: abort.signal,
      approve: () => {
        abort.abort('changed my mind');
        return new Promise(() => undefined);
      },
    });
    expect(conclusions(result)).toEqual({ plan: 'success', apply: 'cancelled' });
    expect(result.conclusion).toBe('cancelled');
    scene.remove();
  });

  it('that do not exist yet gate nothing', async () => {
    const scene = await Scene.create({ [MAIN]: GATED });
    expect((await scene.run()).conclusion).toBe('success');
    expect(scene.world.github.environments.get('production')).toEqual({ name: 'production', reviewers: [] });
    scene.remove();
  });
});

describe('concurrency', () => {
  const grouped = (concurrency: string): string => `
on: push
concurrency: ${concurrency}
jobs: { a: { runs-on: x, steps: [{ id: work, run: 'echo start; sleep 0.6; echo end' }] } }
`;

  /** Start three runs shortly after one another; resolve with their conclusions and how many ever ran at once. */
  async function three(concurrency: string): Promise<{ conclusions: string[]; most: number }> {
    const scene = await Scene.create({ [MAIN]: grouped(concurrency) });
    let running = 0;
    let most = 0;
    const runs = [];
    for (let index = 0; index < 3; index++) {
      runs.push(
        scene.run({
          onEvent: (event) => {
            if (event.type === 'job-started') most = Math.max(most, ++running);
            else if (event.type === 'job-finished') running--;
          },
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const results = await Promise.all(runs);
    scene.remove();
    return { conclusions: results.map(({ conclusion }) => conclusion), most };
  }

  it('lets one wait, and a newer one take its place', async () => {
    expect(await three('{ group: deploy }')).toEqual({ conclusions: ['success', 'cancelled', 'success'], most: 1 });
  });

  it('lets all wait with queue: max', async () => {
    expect(await three('{ group: deploy, queue: max }')).toEqual({ conclusions: ['success', 'success', 'success'], most: 1 });
  });

  it('cancels what is running when asked to', async () => {
    const { conclusions: ends } = await three('{ group: deploy, cancel-in-progress: true }');
    expect(ends).toEqual(['cancelled', 'cancelled', 'success']);
  });

  it('does not hold apart different groups', async () => {
    const { conclusions: ends, most } = await three("'${{ github.run_id }}'");
    expect(ends).toEqual(['success', 'success', 'success']);
    expect(most).toBeGreaterThan(1);
  });

  it('notices a job that waits for its own workflow', async () => {
    const scene = await Scene.create({
      [MAIN]: "on: push\nconcurrency: same\njobs: { a: { concurrency: same, runs-on: x, steps: [{ run: 'true' }] } }",
    });
    const result = await scene.run();
    expect(job(result, 'a')).toMatchObject({ conclusion: 'cancelled' });
    expect(job(result, 'a').reason).toContain("deadlock for concurrency group 'same'");
    scene.remove();
  });
});

describe('deployment records', () => {
  it('are kept for an environment, unless the job says that it deploys nothing', async () => {
    const scene = await Scene.create({
      [MAIN]: `
on: push
jobs:
  plan: { environment: { name: production, deployment: false }, runs-on: x, steps: [{ run: 'true' }] }
  apply: { environment: { name: production }, runs-on: x, steps: [{ run: 'true' }] }
  lint: { runs-on: x, steps: [{ run: 'true' }] }
`,
    });
    const { jobs } = await scene.run();
    expect(Object.fromEntries(jobs.map(({ id, deployment }) => [id, deployment]))).toEqual({ plan: false, apply: true, lint: false });
    scene.remove();
  });
});

describe('a pull request from a fork', () => {
  const WORKFLOW = `
on: pull_request
permissions: { id-token: write, pull-requests: write, contents: read }
jobs:
  look:
    environment: production
    runs-on: x
    steps: [{ id: see, run: 'echo "secret [\${{ secrets.KEY }}] variable [\${{ vars.HOST }}] oidc [$ACTIONS_ID_TOKEN_REQUEST_URL]"' }]
`;
  const event = (repository: string): { name: string; payload: Record<string, unknown> } => ({
    name: 'pull_request',
    payload: { number: 7, pull_request: { number: 7, head: { ref: 'patch', repo: { full_name: repository } }, base: { ref: 'main' } } },
  });

  it('gets no secret, no variable, no identity, and a token that only reads', async () => {
    const scene = await Scene.create({ [MAIN]: WORKFLOW });
    const result = await scene.run({ event: event('mallory/platform'), environments, variables: { HOST: 'of-repository' } });
    expect(step(result, 'look', 'see').log).toContain('secret [] variable [] oidc []');
    expect(job(result, 'look').permissions).toMatchObject({ 'id-token': 'none', 'pull-requests': 'read' });
    const own = await scene.run({ event: event(scene.world.github.repository), environments });
    expect(step(own, 'look', 'see').log.join()).toMatch(/secret \[\*\*\*\] variable \[langsmith\.contoso\.example\] oidc \[https:/);
    scene.remove();
  });
});
