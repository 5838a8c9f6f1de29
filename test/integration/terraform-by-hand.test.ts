import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { Observer } from '../../rehearsal/observe.js';
import { ENVIRONMENT, PROJECT, Rehearsal } from '../../rehearsal/rehearsal.js';
import { run } from '../../scripts/values.js';
import { expectSuccess } from './support/expect.js';
import { runDestroy, runPass } from './support/passes.js';
import { leaks, plantedIn } from './support/planted.js';
import { APP_STATE, INFRA_STATE, stateOf } from './support/state.js';
import { filesBelow } from './support/witness.js';

jest.setTimeout(600_000);

let rehearsal: Rehearsal;
/** A checkout of this project, as somebody has it who applies the root by hand. */
let checkout: string;
/** What `az aks get-credentials` and kubelogin give a person. */
let kubeconfig: string;

const app = (): string => path.join(checkout, 'terraform/app');
const infra = (): string => path.join(checkout, 'terraform/infra');

/** What a person types, in a job that signs in as the deploying identity; `az login` would do the same at a desk. @returns the log. */
async function shell(...lines: readonly string[]): Promise<string> {
  const { clientId, tenantId, subscriptionId } = rehearsal.tenant;
  const login = {
    ARM_USE_OIDC: 'true',
    ARM_USE_CLI: 'false',
    ARM_CLIENT_ID: clientId,
    ARM_TENANT_ID: tenantId,
    ARM_SUBSCRIPTION_ID: subscriptionId,
  };
  const job = {
    'runs-on': 'ubuntu-24.04',
    environment: ENVIRONMENT,
    permissions: { 'id-token': 'write', contents: 'read' },
    steps: [{ run: lines.join('\n'), env: { ...login, TF_IN_AUTOMATION: '1', TF_CLI_ARGS: '-no-color' } }],
  };
  await rehearsal.setWorkflow(stringify({ on: { workflow_dispatch: { inputs: { passes: { type: 'string' } } } }, jobs: { hand: job } }));
  const result = await rehearsal.run();
  const log = result.jobs.flatMap((ran) => ran.steps.flatMap((step) => step.log)).join('\n');
  if (result.conclusion !== 'success') throw new Error(log);
  return log;
}

const backend = (key: string): string =>
  [
    `-backend-config=storage_account_name=${rehearsal.tenant.stateAccount}`,
    `-backend-config=container_name=${rehearsal.tenant.stateContainer}`,
    `-backend-config=key=${key}`,
  ].join(' ');

const kubectl = (): string =>
  `kubectl --kubeconfig=${kubeconfig} apply --server-side --filename=${path.join(app(), 'values/namespaces.yaml')}`;

const apply = (...more: readonly string[]): string =>
  [`terraform -chdir=${app()} apply -input=false -auto-approve -var kubeconfig=${kubeconfig}`, ...more].join(' ');

const values = (pass: string): Promise<number> => {
  const outputs = path.join(checkout, 'outputs.json');
  return run(['--topology', 'light', '--pass', pass, '--outputs', outputs, '--terraform', app()]);
};

beforeAll(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  rehearsal = await Rehearsal.start();
  expectSuccess(await runPass(rehearsal, { pass: 1 }));
  checkout = path.join(rehearsal.directory, 'checkout');
  await mkdir(checkout);
  const filter = (from: string): boolean => !/[\\/](\.terraform|values|[^\\/]*\.tfvars\.json)$/.test(from);
  for (const part of ['terraform/app', 'terraform/infra'])
    await cp(path.join(PROJECT, part), path.join(checkout, part), { recursive: true, filter });
  await cp(path.join(PROJECT, 'helm/langsmith-platform'), path.join(checkout, 'helm/langsmith-platform'), { recursive: true });
  kubeconfig = (await Observer.of(rehearsal))?.kubeconfig ?? '';
});

afterAll(async () => {
  await rehearsal.stop();
});

describe('terraform/app by hand, as its README says', () => {
  it('deploys pass 2 from what `npm run values` wrote, and then has nothing left to do', async () => {
    await shell(
      `terraform -chdir=${infra()} init -input=false ${backend(INFRA_STATE)}`,
      `terraform -chdir=${infra()} output -json > ${path.join(checkout, 'outputs.json')}`,
      `terraform -chdir=${app()} init -input=false ${backend(APP_STATE)}`,
    );
    expect(await values('2')).toBe(0);
    const log = await shell(kubectl(), apply(), apply());
    expect(log).toMatch(/Apply complete! Resources: [1-9]\d* added, 0 changed, 0 destroyed\.[^]*No changes\./);
  });

  it('is what the action would have made: it verifies it, and has nothing to do itself, by either path', async () => {
    const verified = await runPass(rehearsal, { pass: 2, command: 'verify' });
    expectSuccess(verified);
    expect(verified.outputs['verified']).toBe('true');
    for (const path of ['terraform', 'helm']) {
      const plan = await runPass(rehearsal, { pass: 2, command: 'plan', with: { 'deploy-path': path, 'timeout-minutes': '20' } });
      expectSuccess(plan);
      expect(plan.outputs['has-changes']).toBe('false');
    }
  });

  it('goes to pass 3 by the same two commands, which write again what changed', async () => {
    const before = JSON.parse(await readFile(path.join(app(), 'action.auto.tfvars.json'), 'utf8')) as { langsmith_values_revision: number };
    expect(await values('3')).toBe(0);
    const after = JSON.parse(await readFile(path.join(app(), 'action.auto.tfvars.json'), 'utf8')) as { langsmith_values_revision: number };
    expect(after.langsmith_values_revision).toBeGreaterThan(before.langsmith_values_revision);
    const log = await shell(kubectl(), apply(), apply());
    expect(log).toMatch(/Apply complete! Resources: \d+ added, [1-9]\d* changed, 0 destroyed\.[^]*No changes\./);
    expectSuccess(await runPass(rehearsal, { pass: 3, command: 'verify' }));
  });

  it('leaves no secret in the files of the root nor in its state', async () => {
    const files = filesBelow(app()).filter((file) => !file.includes('.terraform/'));
    const places = await Promise.all(files.map(async (file) => ({ name: file, text: await readFile(file, 'utf8') })));
    expect(files.length).toBeGreaterThan(10);
    expect(leaks(plantedIn(rehearsal), [...places, { name: 'app state', text: stateOf(rehearsal, APP_STATE) }])).toEqual([]);
  });

  it('is taken away by the action like any other deployment', async () => {
    const outcome = await runDestroy(rehearsal);
    expectSuccess(outcome);
    expect(outcome.step.summary).toContain('4 namespaces removed');
    expect(outcome.step.summary).toMatch(/resources of \S+app\.tfstate forgotten/);
    expect(rehearsal.world.clusters.size).toBe(0);
  });
});
