import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PROJECT, Rehearsal, type WorkflowRun } from '../../rehearsal/rehearsal.js';
import type { RunEvent, RunResult } from '../../rehearsal/runner/index.js';
import { errorAnnotations } from './support/expect.js';

jest.setTimeout(180_000);

describe('a run that failed and runs again', () => {
  let rehearsal: Rehearsal;
  /** Jobs that ran, and environments whose reviewers were asked, in the run under way. */
  let started: string[] = [];
  let asked: string[] = [];
  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
    await rehearsal.setWorkflow(await readFile(path.join(PROJECT, 'examples/light.yml'), 'utf8'));
  });
  afterAll(() => rehearsal.stop());

  async function run(options: WorkflowRun): Promise<RunResult> {
    [started, asked] = [[], []];
    return rehearsal.run({
      ...options,
      approve: async (environment) => asked.push(environment) > 0,
      onEvent: (event: RunEvent) => {
        if (event.type === 'job-started') started.push(event.job.replace(/^light\//, ''));
        options.onEvent?.(event);
      },
    });
  }

  /** GitHub's other button: every job again, in a new attempt of the same run. */
  const allJobs = (result: RunResult): RunResult => ({ ...result, jobs: [], artifacts: [] });
  const failures = (result: RunResult): (readonly [title: string, message: string])[] =>
    errorAnnotations({ result }).flatMap(({ title, message }) => (title === undefined ? [] : [[title, message] as const]));

  function succeeded(result: RunResult): void {
    expect([...result.errors, ...failures(result)]).toEqual([]);
    expect(result.conclusion).toBe('success');
  }

  let failed: RunResult;

  it('plan-changed: its failed job alone is refused after half an apply, and says to run all of them', async () => {
    rehearsal.world.faults.terraformCreate = { match: /azurerm_kubernetes_cluster/, message: 'QuotaExceeded' };
    failed = await run({ passes: '1' });
    rehearsal.world.faults.terraformCreate = undefined;
    expect(failures(failed).map(([title]) => title)).toEqual([expect.stringMatching(/^provision-failed/)]);
    const made = rehearsal.providers.log.length;

    const again = await run({ passes: '1', rerun: failed });
    expect(started).toEqual(['pass-1/apply']);
    expect(again.conclusion).toBe('failure');
    const [[title, message] = ['', '']] = failures(again);
    expect(title).toMatch(/^plan-changed/);
    expect(message).toMatch(/\nFix: .*re-run all jobs of this run, not only the failed one/);
    expect(rehearsal.providers.log.slice(made).filter(({ action }) => action === 'create' || action === 'update')).toEqual([]);
    failed = again;
  });

  it('ends well when all of its jobs run again: what is left is planned, shown and approved anew', async () => {
    const again = await run({ passes: '1', rerun: allJobs(failed) });
    succeeded(again);
    expect([again.runId, again.attempt]).toEqual([failed.runId, 3]);
    expect(started).toEqual(['pass-1/plan', 'pass-1/apply']);
    expect(asked).toEqual(['production']);
    expect(rehearsal.world.clusters.size).toBe(1);
  });

  it('goes on with its failed job alone when all that was approved is done, and only the look at it failed', async () => {
    const { faults } = rehearsal.world;
    failed = await run({
      passes: '2',
      onEvent: (event) => {
        if (event.type === 'group' && event.title === 'verify') faults.clusterUnreachable = true;
      },
    });
    faults.clusterUnreachable = false;
    expect(failures(failed).map(([title]) => title)).toEqual([expect.stringMatching(/^cluster-unreachable/)]);

    const again = await run({ passes: '2', rerun: failed });
    succeeded(again);
    expect(started).toEqual(['pass-2/apply']);
    const apply = again.jobs.find(({ id }) => id.endsWith('pass-2/apply'));
    expect(apply?.steps.find(({ id }) => id === 'apply')?.summary).toMatch(/^\| plan +\| done .*no changes.*$[\s\S]*^\| verify +\| done /m);
  });
});
