import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { differing, objectsOf, podsOf, sharedObjectsOf } from './support/objects.js';
import { leaks, plantedIn } from './support/planted.js';
import { runPass, type Outcome } from './support/passes.js';
import { APP_STATE, stateOf } from './support/state.js';

const TERRAFORM = { 'deploy-path': 'terraform' };

const logOf = ({ step }: Outcome): string => step.log.join('\n');

async function withInfrastructure(): Promise<Rehearsal> {
  const rehearsal = await Rehearsal.start();
  const { result } = await runPass(rehearsal, { pass: 1 });
  if (result.conclusion !== 'success') throw new Error(result.errors.join('\n'));
  return rehearsal;
}

describe('deploy-path: terraform', () => {
  let byTerraform: Rehearsal;
  let byHelm: Rehearsal;

  beforeAll(async () => {
    byTerraform = await withInfrastructure();
    byHelm = await withInfrastructure();
  }, 600_000);

  afterAll(async () => {
    await byTerraform.stop();
    await byHelm.stop();
  });

  it('plans pass 2 without touching the cluster, deploys it as that plan, verifies it, and has nothing left to do', async () => {
    const plan = await runPass(byTerraform, { pass: 2, command: 'plan', with: TERRAFORM });
    expect(plan.result.conclusion).toBe('success');
    // Seven resources of Terraform, and the namespaces that the action makes before.
    expect(logOf(plan)).toMatch(/langsmith 0\.\d+\.\d+: 10 to add, 0 to change, 0 to destroy; fingerprint/);
    expect(stateOf(byTerraform, APP_STATE)).not.toContain('helm_release');
    expect(podsOf(byTerraform, 'langsmith')).toEqual([]);

    const first = await runPass(byTerraform, { pass: 2, with: TERRAFORM });
    expect(logOf(first)).toContain('applied: ');
    expect(first.result.conclusion).toBe('success');
    expect(first.outputs['verified']).toBe('true');
    const again = await runPass(byTerraform, { pass: 2, with: TERRAFORM });
    expect(again.result.conclusion).toBe('success');
    expect(logOf(again)).toContain('planned: no changes');
    expect(again.outputs['has-changes']).toBe('false');
    expect(again.outputs['release-revision']).toBe('1');
  }, 900_000);

  it('T100 keeps no secret in the state of what it deployed', () => {
    const state = stateOf(byTerraform, APP_STATE);
    expect(state).toContain('helm_release');
    expect(leaks(plantedIn(byTerraform), [{ name: 'app state', text: state }])).toEqual([]);
  });

  it('T158 T249 deploys object for object what the Helm path deploys', async () => {
    const { result } = await runPass(byHelm, { pass: 2 });
    expect(result.conclusion).toBe('success');
    const helm = sharedObjectsOf(byHelm);
    expect(helm.size).toBeGreaterThan(60);
    expect(differing(helm, sharedObjectsOf(byTerraform))).toEqual([]);
  }, 900_000);

  it('takes a deployment over from Helm and gives it back: nothing is reinstalled, no pod restarts', async () => {
    const [before, running] = [objectsOf(byHelm), podsOf(byHelm, 'langsmith').sort()];
    const over = await runPass(byHelm, { pass: 2, with: TERRAFORM });
    expect(over.result.conclusion).toBe('success');
    expect(logOf(over)).toContain('Secret langsmith-config-secret: Terraform takes it over.');
    expect(differing(before, objectsOf(byHelm))).toEqual([]);
    expect(podsOf(byHelm, 'langsmith').sort()).toEqual(running);
    expect(leaks(plantedIn(byHelm), [{ name: 'app state', text: stateOf(byHelm, APP_STATE) }])).toEqual([]);

    const back = await runPass(byHelm, { pass: 2 });
    expect(back.result.conclusion).toBe('success');
    expect(back.outputs['has-changes']).toBe('false');
    expect(differing(before, objectsOf(byHelm))).toEqual([]);
    const again = await runPass(byHelm, { pass: 2, with: TERRAFORM });
    expect(logOf(again)).toContain('planned: no changes');
  }, 900_000);
});
