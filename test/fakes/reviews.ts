import { stringify } from 'yaml';
import { appPart } from '../../src/app/part.js';
import { demandOf } from '../../src/capacity/demand.js';
import { objectName, type Shape, workloadsOf } from '../../src/passes.js';
import type { ReleasePlan } from '../../src/phases/release.js';
import { difference, indexObjects, type ObjectIndex } from '../../src/release/manifest.js';
import { partsOf, type Release as PlatformRelease } from '../../src/platform/plan.js';
import { missingObject } from '../../src/review/drift.js';
import { fingerprintKey } from '../../src/review/fingerprint.js';
import type { PlannedItem } from '../../src/review/items.js';
import { leavesOf } from '../../src/review/leaves.js';
import { type PartPlan, type Review, type Reviewed, reviewInfrastructure, reviewCluster } from '../../src/review/review.js';
import { CLIENT_ID, lightOutputs, productionShape } from './cluster.js';

const KEY = fingerprintKey(
  { subscriptionId: 's', environment: 'production', stateAccount: 'a', stateContainer: 'c', stateKey: 'k' },
  'a salt that never changes',
);

const EMPTY: ObjectIndex = new Map();
const RELEASE = 'langsmith';

/** Pools on which production fits. */
export const POOLS = [
  { name: 'default', vm_size: 'Standard_D8s_v5', min_count: 3, max_count: 10, labels: {}, taints: [] },
  { name: 'large', vm_size: 'Standard_D16s_v5', min_count: 0, max_count: 2, labels: {}, taints: ['langsmith.io/pool=large:NoSchedule'] },
];

interface ManifestOptions {
  readonly image?: string;
  readonly replicas?: number;
  /** Suffixes of workloads that lack the pod label. */
  readonly unlabelled?: readonly string[];
  /** Further documents. */
  readonly extra?: readonly object[];
}

/** A manifest with the workloads of a shape. */
export function manifestOf(
  shape: Shape,
  { image = '0.13.31', replicas = 2, unlabelled = [], extra = [] }: ManifestOptions = {},
): ObjectIndex {
  const documents = workloadsOf(shape).flatMap(({ kind, suffix, readsBlob }) => {
    const name = objectName(RELEASE, suffix);
    const labelled = readsBlob && !unlabelled.includes(suffix);
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, annotations: readsBlob ? { 'azure.workload.identity/client-id': CLIENT_ID } : {} },
    };
    const labels = { 'app.kubernetes.io/component': name, ...(labelled ? { 'azure.workload.identity/use': 'true' } : {}) };
    const template = {
      metadata: { labels },
      spec: { serviceAccountName: name, containers: [{ name: suffix, image: `docker.io/langchain/${suffix}:${image}` }] },
    };
    return [
      account,
      { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { replicas: kind === 'StatefulSet' ? 1 : replicas, template } },
    ];
  });
  return indexObjects([...documents, ...extra].map((document) => stringify(document)).join('---\n'));
}

export function releasePlan(before: ObjectIndex, after: ObjectIndex, overrides: Partial<ReleasePlan> = {}): ReleasePlan {
  const objects = difference(before, after);
  const isSame = objects.added.length + objects.changed.length + objects.removed.length === 0;
  return {
    chart: { name: 'langsmith', version: '0.13.28', appVersion: '0.13.31', source: 'default' },
    change: before.size === 0 ? 'installed' : isSame ? 'unchanged' : 'upgraded',
    objects,
    drifted: [],
    moves: [],
    unanswered: [],
    manifests: { before, after },
    hooks: { before: EMPTY, after: EMPTY },
    ...(before.size === 0 ? {} : { previousVersion: '0.13.28' }),
    ...overrides,
  };
}

/** A Helm release of the platform that stands as it is wanted, unless told otherwise. */
function standing(
  kind: PlatformRelease['kind'],
  name: string,
  version: string,
  overrides: Partial<PlatformRelease['found']> = {},
): PlatformRelease {
  const chart = { name, version };
  const values = { resources: { requests: { cpu: '100m' } } };
  const newest = { name, revision: 1, status: 'deployed', chart: `${name}-${version}` };
  const found = { newest, deployedValues: values, manifests: undefined, isSettled: true, drifted: [], unanswered: [], ...overrides };
  const wanted = {
    name,
    namespace: name,
    chart,
    values,
    fetch: async () => '',
    immutable: kind === 'Add-on',
    takeOwnership: false,
    timeoutMinutes: 1,
  };
  return { kind, wanted, found };
}

const policy = (name: string, from: string): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': from } } }] }] },
});

const index = (...objects: readonly object[]): ObjectIndex => indexObjects(objects.map((object) => stringify(object)).join('---\n'));

/** Nothing of the platform changes. */
export const settledPlatform = (): PartPlan[] =>
  partsOf(
    [],
    [
      standing('Add-on', 'ingress-nginx', '4.15.1'),
      standing('Add-on', 'cert-manager', 'v1.21.0'),
      standing('Chart', 'langsmith-platform', '0.1.0'),
    ],
    [],
    [],
  );

