import { describe, expect, it } from '@jest/globals';
import { deployedCluster, leftovers, vaultsOf, type LeftoverFacts } from '../../../src/destroy/leftovers.js';
import { blockingLocks, scopeOf } from '../../../src/destroy/locks.js';
import type { StateResource } from '../../../src/phases/state.js';

const resource = (type: string, values: Record<string, unknown>): StateResource => ({ address: type, mode: 'managed', type, values });
const CLUSTER = resource('azurerm_kubernetes_cluster', { id: '/aks', node_resource_group: 'MC_rg_aks_eastus' });
const VAULT = resource('azurerm_key_vault', { name: 'kv', location: 'eastus' });
const ZONE = resource('azurerm_dns_zone', { name: 'langsmith.example.com', name_servers: ['ns1.azure-dns.com.'] });

const found = (facts: Partial<LeftoverFacts>): ReturnType<typeof leftovers> =>
  leftovers({ before: [], vaults: new Map(), volumes: [], skipped: undefined, states: ['a/b/c'], ...facts });

describe('leftovers', () => {
  it('T290 always name the state, which nothing deletes', () => {
    expect(found({}).map(({ kind, name, fix }) => [kind, name, fix])).toEqual([['terraform-state', 'a/b/c', '']]);
    expect(found({ states: ['a/b/c', 'a/b/app'] }).map(({ name }) => name)).toEqual(['a/b/c', 'a/b/app']);
  });

  it('T295 say until when a deleted vault holds its name, and offer to purge it only where Azure lets us', () => {
    expect(vaultsOf([VAULT])).toEqual([{ name: 'kv', location: 'eastus' }]);
    const properties = { scheduledPurgeDate: '2027-01-01T00:00:00Z' };
    const of = (answer: NonNullable<ReturnType<LeftoverFacts['vaults']['get']>>) =>
      found({ before: [VAULT], vaults: new Map([['kv', answer]]) }).filter(({ kind }) => kind === 'key-vault');
    expect(of({ known: { properties } })).toMatchObject([
      { detail: expect.stringContaining('until 2027-01-01'), fix: 'az keyvault purge --name kv --location eastus' },
    ]);
    expect(of({ known: { properties: { ...properties, purgeProtectionEnabled: true } } })).toMatchObject([
      { detail: expect.stringContaining('purge protection'), fix: '' },
    ]);
    expect(of({ known: undefined })).toEqual([]);
    expect(of({ unknown: 'HTTP 403' })).toMatchObject([{ detail: expect.stringContaining('HTTP 403') }]);
  });

  it('leave out a disk that goes with the resource group of the cluster', () => {
    const disk = (group: string) => ({
      name: 'pv',
      claim: 'langsmith/data',
      handle: `/subscriptions/s/resourceGroups/${group}/providers/Microsoft.Compute/disks/pv`,
    });
    const disks = found({ before: [CLUSTER], volumes: [disk('mc_rg_aks_eastus'), disk('other')] }).filter(({ kind }) => kind === 'disk');
    expect(disks.map(({ fix }) => fix)).toEqual([`az disk delete --ids ${disk('other').handle}`]);
  });

  it('name the delegation to a zone that is gone, and a cluster nobody took apart', () => {
    const [delegation, content] = found({ before: [CLUSTER, ZONE], skipped: 'no answer' });
    expect(delegation).toMatchObject({ kind: 'dns-delegation', detail: expect.stringContaining('ns1.azure-dns.com.') });
    expect(content).toMatchObject({
      kind: 'cluster-content',
      detail: expect.stringContaining('no answer'),
      fix: 'az group delete --name MC_rg_aks_eastus',
    });
  });
});

describe('deployedCluster', () => {
  it('knows whether the state still holds our role on it', () => {
    const grant = resource('azurerm_role_assignment', {
      scope: '/aks',
      role_definition_name: 'Azure Kubernetes Service RBAC Cluster Admin',
    });
    expect(deployedCluster([VAULT])).toBeUndefined();
    expect(deployedCluster([CLUSTER])).toEqual({ id: '/aks', admitsUs: false });
    expect(deployedCluster([CLUSTER, grant])).toEqual({ id: '/aks', admitsUs: true });
  });
});

describe('blockingLocks', () => {
  const lock = (scope: string) => ({ id: `${scope}/providers/Microsoft.Authorization/locks/keep` });
  const GROUP = '/subscriptions/s/resourceGroups/langsmith-rg';

  it.each([
    ['the subscription', '/subscriptions/s', true],
    ['the group, in another case', GROUP.toUpperCase(), true],
    ['something in the group that Terraform does not know', `${GROUP}/providers/Microsoft.Compute/disks/d`, true],
    ['a group whose name begins the same', `${GROUP}-other`, false],
    ['another group', '/subscriptions/s/resourceGroups/other', false],
  ])('T296 on %s', (_where, scope, blocks) => {
    expect(scopeOf(lock(scope))).toBe(scope);
    expect(blockingLocks([lock(scope)], [GROUP])).toHaveLength(blocks ? 1 : 0);
  });
});
