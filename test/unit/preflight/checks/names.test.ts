import { describe, expect, it } from '@jest/globals';
import {
  evaluateLabel,
  evaluateLengths,
  evaluateName,
  globalNames,
  type DeletedVault,
  type GlobalName,
} from '../../../../src/preflight/checks/names.js';
import type { Fact } from '../../../../src/preflight/check.js';
import { settingsFor } from '../settings-for.js';

const [ACCOUNT, VAULT] = globalNames(settingsFor(), 'sub') as [GlobalName, GlobalName];
const TAKEN = { known: { nameAvailable: false, reason: 'AlreadyExists', message: 'taken' } };
const NONE: Fact<readonly DeletedVault[]> = { known: [] };
const deleted = (properties: Partial<DeletedVault['properties']> = {}): Fact<readonly DeletedVault[]> => ({
  known: [{ name: 'LANGSMITH-KV-123456', properties: { vaultId: VAULT.id, location: 'westeurope', ...properties } }],
});

describe('globalNames', () => {
  it('T007 T139: takes names and group from the one function that makes them', () => {
    expect(ACCOUNT.id).toBe(
      '/subscriptions/sub/resourceGroups/langsmith-rg/providers/Microsoft.Storage/storageAccounts/langsmithblob123456',
    );
    expect(globalNames(settingsFor(), 'sub').map(({ kind }) => kind)).toEqual(['storage account', 'Key Vault']);
  });

  it('asks about a PostgreSQL server only where one is built', () => {
    expect(globalNames(settingsFor({ postgres_source: 'external' }), 'sub').map(({ kind }) => kind)).toContain('PostgreSQL server');
  });
});

describe('evaluateName', () => {
  const evaluate = (
    of: GlobalName,
    ours: Fact<boolean>,
    vaults: Fact<readonly DeletedVault[]> = NONE,
    available: Parameters<typeof evaluateName>[0]['available'] = TAKEN,
  ) => evaluateName({ of, available, ours }, vaults, settingsFor());

  it('T002: a name somebody else has is a blocker with two ways out', () => {
    expect(evaluate(ACCOUNT, { known: false })).toMatchObject({
      status: 'blocker',
      fix: expect.stringMatching(/storage_account_name.*name_salt/),
    });
  });

  it('T010: a name of our own is none', () => {
    expect(evaluate(ACCOUNT, { known: true }).status).toBe('ok');
    expect(evaluate(VAULT, { known: true }).status).toBe('ok');
  });

  it('T011: a deleted vault of ours comes back with the next apply', () => {
    const check = evaluate(VAULT, { known: false }, deleted());
    expect(check).toMatchObject({ status: 'warning', fix: expect.stringMatching(/az keyvault recover .*az keyvault purge/) });
  });

  it('T011 T108: one deleted elsewhere holds the name, and purge protection leaves only a new name', () => {
    const elsewhere = evaluate(VAULT, { known: false }, deleted({ location: 'eastus', purgeProtectionEnabled: true }));
    expect(elsewhere.status).toBe('blocker');
    expect(elsewhere.fix).toContain('name_salt');
    expect(elsewhere.fix).not.toContain('keyvault purge');
  });

  it('T012: a name that is not legal is not called taken', () => {
    const available = { known: { nameAvailable: false, reason: 'AccountNameInvalid', message: 'not valid' } };
    const check = evaluate(ACCOUNT, { known: false }, NONE, available);
    expect(check.status).toBe('blocker');
    expect(check.detail).toContain('AccountNameInvalid');
    expect(check.detail).not.toContain('taken');
  });

  it('says unknown when a question failed', () => {
    expect(evaluate(ACCOUNT, { known: false }, NONE, { unknown: 'HTTP 403' }).status).toBe('unknown');
    expect(evaluate(ACCOUNT, { unknown: 'HTTP 403' }).status).toBe('unknown');
    expect(evaluate(VAULT, { known: false }, { unknown: 'HTTP 403' }).status).toBe('unknown');
    expect(evaluate(ACCOUNT, { known: false }, NONE, { known: { nameAvailable: true } }).status).toBe('ok');
  });
});

describe('evaluateLengths', () => {
  it('T004: repeats what Terraform says about each assembled name', () => {
    expect(evaluateLengths(settingsFor({}, { nameProblems: ['key_vault "x" has 31 characters'] }))).toMatchObject([
      { status: 'blocker', detail: 'key_vault "x" has 31 characters' },
    ]);
    expect(evaluateLengths(settingsFor())).toMatchObject([{ status: 'ok' }]);
  });
});

describe('evaluateLabel', () => {
  const address = (group: string) => ({
    id: `/subscriptions/sub/resourceGroups/${group}/providers/Microsoft.Network/publicIPAddresses/p`,
    location: 'westeurope',
    properties: { dnsSettings: { domainNameLabel: 'langsmith' } },
  });
  const status = (free: boolean, addresses: Parameters<typeof evaluateLabel>[0]['addresses']) =>
    evaluateLabel({ available: { known: { available: free } }, addresses }, settingsFor()).status;

  it('T010: knows the label of our own ingress, which is in the group of the nodes', () => {
    expect(status(false, { known: [address('MC_langsmith-rg_langsmith-aks_westeurope')] })).toBe('ok');
    expect(status(false, { known: [address('other')] })).toBe('blocker');
    expect(status(false, { known: [] })).toBe('blocker');
    expect(status(true, { known: [] })).toBe('ok');
    expect(status(false, { unknown: 'HTTP 403' })).toBe('unknown');
  });
});