/** There is nothing yet. */
const firstPlatform = (): PartPlan[] => {
  const namespace = (name: string): PlannedItem => ({
    root: 'platform',
    id: `Namespace ${name}`,
    type: 'Namespace',
    action: 'create',
    before: new Map(),
    after: leavesOf({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'app.kubernetes.io/part-of': 'langsmith-azure' } },
    }),
  });
  const nothing = { newest: undefined, deployedValues: {}, isSettled: false };
  const own = { before: EMPTY, after: index(policy('allow-from-ingress', 'ingress-nginx')) };
  return partsOf(
    [namespace('ingress-nginx'), namespace('langsmith')],
    [
      standing('Add-on', 'ingress-nginx', '4.15.1', nothing),
      standing('Add-on', 'cert-manager', 'v1.21.0', nothing),
      standing('Chart', 'langsmith-platform', '0.1.0', { ...nothing, manifests: own }),
    ],
    [],
    [],
  );
};

/** An add-on goes to a newer version, an object of another is gone, KEDA comes, and a network policy goes. */
const changedPlatform = (): PartPlan[] => {
  const old = { name: 'ingress-nginx', revision: 4, status: 'deployed', chart: 'ingress-nginx-4.14.0' };
  const gone = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cert-manager-webhook' }, spec: { replicas: 1 } };
  const own = {
    before: index(policy('allow-from-ingress', 'ingress-nginx'), policy('allow-from-monitoring', 'monitoring')),
    after: index(policy('allow-from-ingress', 'ingress-nginx'), policy('allow-from-keda', 'keda')),
  };
  return partsOf(
    [],
    [
      standing('Add-on', 'ingress-nginx', '4.15.1', {
        newest: old,
        deployedValues: { resources: { requests: { cpu: '50m' } } },
        isSettled: false,
      }),
      standing('Add-on', 'cert-manager', 'v1.21.0', {
        drifted: [missingObject('Deployment cert-manager-webhook', gone)],
        isSettled: false,
      }),
      standing('Add-on', 'keda', '2.21.1', { newest: undefined, deployedValues: {}, isSettled: false }),
      standing('Chart', 'langsmith-platform', '0.1.0', {
        manifests: own,
        unanswered: ['ClusterIssuer letsencrypt-prod'],
        isSettled: false,
      }),
    ],
    [],
    [],
  );
};

export const releaseReview = (
  plan: ReleasePlan,
  shape: Shape = productionShape(2),
  lost: Parameters<typeof reviewCluster>[0]['lost'] = [],
  parts: Parameters<typeof reviewCluster>[0]['parts'] = settledPlatform(),
): Reviewed =>
  reviewCluster(
    {
      environment: 'production',
      plan,
      parts,
      shape,
      lost,
      outputs: lightOutputs({
        node_pools: POOLS,
        postgres_source: 'external',
        redis_source: 'external',
        keyvault_secret_versions: { 'langsmith-license-key': 1 },
      }),
      demand: demandOf(shape, {}),
    },
    KEY,
  );

/** A resource as `terraform show -json` prints it. */
export const planned = (address: string, actions: readonly string[], before: unknown, after: unknown, more: object = {}): object => ({
  address,
  type: /(?:^|\.)(azurerm_\w+)\./.exec(address)?.[1] ?? 'unknown',
  mode: 'managed',
  change: { actions, before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {}, ...more },
});

export const infrastructureReview = (...resources: readonly object[]): Reviewed =>
  reviewInfrastructure('production', { resource_changes: resources }, KEY);

const create = (address: string, after: object): object => planned(address, ['create'], null, after, { after_unknown: { id: true } });

const FIRST = [
  create('azurerm_resource_group.this', { name: 'langsmith-rg', location: 'eastus' }),
  create('module.networking.azurerm_virtual_network.this', { name: 'langsmith-vnet', address_space: ['10.0.0.0/17'] }),
  create('module.k8s_cluster.azurerm_kubernetes_cluster.this', {
    name: 'langsmith-aks',
    local_account_disabled: true,
    kubernetes_version: '1.33',
  }),
  create('module.k8s_cluster.azurerm_kubernetes_cluster_node_pool.this["large"]', {
    name: 'large',
    vm_size: 'Standard_D16s_v5',
    max_count: 2,
  }),
  create('module.storage.azurerm_storage_account.this', { name: 'langsmithblob1a2b3c', shared_access_key_enabled: false }),
  create('module.keyvault.azurerm_key_vault.this', { name: 'langsmith-kv-1a2b3c', purge_protection_enabled: true }),
  create('module.keyvault.azurerm_key_vault_secret.this["langsmith-license-key"]', { name: 'langsmith-license-key', value_wo_version: 1 }),
  create('module.identity.azurerm_user_assigned_identity.this', { name: 'langsmith-identity' }),
  create('module.postgres.azurerm_postgresql_flexible_server.this', {
    name: 'langsmith-pg',
    version: '16',
    sku_name: 'GP_Standard_D2ds_v5',
  }),
];

