import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
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

  /** KEDA's release is refused as by a webhook that does not answer yet, until the run says so. */
  const goToLastPass = (meanwhile: () => void): Promise<Outcome> => {
    rehearsal.world.faults.terraformCreate = {
      match: /^helm_release keda$/,
      message: 'failed calling webhook "webhook.cert-manager.io": connect: connection refused',
    };
    const onEvent: PassRun['onEvent'] = (event) => {
      if (
        event.type !== 'log' ||
        !event.line.includes('An add-on does not answer yet') ||
        rehearsal.world.faults.terraformCreate === undefined
      )
        return;
      rehearsal.world.faults.terraformCreate = undefined;
      meanwhile();
    };
    return byTerraform({ pass: 5, onEvent });
  };

  it('plan-changed: an apply that has to wait for an add-on does the rest of what was planned, and nothing else', async () => {
    const [server] = [...rehearsal.clusters.servers.values()];
    const refused = await goToLastPass(() => {
      for (const { metadata } of server?.store.list('Secret', 'cert-manager') ?? [])
        if (metadata.name.startsWith('sh.helm.release.v1.cert-manager.')) server?.store.remove('Secret', 'cert-manager', metadata.name);
    });
    const { detail } = expectFailure(refused, 'plan-changed');
    expect(detail).toContain('app/helm_release.addon["cert-manager"] was not in the approved plan');
    expect(server?.store.list('Secret', 'keda').filter(({ metadata }) => metadata.name.startsWith('sh.helm.release.'))).toEqual([]);
  }, 900_000);

  it('goes to pass 5 in place, waiting for an add-on and destroying nothing', async () => {
    let waited = 0;
    const last = await goToLastPass(() => (waited += 1));
    expectSuccess(last);
    expect(waited).toBe(1);
    expect(JSON.parse(last.outputs['changes'] ?? '')).toMatchObject({ destroy: 0, replace: 0 });
    expect(logOf(await byTerraform({ pass: 5 }))).toContain('planned: no changes');
  }, 900_000);
});
