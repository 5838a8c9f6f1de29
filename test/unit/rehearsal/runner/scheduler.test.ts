import { describe, expect, it } from '@jest/globals';
import { conclusions, job, runMain, step } from './scene.js';

describe('needs and if', () => {
  it('skips what depends on a failure, and runs what asked for it', async () => {
    const result = await runMain(`
on: push
jobs:
  broken: { runs-on: ubuntu-latest, steps: [{ run: exit 3 }] }
  after: { needs: broken, runs-on: ubuntu-latest, steps: [{ run: echo never }] }
  rescue: { needs: after, if: failure(), runs-on: ubuntu-latest, steps: [{ run: 'echo rescued' }] }
  report:
    needs: [broken, after]
    if: always()
    runs-on: ubuntu-latest
    steps: [{ id: say, run: 'echo "\${{ needs.broken.result }} \${{ needs.after.result }}"' }]
`);
    expect(result.conclusion).toBe('failure');
    expect(conclusions(result)).toEqual({ broken: 'failure', after: 'skipped', rescue: 'success', report: 'success' });
    expect(step(result, 'report', 'say').log).toContain('failure skipped');
    expect(step(result, 'broken', '__run_1').log.at(-1)).toBe('##[error]Process completed with exit code 3.');
  });

  it('lets a job skipped far above skip everything below that does not say otherwise', async () => {
    const result = await runMain(`
on: push
jobs:
  a: { if: false, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  b: { needs: a, if: always(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  c: { needs: b, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  d: { needs: b, if: '!cancelled() && needs.b.result == ''success''', runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`);
    expect(conclusions(result)).toEqual({ a: 'skipped', b: 'success', c: 'skipped', d: 'success' });
    expect(result.conclusion).toBe('success');
  });

  it('hands outputs on, and forgives a job that continues on error', async () => {
    const result = await runMain(`
on: push
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: { color: '\${{ steps.pick.outputs.color }}', nothing: '' }
    steps: [{ id: pick, run: 'echo color=green >> "$GITHUB_OUTPUT"' }]
  flaky: { runs-on: ubuntu-latest, continue-on-error: true, steps: [{ run: exit 1 }] }
  use:
    needs: [make, flaky]
    runs-on: ubuntu-latest
    steps: [{ id: say, run: 'echo "\${{ needs.make.outputs.color }}/\${{ needs.make.outputs.nothing }}/\${{ needs.flaky.result }}"' }]
`);
    expect(result.conclusion).toBe('success');
    expect(job(result, 'make').outputs).toEqual({ color: 'green' });
    expect(step(result, 'use', 'say').log).toContain('green//success');
  });

  it("reports an expression that cannot be evaluated as the job's failure", async () => {
    const result = await runMain(`
on: push
jobs:
  odd: { if: 'fromJSON(github.ref)', runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`);
    expect(conclusions(result)).toEqual({ odd: 'failure' });
    expect(result.errors[0]).toContain('odd: Cannot evaluate `success() && (fromJSON(github.ref))`');
  });
});

describe('matrix', () => {
  it('includes, excludes and counts', async () => {
    const result = await runMain(`
on: push
jobs:
  legs:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        os: [linux, mac]
        size: [1, 2]
        exclude: [{ os: mac, size: 2 }]
        include: [{ os: linux, extra: yes }, { os: sun, size: 9 }]
    outputs: { last: '\${{ matrix.os }}' }
    steps: [{ id: say, run: 'echo \${{ matrix.os }}-\${{ matrix.size }}-\${{ matrix.extra }} \${{ strategy.job-index }}/\${{ strategy.job-total }}' }]
`);
    expect(result.jobs.map(({ id }) => id).sort()).toEqual([
      'legs (linux, 1, yes)',
      'legs (linux, 2, yes)',
      'legs (mac, 1)',
      'legs (sun, 9)',
    ]);
    expect(step(result, 'legs (linux, 2, yes)', 'say').log).toContain('linux-2-yes 1/4');
    expect(step(result, 'legs (sun, 9)', 'say').log).toContain('sun-9- 3/4');
  });

  it('stops the other legs when one fails, unless told not to', async () => {
    const workflow = (failFast: boolean): string => `
on: push
jobs:
  legs:
    runs-on: ubuntu-latest
    strategy: { fail-fast: ${failFast}, matrix: { seconds: [0, 30] } }
    steps: [{ run: 'if [ \${{ matrix.seconds }} = 0 ]; then sleep 0.3; exit 1; fi; ${failFast ? 'sleep 30' : 'true'}' }]
`;
    expect(conclusions(await runMain(workflow(true)))).toEqual({ 'legs (0)': 'failure', 'legs (30)': 'cancelled' });
    expect(conclusions(await runMain(workflow(false)))).toEqual({ 'legs (0)': 'failure', 'legs (30)': 'success' });
  });

  it('runs no more legs at once than max-parallel', async () => {
    const order: string[] = [];
    await runMain(
      `
on: push
jobs:
  legs:
    runs-on: ubuntu-latest
    strategy: { max-parallel: 1, matrix: { n: [1, 2, 3] } }
    steps: [{ run: 'true' }]
`,
      { onEvent: (event) => (event.type.startsWith('job-') ? order.push(event.type) : undefined) },
    );
    expect(order).toEqual(['job-started', 'job-finished', 'job-started', 'job-finished', 'job-started', 'job-finished']);
  });
});

describe('what GitHub refuses before anything runs', () => {
  it.each([
    ['an unknown key', 'on: push\njobs: { a: { runs-on: x, stepz: [] } }', /stepz/],
    ['an unknown need', 'on: push\njobs: { r: { runs-on: x, steps: [] }, a: { needs: b, runs-on: x, steps: [] } }', /unknown job 'b'/],
    ['an event the workflow does not know', 'on: pull_request\njobs: { a: { runs-on: x, steps: [{ run: a }] } }', /does not run on 'push'/],
    ['a background step', 'on: push\njobs: { a: { runs-on: x, steps: [{ run: a, background: true }] } }', /background/],
  ])('refuses %s', async (_what, workflow, message) => {
    const result = await runMain(workflow);
    expect(result.conclusion).toBe('startup_failure');
    expect(result.jobs).toEqual([]);
    expect(result.errors.join('\n')).toMatch(message);
  });

  it('checks the inputs of a dispatch', async () => {
    const workflow = `
on: { workflow_dispatch: { inputs: { pass: { type: choice, options: ['1', '2'], required: true }, dry: { type: boolean, default: true } } } }
jobs: { a: { runs-on: x, steps: [{ id: say, run: 'echo \${{ inputs.pass }} \${{ inputs.dry && ''dry'' }} \${{ github.event.inputs.pass }}' }] } }
`;
    const refused = await runMain(workflow, { event: { name: 'workflow_dispatch', inputs: { pass: '3', other: 'x' } } });
    expect(refused.errors).toEqual([
      'Unexpected inputs provided: ["other"]',
      "Provided value '3' for input 'pass' not in the list of allowed values",
    ]);
    const accepted = await runMain(workflow, { event: { name: 'workflow_dispatch', inputs: { pass: '2' } } });
    expect(step(accepted, 'a', 'say').log).toContain('2 dry 2');
  });
});
