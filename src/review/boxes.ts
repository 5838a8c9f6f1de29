import type { Shape } from '../passes.js';
import { objectName, workloadsOf } from '../passes.js';
import type { Manifests, ObjectIndex } from '../release/manifest.js';
import { actionOf } from '../terraform-changes.js';

/** One thing that will stand after the apply. */
export interface Box {
  readonly id: string;
  /** What it is called in a picture. */
  readonly label: string;
  /** Its own name, where the label says only what it is. */
  readonly name?: string;
  readonly group: 'network' | 'cluster' | 'data' | 'secrets and identity' | 'platform' | 'front' | 'services' | 'stores' | 'agents';
  readonly change: 'new' | 'changed' | 'replaced' | 'stays';
  /** Ids of what it uses. */
  readonly uses: readonly string[];
}

/** The resource types worth a box, and what a reader calls them. Everything else belongs to one of them. */
const PARTS: Readonly<Record<string, readonly [label: string, group: Box['group']]>> = {
  azurerm_virtual_network: ['Virtual network', 'network'],
  azurerm_application_gateway: ['Application Gateway', 'network'],
  azurerm_bastion_host: ['Bastion', 'network'],
  azurerm_dns_zone: ['DNS zone', 'network'],
  azurerm_kubernetes_cluster: ['AKS cluster', 'cluster'],
  azurerm_kubernetes_cluster_node_pool: ['Node pool', 'cluster'],
  azurerm_storage_account: ['Blob Storage', 'data'],
  azurerm_postgresql_flexible_server: ['PostgreSQL', 'data'],
  azurerm_managed_redis: ['Managed Redis', 'data'],
  azurerm_redis_cache: ['Cache for Redis', 'data'],
  azurerm_key_vault: ['Key Vault', 'secrets and identity'],
  azurerm_user_assigned_identity: ['Identity', 'secrets and identity'],
  azurerm_log_analytics_workspace: ['Log Analytics', 'data'],
};

interface PlannedResource {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  readonly deposed?: string;
  readonly change: { readonly actions: readonly string[]; readonly after?: { readonly name?: unknown } | null };
}

const CHANGES = { create: 'new', update: 'changed', replace: 'replaced' } as const;

/** From `terraform show -json <plan>`, which names what stays as well. PURE. */
export function boxesInAzure(plan: unknown): Box[] {
  const resources = (plan as { resource_changes?: readonly PlannedResource[] }).resource_changes ?? [];
  const shown = resources.flatMap(({ address, type, mode, deposed, change }): Box[] => {
    const [what, group] = PARTS[type] ?? [];
    const action = actionOf(change.actions);
    if (mode !== 'managed' || deposed !== undefined || what === undefined || group === undefined || action === 'delete') return [];
    const name = typeof change.after?.name === 'string' ? { name: change.after.name } : {};
    return [{ id: address, label: what, ...name, group, change: action === undefined ? 'stays' : CHANGES[action], uses: [] }];
  });
  const used = shown.filter(({ group }) => group === 'data' || group === 'secrets and identity').map(({ id }) => id);
  const isCluster = (id: string): boolean => resources.some(({ address, type }) => address === id && type === 'azurerm_kubernetes_cluster');
  return shown.map((box) => (isCluster(box.id) ? { ...box, uses: used } : box));
}

/** Workloads of the release by kind of work, and the stores they use. PURE. */
export function boxesInCluster({ before, after }: Manifests, shape: Shape, release: string): Box[] {
  const workloads = workloadsOf(shape).map((workload) => ({ ...workload, id: `${workload.kind} ${objectName(release, workload.suffix)}` }));
  const stores = workloads.filter(({ kind }) => kind === 'StatefulSet');
  return workloads
    .filter(({ id }) => after.has(id))
    .map(({ id, key, suffix, kind, secrets }) => ({
      id,
      label: suffix,
      group: groupOf(key, kind),
      change: changeOf(before, after, id),
      uses:
        kind === 'StatefulSet'
          ? []
          : key === 'frontend'
            ? workloads.filter(({ key: other }) => FRONTED.has(other)).map((other) => other.id)
            : stores.filter((store) => secrets.some((secret) => secret.includes(store.suffix))).map((store) => store.id),
    }));
}

/** What the front end passes requests on to. */
const FRONTED = new Set([
  'backend',
  'platformBackend',
  'playground',
  'aceBackend',
  'hostBackend',
  'agentBuilderToolServer',
  'agentBuilderTriggerServer',
]);

const groupOf = (key: string, kind: string): Box['group'] => {
  if (key === 'frontend') return 'front';
  if (kind === 'StatefulSet') return 'stores';
  return ['operator', 'listener', 'hostBackend', 'agentBuilderToolServer', 'agentBuilderTriggerServer'].includes(key)
    ? 'agents'
    : 'services';
};

const changeOf = (before: ObjectIndex, after: ObjectIndex, id: string): Box['change'] =>
  !before.has(id) ? 'new' : before.get(id) === after.get(id) ? 'stays' : 'changed';
