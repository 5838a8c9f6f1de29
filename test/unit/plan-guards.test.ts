import { describe, expect, it } from '@jest/globals';
import { irreversibleChanges, unapproved } from '../../src/plan-guards.js';

const resource = (address: string, type: string, actions: string[], before: unknown = null, after: unknown = null): unknown => ({
  address,
  type,
  mode: 'managed',
  change: { actions, before, after },
});

describe('irreversibleChanges', () => {
  it('names stateful resources that a plan destroys or replaces, and nothing else', () => {
    const plan = {
      resource_changes: [
        resource('module.keyvault.azurerm_key_vault.this', 'azurerm_key_vault', ['delete', 'create']),
        resource('azurerm_virtual_network.this', 'azurerm_virtual_network', ['delete']),
        resource('module.cluster.azurerm_role_assignment.x', 'azurerm_role_assignment', ['delete', 'create']),
        resource('module.storage.azurerm_storage_account.this', 'azurerm_storage_account', ['update']),
        resource('module.cluster.azurerm_kubernetes_cluster.this', 'azurerm_kubernetes_cluster', ['create']),
      ],
    };
    expect(irreversibleChanges(plan)).toEqual([
      { address: 'azurerm_virtual_network.this', what: 'would be destroyed' },
      { address: 'module.keyvault.azurerm_key_vault.this', what: 'would be replaced' },
    ]);
  });

  it('T073 counts a new major version of PostgreSQL, and no other update of it', () => {
    const server = 'azurerm_postgresql_flexible_server';
    const plan = (after: string): unknown => ({
      resource_changes: [resource('p', server, ['update'], { version: '16' }, { version: after })],
    });
    expect(irreversibleChanges(plan('17'))).toEqual([{ address: 'p', what: 'would be upgraded to a new major version' }]);
    expect(irreversibleChanges(plan('16'))).toEqual([]);
  });

  it('finds nothing in an empty plan', () => {
    expect(irreversibleChanges({})).toEqual([]);
  });
});

describe('unapproved', () => {
  it('lets through exactly the addresses that are named', () => {
    const changes = irreversibleChanges({
      resource_changes: [resource('a', 'azurerm_key_vault', ['delete']), resource('a[0]', 'azurerm_key_vault', ['delete'])],
    });
    expect(unapproved(changes, ['a']).map((change) => change.address)).toEqual(['a[0]']);
    expect(unapproved(changes, [])).toHaveLength(2);
  });
});
