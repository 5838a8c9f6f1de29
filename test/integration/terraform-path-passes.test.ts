import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { runPass, type Outcome, type PassRun } from './support/passes.js';

const logOf = ({ step }: Outcome): string => step.log.join('\n');

describe('deploy-path: terraform, from a failed first installation to the last pass and the end', () => {
  let rehearsal: Rehearsal;

  const byTerraform = (run: Omit<PassRun, 'with'> & { readonly with?: PassRun['with'] }): Promise<Outcome> =>
    runPass(rehearsal, { ...run, with: { 'deploy-path': 'terraform', ...run.with } });

  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
    const { result } = await runPass(rehearsal, { pass: 1 });
    expect(result.errors).toEqual([]);
  }, 600_000);

  afterAll(async () => rehearsal.stop());

  it('release-failed says what Terraform, Helm and the cluster say; the next run adopts what was installed and goes on', async () => {
    rehearsal.world.faults.jobFails = /backend-migrations/;
    const failed = await byTerraform({ pass: 2 });
    expect(failed.outputs['failure-reason']).toBe('release-failed');
    expect(logOf(failed)).toContain('helm_release.langsmith');
    rehearsal.world.faults.jobFails = undefined;
    const mended = await byTerraform({ pass: 2 });
    expect(mended.result.conclusion).toBe('success');
    expect(mended.outputs['verified']).toBe('true');
    expect(logOf(await byTerraform({ pass: 2 }))).toContain('planned: no changes');
  }, 900_000);

  it('sets right what others changed in the release behind its back', async () => {
    const [server] = [...rehearsal.clusters.servers.values()];
    server?.store.remove('Service', 'langsmith', 'langsmith-frontend');
    const set = await byTerraform({ pass: 2 });
    expect(logOf(set)).toContain('helm_release.langsmith: Modif');
    expect(set.outputs['verified']).toBe('true');
    expect(server?.store.get('Service', 'langsmith', 'langsmith-frontend')).toBeDefined();
  }, 900_000);

  it('goes to pass 5 in place, destroying nothing', async () => {
    const last = await byTerraform({ pass: 5 });
    expect(last.result.conclusion).toBe('success');
    expect(JSON.parse(last.outputs['changes'] ?? '')).toMatchObject({ destroy: 0, replace: 0 });
    expect(logOf(await byTerraform({ pass: 5 }))).toContain('planned: no changes');
  }, 900_000);
});
