import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';
import { believeRoles } from './support/roles.js';

jest.setTimeout(120_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  // A role granted by the run is believed when the test says so, and not before.
  rehearsal = await Rehearsal.start({ world: { rbacDelayMs: 24 * 3_600_000 } });
});

afterAll(async () => {
  await rehearsal.stop();
});

const REFUSAL =
  'creating Kubernetes Cluster: unexpected status 403 (403 Forbidden) with error: AuthorizationFailed: The client does not have authorization to perform action Microsoft.ContainerService/managedClusters/write.';

/** `type name` of everything with a name made so far; role assignments have none. */
const created = (): string[] =>
  rehearsal.providers.log
    .filter(({ action, name, error }) => action === 'create' && name !== '' && error === undefined)
    .map(({ type, name }) => `${type} ${name}`);

describe('provision', () => {
  it("provision-invalid: a refused setting is explained in Terraform's own words", async () => {
    const config = await readFile(rehearsal.configFile, 'utf8');
    await rehearsal.setConfig(config.replace(/^letsencrypt_email.*$/m, ''));
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 1 }), 'provision-invalid');
    await rehearsal.setConfig(config);
    expect(detail).toContain('letsencrypt_email is required when tls_certificate_source is letsencrypt');
    expect(detail).toMatch(/validation rule at variables\.langsmith\.tf:\d+/);
    expect(fix).toBe('Correct the values in the configuration file as Terraform says.');
    expect(created()).toEqual([]);
  });

  it('outputs-incomplete: pass 2 before pass 1 says so and asks for no secret', async () => {
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 2 }), 'outputs-incomplete');
    expect(detail).toContain('- aks_cluster_id: ');
    expect(fix).toBe('Run pass 1 with command apply first.');
  });

  it('provision-failed: what Azure refuses is named with its resource, and the next run makes only what is missing', async () => {
    rehearsal.world.faults.terraformCreate = { match: /^azurerm_kubernetes_cluster$/, message: REFUSAL };
    const refused = await runPass(rehearsal, { pass: 1 });
    rehearsal.world.faults.terraformCreate = undefined;
    const { detail, fix } = expectFailure(refused, 'provision-failed');
    expect(detail).toContain(REFUSAL);
    expect(detail).toMatch(/\(module\.\S*azurerm_kubernetes_cluster\.\S+\)/);
    expect(fix).toBe('Mend the cause and run again: Terraform resumes where it stopped.');

    // The role on the vault was granted by then; it is believed only once the run says that it waits for that.
    let waited = 0;
    const resumed = await runPass(rehearsal, {
      pass: 1,
      onEvent: (event) => {
        if (event.type !== 'log' || !event.line.includes('not yet believed by the vault; waiting for it')) return;
        waited += 1;
        believeRoles(rehearsal);
      },
    });
    expectSuccess(resumed);
    expect(waited).toBe(1);
    expect(created().filter((one, index, all) => all.indexOf(one) !== index)).toEqual([]);
    expect(created().filter((one) => one.startsWith('azurerm_kubernetes_cluster '))).toHaveLength(1);
  });

  it('has nothing left to do afterwards', async () => {
    const outcome = await runPass(rehearsal, { pass: 1 });
    expectSuccess(outcome);
    expect(outcome.outputs['has-changes']).toBe('false');
  });

  it('provision-guarded: what cannot be had back is destroyed only when an input names it', async () => {
    const config = await readFile(rehearsal.configFile, 'utf8');
    await rehearsal.setConfig(`${config}\nstorage_account_name = "langsmithother"\n`);
    const before = rehearsal.world.resources.list('Microsoft.Storage/storageAccounts').map(({ name }) => name);
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 1 }), 'provision-guarded');
    const lost = detail.split('\n').map((line) => /^- (\S+) would be replaced$/.exec(line)?.[1] ?? line);
    expect(lost).toContain('module.storage.azurerm_storage_account.this');
    expect(fix).toContain('approve-irreversible');
    expect(rehearsal.world.resources.list('Microsoft.Storage/storageAccounts').map(({ name }) => name)).toEqual(before);

    expectSuccess(await runPass(rehearsal, { pass: 1, with: { 'approve-irreversible': lost.join('\n') } }));
    expect(rehearsal.world.resources.list('Microsoft.Storage/storageAccounts').map(({ name }) => name)).toContain('langsmithother');
  });
});

describe('an apply that waits for the vault', () => {
  let world: Rehearsal;

  beforeAll(async () => {
    world = await Rehearsal.start({ world: { rbacDelayMs: 24 * 3_600_000 } });
  });

  afterAll(async () => {
    await world.stop();
  });

  it('plan-changed: does only the rest of what was approved, and names what somebody changed meanwhile', async () => {
    const approved = await runPass(world, { pass: 1, command: 'plan' });
    expectSuccess(approved);
    const allowed = (): string[] => [...world.world.vaults.live.values()].flatMap(({ allowedIps }) => [...allowedIps]);
    let waited = 0;
    const refused = await runPass(world, {
      pass: 1,
      with: { fingerprint: approved.outputs['fingerprint'] ?? '' },
      onEvent: (event) => {
        if (event.type !== 'log' || !event.line.includes('not yet believed by the vault; waiting for it')) return;
        waited += 1;
        for (const vault of world.world.vaults.live.values()) vault.allowedIps.push('198.51.100.7');
        believeRoles(world);
      },
    });
    const { detail, fix } = expectFailure(refused, 'plan-changed');
    expect(waited).toBe(1);
    // It was to be made, was, and would be changed now.
    expect(detail.split('\n').slice(1)).toEqual(['- infrastructure/module.keyvault.azurerm_key_vault.this (action) differs']);
    expect(fix).toContain('What was applied before stands');
    expect(allowed()).toContain('198.51.100.7');

    expectSuccess(await runPass(world, { pass: 1 }));
    expect(allowed()).not.toContain('198.51.100.7');
  });
});
