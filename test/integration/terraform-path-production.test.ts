import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PROJECT, Rehearsal } from '../../rehearsal/rehearsal.js';
import type { RunResult } from '../../rehearsal/runner/index.js';
import type { Leftover } from '../../src/destroy/leftovers.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { differing, objectsOf, podsOf, sharedObjectsOf } from './support/objects.js';
import { runDestroy, runPass, type Outcome } from './support/passes.js';
import { commandLines, plans, reported } from './support/places.js';
import { ADMIN_EMAIL, CACHE_KEY, leaks, plantedIn, type Place } from './support/planted.js';
import { APP_STATE, INFRA_STATE, lockState, stateOf, writeState } from './support/state.js';
import { Witness } from './support/witness.js';

jest.setTimeout(900_000);

const HELM = { topology: 'production' };
const TERRAFORM = { ...HELM, 'deploy-path': 'terraform' };

const LOCK = '5a5ef1aa-0d3c-4a4e-9d7e-7e7f6a0c2f11';

const logOf = ({ step }: Outcome): string => step.log.join('\n');

interface StateFile {
  readonly serial: number;
  readonly lineage: string;
  readonly outputs: object;
  readonly resources: readonly unknown[];
}
const parsed = (rehearsal: Rehearsal, key: string): StateFile => JSON.parse(stateOf(rehearsal, key)) as StateFile;

const appStates = ({ outputs }: Outcome): Leftover[] =>
  (JSON.parse(outputs['leftovers'] ?? '[]') as Leftover[]).filter(({ name }) => name.endsWith('/app.tfstate'));

async function withPass1(watch: (rehearsal: Rehearsal) => void = () => undefined): Promise<Rehearsal> {
  const rehearsal = await Rehearsal.start({ workflow: path.join(PROJECT, 'examples/production.yml'), world: { rbacDelayMs: 0 } });
  watch(rehearsal);
  expectSuccess(await runPass(rehearsal, { pass: 1, with: HELM }));
  return rehearsal;
}

