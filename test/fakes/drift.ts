import { type DriftReport, seeCluster, seeInfrastructure, type DriftedObject } from '../../src/drift/drift.js';
import { leavesOf } from '../../src/review/leaves.js';

type Tree = Readonly<Record<string, unknown>>;

/** One resource in a plan's `resource_changes` or `resource_drift`. */
export const change = (
  address: string,
  type: string,
  actions: readonly string[],
  before: Tree | null,
  after: Tree | null,
  more: Tree = {},
): object => ({
  address,
  type,
  mode: 'managed',
  change: { actions, before, after, before_sensitive: {}, after_sensitive: {}, after_unknown: {}, ...more },
});

export const update = (address: string, type: string, before: Tree, after: Tree, more: Tree = {}): object =>
  change(address, type, ['update'], before, after, more);

/** An object of the cluster that is no longer as deployed: as it stands, as it was deployed. */
export const drifted = (id: string, now: Tree, deployed: Tree): DriftedObject => ({
  id,
  missing: false,
  before: leavesOf(now),
  after: leavesOf(deployed),
});

export const gone = (id: string): DriftedObject => ({ id, missing: true, before: new Map(), after: new Map() });

const VAULT = 'module.keyvault.azurerm_key_vault.this';
const ACLS = (ips: readonly string[]): Tree => ({ network_acls: [{ default_action: 'Deny', ip_rules: ips }] });

/** Something of everything: opened by hand, deleted by hand, rotated by hand, scaled by Azure, configured and not applied. */
export const PLAN = {
  resource_drift: [
    update(VAULT, 'azurerm_key_vault', ACLS(['203.0.113.10']), ACLS(['203.0.113.10', '198.51.100.7'])),
    update(
      'module.cluster.azurerm_kubernetes_cluster.this',
      'azurerm_kubernetes_cluster',
      { default_node_pool: [{ name: 'default', auto_scaling_enabled: true, node_count: 3 }], tags: { project: 'langsmith' } },
      { default_node_pool: [{ name: 'default', auto_scaling_enabled: true, node_count: 5 }], tags: { project: 'langsmith', policy: 'x' } },
    ),
    update(
      'module.redis[0].azurerm_redis_cache.this[0]',
      'azurerm_redis_cache',
      { primary_access_key: 'secret-one' },
      { primary_access_key: 'secret-two' },
      { before_sensitive: { primary_access_key: true }, after_sensitive: { primary_access_key: true } },
    ),
    change('module.dns[0].azurerm_dns_a_record.langsmith[0]', 'azurerm_dns_a_record', ['delete'], { name: 'langsmith', ttl: 300 }, null),
  ],
  resource_changes: [
    update(VAULT, 'azurerm_key_vault', ACLS(['203.0.113.10', '198.51.100.7']), ACLS(['203.0.113.10'])),
    change('module.dns[0].azurerm_dns_a_record.langsmith[0]', 'azurerm_dns_a_record', ['create'], null, { name: 'langsmith', ttl: 300 }),
    update('module.storage.azurerm_storage_management_policy.ttl[0]', 'azurerm_storage_management_policy', { days: 14 }, { days: 25 }),
  ],
  output_changes: { langsmith_url: { actions: ['update'], before: 'a', after: 'b' } },
};

export const CLUSTER = {
  drifted: [
    drifted('Deployment langsmith-backend', { spec: { replicas: 5 } }, { spec: { replicas: 2 } }),
    gone('Service langsmith-playground'),
  ],
  review: {
    roots: [
      {
        name: 'release' as const,
        counts: { add: 0, change: 1, destroy: 0, replace: 0 },
        changes: [
          {
            id: 'ConfigMap langsmith-config',
            type: 'ConfigMap',
            action: 'update' as const,
            attributes: [{ path: 'data.LOG_LEVEL', before: '"info"', after: '"debug"' }],
          },
        ],
      },
    ],
    notes: [],
    hasChanges: true,
  },
  blind: [],
};

export const EVERYTHING: DriftReport = {
  environment: 'production',
  seen: { infrastructure: seeInfrastructure(PLAN), cluster: seeCluster(CLUSTER) },
};

export const CLEAN: DriftReport = {
  environment: 'production',
  seen: {
    infrastructure: seeInfrastructure({}),
    cluster: seeCluster({ ...CLUSTER, drifted: [], review: { roots: [], notes: [], hasChanges: false } }),
  },
};

/** The infrastructure was seen, the cluster did not answer. */
export const HALF: DriftReport = {
  environment: 'production',
  seen: { infrastructure: seeInfrastructure(PLAN) },
  unseen: { half: 'cluster', reason: 'cluster-unreachable' },
};

/** So many resources of which each was changed outside. */
export const manyDrifted = (count: number, value = 'x'): DriftReport => ({
  environment: 'production',
  seen: {
    infrastructure: seeInfrastructure({
      resource_drift: Array.from({ length: count }, (_, index) =>
        update(`azurerm_subnet.s["${index}"]`, 'azurerm_subnet', { name: 'a' }, { name: value }),
      ),
    }),
  },
});
