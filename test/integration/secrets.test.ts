import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import type { Vault } from '../../rehearsal/world/vaults.js';
import { SECRETS } from '../../src/secret-catalogue.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';
import { withdrawRole } from './support/roles.js';

jest.setTimeout(120_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
});

afterAll(async () => {
  await rehearsal.stop();
});

/** The deployment's one vault. */
function theVault(): Vault {
  const [vault] = [...rehearsal.world.vaults.live.values()];
  if (vault === undefined) throw new Error('there is no vault yet');
  return vault;
}

/** How often each secret was written. */
const writes = (): Record<string, number> => Object.fromEntries([...theVault().secrets].map(([name, versions]) => [name, versions.length]));

const onceEach = Object.fromEntries(SECRETS.map(({ name }) => [name, 1]));

const plan = (): ReturnType<typeof runPass> => runPass(rehearsal, { pass: 1, command: 'plan' });

/** A run that only looked: nothing is to do, and every secret came from the vault. */
async function expectUnchanged(run: ReturnType<typeof runPass>): Promise<void> {
  const outcome = await run;
  expectSuccess(outcome);
  expect(outcome.outputs['has-changes']).toBe('false');
  expect(outcome.step.summary).toContain(`${SECRETS.length} from Key Vault`);
}

describe('secrets', () => {
  it('secrets-missing: the first run without a license key stops before anything is created', async () => {
    const outcome = await runPass(rehearsal, { pass: 1, with: { 'license-key': '' } });
    const { detail, fix } = expectFailure(outcome, 'secrets-missing');
    expect(detail).toBe('nothing supplies:\n- license-key (LangSmith license): Key Vault does not hold it yet');
    expect(fix).toBe('Pass the named inputs once; they are stored in Key Vault and never asked again.');
    expect(rehearsal.providers.log.filter(({ action }) => action === 'create')).toEqual([]);
  });

  it('T104 T118: writes every secret once, and reads them back through a throttled vault without the inputs', async () => {
    expectSuccess(await runPass(rehearsal, { pass: 1 }));
    expect(writes()).toEqual(onceEach);

    rehearsal.world.faults.vaultThrottledRequests = 3;
    const noInputs = { 'license-key': '', 'admin-password': '', 'admin-email': '' };
    await expectUnchanged(runPass(rehearsal, { pass: 1, command: 'plan', with: noInputs }));
    expect(rehearsal.world.faults.vaultThrottledRequests).toBe(0);
  });

  it('secrets-firewall: the vault does not admit the runner, whose address is shown', async () => {
    rehearsal.world.faults.vaultFirewallClosed = true;
    const outcome = await plan();
    rehearsal.world.faults.vaultFirewallClosed = false;
    const { detail, fix } = expectFailure(outcome, 'secrets-firewall');
    expect(detail).toContain(theVault().uri);
    expect(detail).toContain('Client address: 203.0.113.10');
    expect(fix).toMatch(/keyvault_allowed_ips/);
  });

  it('secrets-forbidden: the role on the vault was taken away', async () => {
    const giveBack = withdrawRole(rehearsal, 'Key Vault Secrets Officer');
    const outcome = await plan();
    giveBack();
    const { detail, fix } = expectFailure(outcome, 'secrets-forbidden');
    expect(detail).toContain('Caller is not authorized to perform action on resource.');
    expect(fix).toBe('Grant it Key Vault Secrets Officer on the vault.');
  });

  it('secrets-unreadable: a vault that has no address any more is not an empty vault (T008)', async () => {
    const vault = theVault();
    rehearsal.world.vaults.live.delete(vault.name);
    const outcome = await runPass(rehearsal, { pass: 1 });
    rehearsal.world.vaults.live.set(vault.name, vault);
    const { detail, fix } = expectFailure(outcome, 'secrets-unreadable');
    expect(detail).toContain(`${vault.uri} did not say whether langsmith-license-key exists`);
    expect(fix).toMatch(/nothing was generated or changed/);
  });

  it('secrets-lost: a secret deleted from the vault is not made anew; recovered, nothing has changed (T008)', async () => {
    const { secrets } = theVault();
    const salt = secrets.get('langsmith-api-key-salt') ?? [];
    secrets.delete('langsmith-api-key-salt');
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 1 }), 'secrets-lost');
    expect(detail).toMatch(/they are not there: langsmith-api-key-salt$/);
    expect(fix).toMatch(/soft delete keeps it/);
    expect(secrets.has('langsmith-api-key-salt')).toBe(false);

    secrets.set('langsmith-api-key-salt', salt);
    await expectUnchanged(plan());
    expect(writes()).toEqual(onceEach);
  });

  it('rotates a secret once when its number rises, with the new input or not at all', async () => {
    const config = await readFile(rehearsal.configFile, 'utf8');
    await rehearsal.setConfig(`${config}secret_versions = { langsmith-license-key = 2 }\n`);
    const without = await runPass(rehearsal, { pass: 1, with: { 'license-key': '' } });
    expect(expectFailure(without, 'secrets-missing').detail).toContain(
      '- license-key (LangSmith license): secret_versions asks for a new value',
    );

    const renewed = 'lsv2_license_renewed_0123456789abcdef';
    const rotate = (): ReturnType<typeof runPass> => runPass(rehearsal, { pass: 1, secrets: { LANGSMITH_LICENSE_KEY: renewed } });
    expectSuccess(await rotate());
    expect(writes()).toEqual({ ...onceEach, 'langsmith-license-key': 2 });
    expect(rehearsal.world.vaults.secret(theVault(), 'langsmith-license-key')?.value).toBe(renewed);
    await expectUnchanged(rotate());
    expect(writes()).toEqual({ ...onceEach, 'langsmith-license-key': 2 });

    await rehearsal.setConfig(`${config}secret_versions = { langsmith-license-key = 2, langsmith-api-key-salt = 2 }\n`);
    const { detail } = expectFailure(await runPass(rehearsal, { pass: 1 }), 'inputs-invalid');
    expect(detail).toContain('secret_versions raises langsmith-api-key-salt, which must never change');
    expect(writes()).toEqual({ ...onceEach, 'langsmith-license-key': 2 });
  });
});
