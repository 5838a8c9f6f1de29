/** Resource types that hold data or names which cannot be had back: losing one is never a side effect of another change. */
const STATEFUL: ReadonlySet<string> = new Set([
  'azurerm_resource_group',
  'azurerm_virtual_network',
  'azurerm_kubernetes_cluster',
  'azurerm_storage_account',
  'azurerm_storage_container',
  'azurerm_key_vault',
  'azurerm_key_vault_secret',
  'azurerm_postgresql_flexible_server',
  'azurerm_postgresql_flexible_server_database',
  'azurerm_managed_redis',
  'azurerm_redis_cache',
  // On the Terraform path: an uninstalled release takes what it runs with it, a deleted Secret stops the pods that read it.
  'helm_release',
  'kubernetes_secret_v1',
]);

/** A change of a plan that cannot be undone. */
export interface IrreversibleChange {
  readonly address: string;
  readonly what: 'would be destroyed' | 'would be replaced' | 'would be upgraded to a new major version';
}

interface PlannedResource {
  readonly address: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before?: { readonly version?: unknown } | null;
    readonly after?: { readonly version?: unknown } | null;
  };
}

/** What in a plan (`terraform show -json <plan>`) cannot be undone, in address order. */
export function irreversibleChanges(plan: unknown): IrreversibleChange[] {
  const resources = (plan as { resource_changes?: readonly PlannedResource[] }).resource_changes ?? [];
  return resources
    .flatMap(({ address, type, change }): IrreversibleChange[] => {
      if (STATEFUL.has(type) && change.actions.includes('delete')) {
        return [{ address, what: change.actions.includes('create') ? 'would be replaced' : 'would be destroyed' }];
      }
      return isMajorUpgrade(type, change) ? [{ address, what: 'would be upgraded to a new major version' }] : [];
    })
    .sort((a, b) => a.address.localeCompare(b.address));
}

/** Azure upgrades PostgreSQL in place, with downtime and no way back. */
function isMajorUpgrade(type: string, { actions, before, after }: PlannedResource['change']): boolean {
  return type === 'azurerm_postgresql_flexible_server' && actions.includes('update') && before?.version !== after?.version;
}

/** Those that no input approves. */
export function unapproved(changes: readonly IrreversibleChange[], approved: readonly string[]): IrreversibleChange[] {
  return changes.filter((change) => !approved.includes(change.address));
}