describe('production to pass 5 by each path', () => {
  let byTerraform: Rehearsal;
  let byHelm: Rehearsal;
  let witness: Witness;
  const results: RunResult[] = [];
  /** The state of the path while everything stood. */
  let deployed: string;

  beforeAll(async () => {
    const watch = (rehearsal: Rehearsal): void => {
      witness = new Witness(rehearsal.directory);
    };
    [byTerraform, byHelm] = await Promise.all([withPass1(watch), withPass1()]);
  });
  afterAll(async () => {
    witness.stop();
    await Promise.all([byTerraform, byHelm].map((rehearsal) => rehearsal.stop()));
  });

  it('deploys all of it by Terraform, verified, and has nothing left to do', async () => {
    const first = await runPass(byTerraform, { pass: 5, with: TERRAFORM });
    expectSuccess(first);
    expect(first.outputs['verified']).toBe('true');
    const again = await runPass(byTerraform, { pass: 5, with: TERRAFORM });
    expectSuccess(again);
    expect(logOf(again)).toContain('planned: no changes');
    expect(again.outputs).toMatchObject({ 'has-changes': 'false', verified: 'true' });
    witness.stop();
    results.push(first.result, again.result);
  });

  it('T100 keeps every secret out of both states, plans, files handed over, arguments, logs and reports', async () => {
    const planted = plantedIn(byTerraform);
    expect(planted.map(({ name }) => name)).toEqual(expect.arrayContaining([CACHE_KEY, 'langsmith-license-key', ADMIN_EMAIL]));
    const states: Place[] = [
      { name: 'app state', text: stateOf(byTerraform, APP_STATE) },
      // The provider exports the keys of a cache; SECURITY.md says so.
      { name: 'infra state', text: stateOf(byTerraform, INFRA_STATE), allowed: (name) => name === CACHE_KEY },
    ];
    for (const { text } of states) expect(text).toContain('"resources"');
    const planned = plans(witness);
    for (const root of ['infra', 'terraform/app']) expect(planned.map(({ name }) => name)).toContain(`${root}/plan.tfplan/tfplan`);
    const files = [...witness.handedOver].map(([name, text]) => ({ name, text }));
    for (const name of [
      'infra.auto.tfvars.json',
      'action.auto.tfvars.json',
      'values/merged.yaml',
      'values/secrets.yaml',
      'values/addons/keda.yaml',
    ])
      expect(files.map((file) => file.name)).toContainEqual(expect.stringContaining(`terraform/app/${name} `));
    const started = [...(await commandLines(byTerraform)), ...witness.processes];
    expect(leaks(planted, [...states, ...planned, ...files, ...started, ...results.flatMap(reported)])).toEqual([]);
    const modes = [...witness.modes].filter(([name]) => name.endsWith('.auto.tfvars.json') && name.startsWith('terraform/app/'));
    expect(Object.fromEntries(modes.map(([name, seen]) => [path.basename(name), [...seen]]))).toEqual({
      'action.auto.tfvars.json': ['600'],
      'infra.auto.tfvars.json': ['600'],
      'secrets.auto.tfvars.json': ['600'],
    });
  });

  it('T158 T249 is object for object what the Helm path deploys, agents included, and as many pods', async () => {
    expectSuccess(await runPass(byHelm, { pass: 5, with: HELM }));
    const helm = sharedObjectsOf(byHelm);
    expect(helm.size).toBeGreaterThan(120);
    expect(differing(helm, sharedObjectsOf(byTerraform))).toEqual([]);
    expect(podsOf(byTerraform, 'langsmith')).toHaveLength(podsOf(byHelm, 'langsmith').length);
  });

  it('is taken over from Helm as it stands: nothing is reinstalled, no pod restarts, every value stays', async () => {
    const [before, running] = [objectsOf(byHelm), podsOf(byHelm, 'langsmith').sort()];
    const over = await runPass(byHelm, { pass: 5, with: TERRAFORM });
    expectSuccess(over);
    expect(differing(before, objectsOf(byHelm))).toEqual([]);
    expect(podsOf(byHelm, 'langsmith').sort()).toEqual(running);
  });

  it('state-locked: destroy touches nothing while somebody works with the state of the path, and says who', async () => {
    await lockState(byTerraform, APP_STATE, LOCK);
    const before = objectsOf(byTerraform);
    const { detail } = expectFailure(await runDestroy(byTerraform, { with: TERRAFORM }), 'state-locked');
    expect(detail.split('\n')).toEqual(
      expect.arrayContaining([expect.stringContaining(APP_STATE), `ID: ${LOCK}`, 'Who: runner@fv-az1-42']),
    );
    expect(differing(before, objectsOf(byTerraform))).toEqual([]);
    expect(byTerraform.providers.log.filter(({ action }) => action === 'delete')).toEqual([]);
  });

  it('T290 destroy breaks the lock it is told to, takes everything away and leaves the state of the path empty', async () => {
    deployed = stateOf(byTerraform, APP_STATE);
    const { lineage, serial } = parsed(byTerraform, APP_STATE);
    expect(deployed).toContain('helm_release');
    const outcome = await runDestroy(byTerraform, { with: { ...TERRAFORM, 'break-lock': LOCK } });
    expectSuccess(outcome);
    expect(byTerraform.world.clusters.size).toBe(0);
    const after = parsed(byTerraform, APP_STATE);
    expect(after).toMatchObject({ lineage, outputs: {}, resources: [] });
    expect(after.serial).toBeGreaterThan(serial);
    expect(parsed(byTerraform, INFRA_STATE)).toMatchObject({ outputs: {}, resources: [] });
    expect(outcome.step.summary).toMatch(/### Terraform path: \d+ resources of \S+app\.tfstate forgotten/);
    expect(appStates(outcome).map(({ detail }) => detail)).toEqual([expect.stringMatching(/^empty, /)]);
  });

  it('T293 destroy forgets what a run that was killed between the two states left in it, and then finds nothing more to do', async () => {
    await writeState(byTerraform, APP_STATE, deployed);
    const mended = await runDestroy(byTerraform, { with: TERRAFORM });
    expectSuccess(mended);
    expect(mended.step.summary).toContain('there is nothing to destroy');
    expect(mended.step.summary).toMatch(/\| destroy +\| done .*nothing in Azure; \d+ resources of \S+app\.tfstate forgotten/);
    expect(parsed(byTerraform, APP_STATE)).toMatchObject({ outputs: {}, resources: [] });

    const last = stateOf(byTerraform, APP_STATE);
    const again = await runDestroy(byTerraform, { with: TERRAFORM });
    expectSuccess(again);
    expect(again.step.summary).not.toContain('forgotten');
    expect(stateOf(byTerraform, APP_STATE)).toBe(last);
    expect(appStates(again)).toHaveLength(1);
  });

  it('a destroy by the Helm path forgets the state of the other one, too', async () => {
    const outcome = await runDestroy(byHelm, { with: HELM });
    expectSuccess(outcome);
    expect(parsed(byHelm, APP_STATE)).toMatchObject({ outputs: {}, resources: [] });
    expect(outcome.step.summary).toContain('forgotten');
  });
});
