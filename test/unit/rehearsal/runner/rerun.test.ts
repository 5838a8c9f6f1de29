import { describe, expect, it } from '@jest/globals';
import { conclusions, job, MAIN, Scene, step } from './scene.js';

const INNER = `
on: { workflow_call: { outputs: { color: { value: '\${{ jobs.plan.outputs.color }}' } } } }
jobs:
  plan:
    runs-on: x
    outputs: { color: '\${{ steps.pick.outputs.color }}' }
    steps: [{ id: pick, run: 'echo "color=green-\${{ github.run_attempt }}" >> "$GITHUB_OUTPUT"' }]
  apply:
    needs: plan
    runs-on: x
    environment: production
    steps: [{ id: work, run: 'echo "\${{ needs.plan.outputs.color }} attempt \${{ github.run_attempt }}"; test \${{ github.run_attempt }} = 2' }]
`;

const WORKFLOW = `
on: push
jobs:
  before: { runs-on: x, steps: [{ run: 'true' }] }
  call: { needs: before, uses: ./.github/workflows/inner.yml }
  report: { needs: call, if: always(), runs-on: x, steps: [{ id: say, run: 'echo "\${{ needs.call.result }} \${{ needs.call.outputs.color }}"' }] }
`;

describe('a re-run of the failed jobs', () => {
  it('keeps what succeeded with its outputs, and runs the rest and all that depends on it', async () => {
    const scene = await Scene.create({ [MAIN]: WORKFLOW, '.github/workflows/inner.yml': INNER });
    scene.world.github.environments.set('production', { name: 'production', reviewers: ['ada'] });
    const asked: string[] = [];
    const approve = async (environment: string): Promise<boolean> => asked.push(environment) > 0;
    const first = await scene.run({ approve });
    expect(conclusions(first)).toEqual({ before: 'success', 'call/plan': 'success', 'call/apply': 'failure', report: 'success' });
    expect(step(first, 'report', 'say').log).toContain('failure green-1');

    scene.events.length = 0;
    const second = await scene.run({ approve, rerun: first });
    expect([second.runId, second.attempt, second.conclusion]).toEqual([first.runId, 2, 'success']);
    const started = scene.events.flatMap((event) => (event.type === 'job-started' ? [event.job] : []));
    expect(started).toEqual(['call/apply', 'report']);
    expect(job(second, 'before')).toBe(job(first, 'before'));
    expect(step(second, 'call/apply', 'work').log).toContain('green-1 attempt 2');
    expect(step(second, 'report', 'say').log).toContain('success green-1');
    // The reviewers are asked again: an approval is for one attempt.
    expect(asked).toEqual(['production', 'production']);
    scene.remove();
  });

  it('runs what was cancelled, too, and of what had a skipped reason decides anew', async () => {
    const scene = await Scene.create({
      [MAIN]: `
on: push
jobs:
  slow: { runs-on: x, steps: [{ run: 'echo up; [ \${{ github.run_attempt }} = 2 ] || sleep 60' }] }
  after: { needs: slow, runs-on: x, steps: [{ run: 'true' }] }
`,
    });
    const abort = new AbortController();
    const first = await scene.run({
      signal: abort.signal,
      onEvent: (event) => (event.type === 'log' && event.line === 'up' ? abort.abort('stopped') : undefined),
    });
    expect(conclusions(first)).toEqual({ slow: 'cancelled', after: 'cancelled' });
    expect(conclusions(await scene.run({ rerun: first }))).toEqual({ slow: 'success', after: 'success' });
    scene.remove();
  });
});
