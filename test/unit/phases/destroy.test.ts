import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeployError } from '../../../src/errors.js';
import { destroy, planDestroy, type Doomed } from '../../../src/phases/destroy.js';
import type { Infrastructure, StateResource } from '../../../src/phases/state.js';
import type { Azure } from '../../../src/preflight/azure.js';
import type { PrivateDirectory } from '../../../src/private-directory.js';
import { SECRETS, variableOf } from '../../../src/secret-catalogue.js';
import { Terraform } from '../../../src/tools/terraform.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';
import { inputsOf, sessionOf } from '../../fakes/session.js';
import { recorded } from '../../fixtures/terraform.js';

const GROUP = '/subscriptions/s/resourceGroups/langsmith-rg';
const resource = (type: string, values: Record<string, unknown>): StateResource => ({ address: type, mode: 'managed', type, values });
const STATE = [
  resource('azurerm_resource_group', { id: GROUP }),
  resource('azurerm_kubernetes_cluster', { id: `${GROUP}/aks`, node_resource_group: 'MC_x' }),
];

let directory: string;
let secretsFile: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'destroy-'));
  secretsFile = path.join(directory, 'secrets.auto.tfvars.json');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function stage(fake: FakeExec, locks: Azure['list']): { infrastructure: Infrastructure; plan: () => Promise<Doomed>; log: CollectedLog } {
  const log = new CollectedLog();
  const infrastructure = {
    terraform: new Terraform(fake.exec, directory, {}, log),
    resources: STATE,
    exists: true,
  } as Partial<Infrastructure> as Infrastructure;
  const privateDirectory = {
    writeFile: async (_name: string, content: string) => writeFile(secretsFile, content),
  } as unknown as PrivateDirectory;
  const azure = { list: locks } as Azure;
  return { infrastructure, log, plan: () => planDestroy(inputsOf(), sessionOf(), infrastructure, { azure, log, privateDirectory }) };
}

const planned = (): FakeExec =>
  new FakeExec()
    .on(/^terraform plan -destroy /, { code: 2 })
    .on(/^terraform show -json -no-color plan\.tfplan$/, recorded('show-plan.json'));
const none: Azure['list'] = async () => ({ known: [] });
const failure = (promise: Promise<unknown>): Promise<DeployError> =>
  promise.then(
    () => {
      throw new Error('was meant to fail');
    },
    (error: unknown) => error as DeployError,
  );

describe('destroy', () => {
  it('gives Terraform a made-up value for every secret, of the shape it asks for, and applies the very plan', async () => {
    const fake = planned().on(/^terraform apply/, '');
    const { infrastructure, plan } = stage(fake, none);
    const doomed = await plan();
    const values = JSON.parse(await readFile(secretsFile, 'utf8')) as Record<string, string>;
    expect(Object.keys(values)).toEqual(SECRETS.map(({ name }) => variableOf(name)));
    expect(values['langsmith_deployments_encryption_key']).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    const result = await destroy(inputsOf(), sessionOf(), infrastructure, doomed, { skipped: 'x', unseen: false });
    expect(result).toMatchObject({ applied: true, changes: doomed.changes, irreversible: doomed.irreversible });
    expect(fake.matching(/^terraform apply/).map(({ args }) => args.at(-1))).toEqual(['plan.tfplan']);
    expect(existsSync(secretsFile)).toBe(false);
  });

  it('T296 names the locks and how to remove them', async () => {
    const lock = { id: `${GROUP}/providers/Microsoft.Authorization/locks/keep`, name: 'keep', properties: { level: 'ReadOnly' } };
    const other = { id: '/subscriptions/s/resourceGroups/other/providers/Microsoft.Authorization/locks/theirs' };
    const { plan } = stage(planned(), (async () => ({ known: [lock, other] })) as Azure['list']);
    const error = await failure(plan());
    expect(error).toMatchObject({ reason: 'destroy-blocked', detail: `- lock keep (ReadOnly) on ${GROUP}` });
    expect(error.fix).toContain(`az lock delete --ids ${lock.id}`);
  });

  it('goes on where locks cannot be read, and says so', async () => {
    const { plan, log } = stage(planned(), async () => ({ unknown: 'HTTP 403' }));
    await plan();
    expect(log.lines).toContain('warning: Whether locks stand in the way cannot be read: HTTP 403');
  });

  it.each([true, false])('names what the cluster may have left when Azure refuses and nobody looked (%s)', async (unseen) => {
    const refusal = JSON.stringify({
      type: 'diagnostic',
      diagnostic: { severity: 'error', summary: 'InUseSubnetCannotBeDeleted', detail: '' },
    });
    const fake = planned().on(/^terraform apply/, ({ options }) => {
      options.onLine?.(refusal);
      return { code: 1 };
    });
    const { infrastructure, plan } = stage(fake, none);
    const error = await failure(destroy(inputsOf(), sessionOf(), infrastructure, await plan(), { skipped: 'no answer', unseen }));
    expect(error.reason).toBe('provision-failed');
    expect(error.fix.includes('az group delete --name MC_x')).toBe(unseen);
    expect(existsSync(secretsFile)).toBe(false);
  });
});