/** A release as the helm provider plans it: chart values are one text, and what it notes of a release it writes anew with each upgrade. */
export const plannedRelease = (address: string, name: string, before: object | undefined, after: object): object => {
  const common = { name, namespace: 'langsmith', chart: name, lint: false, timeout: 1200 };
  const noted = { id: name, metadata: { revision: 3, app_version: '0.13.31', last_deployed: 1_750_000_000, notes: 'Welcome' } };
  return {
    address,
    type: 'helm_release',
    mode: 'managed',
    change: {
      actions: [before === undefined ? 'create' : 'update'],
      before: before === undefined ? null : { ...common, ...noted, ...before },
      after: { ...common, ...(before === undefined ? {} : { id: name }), ...after },
      after_unknown: { metadata: true, values: [false] },
      before_sensitive: { values: [false] },
      after_sensitive: { values: [false] },
    },
  };
};

/** A Kubernetes Secret as the kubernetes provider plans it: its data is write-only, and a number says that it is written. */
const plannedSecret = (name: string, before: number | undefined, after: number): object => {
  const secret = (revision: number): object => ({
    data_wo_revision: revision,
    metadata: [{ name, namespace: 'langsmith', annotations: { 'langsmith-azure/data-version': String(revision) } }],
  });
  const address = `kubernetes_secret_v1.langsmith["${name}"]`;
  const actions = [before === undefined ? 'create' : 'update'];
  return { ...planned(address, actions, before === undefined ? null : secret(before), secret(after)), type: 'kubernetes_secret_v1' };
};

/** An upgrade on the Terraform path: Secrets, platform and release, one of the Secrets taken over from Helm's path. */
const byTerraform = (): Review => {
  const values = (image: string, replicas: number): object => ({
    values: [stringify({ images: { backendImage: { tag: image } }, backend: { deployment: { replicas } } })],
  });
  const part = appPart(
    {
      resource_changes: [
        plannedRelease('helm_release.addon["keda"]', 'keda', undefined, { values: [stringify({ resources: { operator: {} } })] }),
        plannedRelease(
          'helm_release.langsmith',
          'langsmith',
          { ...values('0.13.31', 2), set_wo_revision: 3 },
          { ...values('0.13.40', 3), set_wo_revision: 4 },
        ),
        plannedSecret('langsmith-postgres-secret', 1, 2),
        plannedSecret('langsmith-config-secret', undefined, 4),
      ],
      output_changes: { releases: { actions: ['update'], before: { langsmith: { revision: 3 } }, after: null, after_unknown: true } },
    },
    ['langsmith-config-secret'],
  );
  const shape = productionShape(2);
  const upgraded = manifestOf(shape, { image: '0.13.40', replicas: 3 });
  return releaseReview(releasePlan(manifestOf(shape), upgraded), shape, [], [part]).review;
};

/** Every scene a comment is shown for. */
export const SCENES: Readonly<Record<string, () => Review>> = {
  'first-deployment': () => infrastructureReview(...FIRST).review,
  'first-release': () => releaseReview(releasePlan(EMPTY, manifestOf(productionShape(2))), productionShape(2), [], firstPlatform()).review,
  upgrade: () =>
    releaseReview(
      releasePlan(
        manifestOf(productionShape(2)),
        manifestOf(productionShape(3), {
          image: '0.13.40',
          replicas: 3,
          unlabelled: ['listener'],
          extra: [
            { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'langsmith-postgres' }, spec: { template: {} } },
            { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'langsmith-redis' }, data: { connection_url: 'c2VjcmV0' } },
          ],
        }),
        { chart: { name: 'langsmith', version: '0.13.43', appVersion: '0.13.40', source: 'default' } },
      ),
      productionShape(3),
      [],
      changedPlatform(),
    ).review,
  destructive: () =>
    infrastructureReview(
      planned(
        'module.storage.azurerm_storage_account.this',
        ['delete', 'create'],
        { name: 'old', location: 'eastus' },
        { name: 'new', location: 'westus' },
      ),
      planned('module.waf.azurerm_web_application_firewall_policy.this', ['delete'], { name: 'langsmith-waf' }, null),
      planned(
        'module.k8s_cluster.azurerm_kubernetes_cluster.this',
        ['update'],
        { name: 'aks', sku_tier: 'Free', kube_config: 'secret-one' },
        { name: 'aks', sku_tier: 'Standard', kube_config: 'secret-two' },
        {
          before_sensitive: { kube_config: true },
          after_sensitive: { kube_config: true },
        },
      ),
    ).review,
  'feature-lost': () =>
    releaseReview(releasePlan(manifestOf(productionShape(5)), manifestOf(productionShape(3))), productionShape(3), [
      'agent-builder',
      'insights',
    ]).review,
  'terraform-path': byTerraform,
  'no-op': () => releaseReview(releasePlan(manifestOf(productionShape(2)), manifestOf(productionShape(2)))).review,
  'ten-thousand': () =>
    infrastructureReview(
      ...Array.from({ length: 10_000 }, (_, index) =>
        create(`azurerm_role_assignment.this["${String(index).padStart(5, '0')}"]`, { scope: `/subscriptions/${index}`, role: 'Reader' }),
      ),
    ).review,
};
