/**
 * What each pass adds, as data. Values, verification and reports read these tables and know no workload by themselves;
 * a new pass, topology or chart line is a change here. Source: the verified topology of chart line 0.13.
 */
import { AGENT_SERVICE_ACCOUNT } from './platform/names.js';

export type PassNumber = 1 | 2 | 3 | 4 | 5;
export type TopologyName = 'light' | 'production';
export type StoreSource = 'in-cluster' | 'external';
export type StoreName = 'postgres' | 'redis' | 'clickhouse';

/** What decides which workloads a deployment has. */
export interface Shape {
  readonly pass: PassNumber;
  readonly topology: TopologyName;
  /** Where each data store runs: as a StatefulSet of the chart, or outside the cluster. */
  readonly postgres: StoreSource;
  readonly redis: StoreSource;
  readonly clickhouse: StoreSource;
  /** The optional assistant; comes with pass 5. */
  readonly polly: boolean;
}

/** The outputs of pass 1 that a shape follows from. */
export interface ShapeOutputs {
  readonly postgres_source: StoreSource;
  readonly redis_source: StoreSource;
  readonly clickhouse_source: StoreSource;
  readonly enable_polly: boolean;
}

export const shapeOf = (pass: PassNumber, topology: TopologyName, outputs: ShapeOutputs): Shape => ({
  pass,
  topology,
  postgres: outputs.postgres_source,
  redis: outputs.redis_source,
  clickhouse: outputs.clickhouse_source,
  polly: outputs.enable_polly,
});

export type PoolName = 'default' | 'large';

/** A long-running workload of the release. */
export interface Workload {
  /** Its key in the chart's values. */
  readonly key: string;
  /** Objects are called `<release>-<suffix>`: the workload, its service account, its `app.kubernetes.io/component`. */
  readonly suffix: string;
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly pass: PassNumber;
  /** Shapes that have it from its pass on; absent: all of them. */
  readonly when?: (shape: Shape) => boolean;
  /** Node pool its pods are made for, where the cluster has it: `large` is tainted, so only what asks for it lands there. */
  readonly pool: (shape: Shape) => PoolName;
  /** Reads traces from Blob Storage, so its pods need the Workload Identity triple. */
  readonly readsBlob: boolean;
  /** Kubernetes Secrets its pods read: a changed one restarts it. */
  readonly secrets: readonly SecretName[];
}

/** A Helm hook Job. Its pods run under the service account of `serviceAccount`. */
export interface HookJob {
  readonly key: string;
  readonly suffix: string;
  readonly pass: PassNumber;
  readonly serviceAccount: string;
  /** Has a service account of its own with the Workload Identity triple. The other Jobs are given the address of Blob Storage and read none. */
  readonly hasIdentity: boolean;
}

export type FeatureName = 'deployments' | 'agent-builder' | 'insights' | 'polly';

/** What a later pass turns on. Turning one off again destroys what it deployed. */
export interface Feature {
  readonly name: FeatureName;
  readonly pass: PassNumber;
  /** Shapes that have it from its pass on; absent: all of them. */
  readonly when?: (shape: Shape) => boolean;
  /** Keys of the chart's values that are true while it is on. */
  readonly switches: readonly string[];
}

export const CONFIG_SECRET = 'langsmith-config-secret';
export const POSTGRES_SECRET = 'langsmith-postgres-secret';
export const REDIS_SECRET = 'langsmith-redis-secret';
export const CLICKHOUSE_SECRET = 'langsmith-clickhouse-secret';
export type SecretName = typeof CONFIG_SECRET | typeof POSTGRES_SECRET | typeof REDIS_SECRET | typeof CLICKHOUSE_SECRET;

/** The data stores, by their key in the chart's values, and the Secret their clients read. */
export const STORE_SECRETS: readonly {
  readonly store: StoreName;
  readonly secret: SecretName;
  /** Ours also when the store runs in the cluster; the chart's own Redis has no password to keep. */
  readonly inCluster: boolean;
}[] = [
  { store: 'postgres', secret: POSTGRES_SECRET, inCluster: true },
  { store: 'redis', secret: REDIS_SECRET, inCluster: false },
  { store: 'clickhouse', secret: CLICKHOUSE_SECRET, inCluster: true },
];

/** A store whose data must last: a run that has LangSmith use another one leaves that data behind. */
export interface KeptStore {
  readonly store: StoreName;
  /** What people call it. */
  readonly title: string;
  /** Line of the input `approve-irreversible` by which its data is left behind. */
  readonly approval: string;
}

/** Redis is none of them: it holds caches, and queues that run empty once nothing comes in. */
export const KEPT_STORES: readonly KeptStore[] = [
  { store: 'postgres', title: 'PostgreSQL', approval: 'postgres-data' },
  { store: 'clickhouse', title: 'ClickHouse', approval: 'clickhouse-data' },
];

/** What every pod with the chart's common environment reads, where the deployment has it. */
const COMMON: readonly SecretName[] = [CONFIG_SECRET, POSTGRES_SECRET, REDIS_SECRET, CLICKHOUSE_SECRET];

type Row = Omit<Workload, 'pool'> & { readonly pool?: Workload['pool'] };
const row = (workload: Row): Workload => ({ pool: () => 'default', ...workload });

export const WORKLOADS: readonly Workload[] = [
  row({ key: 'frontend', suffix: 'frontend', kind: 'Deployment', pass: 2, readsBlob: false, secrets: [] }),
  row({ key: 'backend', suffix: 'backend', kind: 'Deployment', pass: 2, readsBlob: true, secrets: COMMON }),
  row({ key: 'platformBackend', suffix: 'platform-backend', kind: 'Deployment', pass: 2, readsBlob: true, secrets: COMMON }),
  row({ key: 'playground', suffix: 'playground', kind: 'Deployment', pass: 2, readsBlob: false, secrets: [] }),
  row({ key: 'aceBackend', suffix: 'ace-backend', kind: 'Deployment', pass: 2, readsBlob: false, secrets: [] }),
  row({ key: 'queue', suffix: 'queue', kind: 'Deployment', pass: 2, readsBlob: true, secrets: COMMON }),
  row({
    key: 'ingestQueue',
    suffix: 'ingest-queue',
    kind: 'Deployment',
    pass: 2,
    when: ({ topology }) => topology === 'production',
    readsBlob: true,
    secrets: COMMON,
  }),
  row({
    key: 'clickhouse',
    suffix: 'clickhouse',
    kind: 'StatefulSet',
    pass: 2,
    when: ({ clickhouse }) => clickhouse === 'in-cluster',
    // A trial need not pay for a second kind of node.
    pool: ({ topology }) => (topology === 'production' ? 'large' : 'default'),
    readsBlob: false,
    secrets: [CLICKHOUSE_SECRET],
  }),
  row({
    key: 'postgres',
    suffix: 'postgres',
    kind: 'StatefulSet',
    pass: 2,
    when: ({ postgres }) => postgres === 'in-cluster',
    readsBlob: false,
    secrets: [POSTGRES_SECRET],
  }),
  row({
    key: 'redis',
    suffix: 'redis',
    kind: 'StatefulSet',
    pass: 2,
    when: ({ redis }) => redis === 'in-cluster',
    readsBlob: false,
    secrets: [],
  }),
  row({ key: 'hostBackend', suffix: 'host-backend', kind: 'Deployment', pass: 3, readsBlob: true, secrets: COMMON }),
  row({ key: 'listener', suffix: 'listener', kind: 'Deployment', pass: 3, readsBlob: true, secrets: COMMON }),
  row({ key: 'operator', suffix: 'operator', kind: 'Deployment', pass: 3, readsBlob: false, secrets: [] }),
  row({
    key: 'agentBuilderToolServer',
    suffix: 'agent-builder-tool-server',
    kind: 'Deployment',
    pass: 4,
    readsBlob: true,
    secrets: COMMON,
  }),
  row({
    key: 'agentBuilderTriggerServer',
    suffix: 'agent-builder-trigger-server',
    kind: 'Deployment',
    pass: 4,
    readsBlob: true,
    secrets: COMMON,
  }),
];

export const HOOK_JOBS: readonly HookJob[] = [
  { key: 'backend.migrations', suffix: 'backend-migrations', pass: 2, serviceAccount: 'backend', hasIdentity: false },
  { key: 'backend.clickhouseMigrations', suffix: 'backend-ch-migrations', pass: 2, serviceAccount: 'backend', hasIdentity: false },
  { key: 'backend.authBootstrap', suffix: 'backend-auth-bootstrap', pass: 2, serviceAccount: 'backend', hasIdentity: false },
  { key: 'backend.agentBootstrap', suffix: 'agent-bootstrap', pass: 4, serviceAccount: 'agent-bootstrap', hasIdentity: true },
];

export const FEATURES: readonly Feature[] = [
  { name: 'deployments', pass: 3, switches: ['config.deployment.enabled'] },
  { name: 'agent-builder', pass: 4, switches: ['config.agentBuilder.enabled', 'backend.agentBootstrap.enabled'] },
  { name: 'insights', pass: 5, switches: ['config.insights.enabled'] },
  // With Agent Builder and without Insights this chart line renders its bootstrap arguments as broken JSON: never before pass 5.
  { name: 'polly', pass: 5, when: ({ polly }) => polly, switches: ['config.polly.enabled'] },
];

/** A key of {@link CONFIG_SECRET}. */
export interface ConfigSecretKey {
  readonly key: string;
  /** Key Vault secret it comes from. */
  readonly vaultName: string;
  /** First pass whose pods read it. */
  readonly pass: PassNumber;
  /** `never`: a new value makes stored data unreadable or ends every API key. */
  readonly rotation: 'allowed' | 'never';
}

export const CONFIG_SECRET_KEYS: readonly ConfigSecretKey[] = [
  { key: 'langsmith_license_key', vaultName: 'langsmith-license-key', pass: 2, rotation: 'allowed' },
  { key: 'initial_org_admin_password', vaultName: 'langsmith-admin-password', pass: 2, rotation: 'allowed' },
  { key: 'api_key_salt', vaultName: 'langsmith-api-key-salt', pass: 2, rotation: 'never' },
  { key: 'jwt_secret', vaultName: 'langsmith-jwt-secret', pass: 2, rotation: 'allowed' },
  { key: 'deployments_encryption_key', vaultName: 'langsmith-deployments-encryption-key', pass: 3, rotation: 'never' },
  { key: 'agent_builder_encryption_key', vaultName: 'langsmith-agent-builder-encryption-key', pass: 4, rotation: 'never' },
  { key: 'insights_encryption_key', vaultName: 'langsmith-insights-encryption-key', pass: 5, rotation: 'never' },
  { key: 'polly_encryption_key', vaultName: 'langsmith-polly-encryption-key', pass: 5, rotation: 'never' },
];

const isPartOf =
  (shape: Shape) =>
  ({ pass, when }: Pick<Workload, 'pass' | 'when'>): boolean =>
    pass <= shape.pass && (when === undefined || when(shape));

export const workloadsOf = (shape: Shape): Workload[] => WORKLOADS.filter(isPartOf(shape));

export const featuresOf = (shape: Shape): Feature[] => FEATURES.filter(isPartOf(shape));

/**
 * What the Secret holds in a pass. Keys that never change are there from pass 2 on: a later pass then need not restart what already runs.
 */
export const configSecretKeysOf = (pass: PassNumber): ConfigSecretKey[] =>
  CONFIG_SECRET_KEYS.filter((key) => key.pass <= pass || key.rotation === 'never');

export const hookJobsOf = (pass: PassNumber): HookJob[] => HOOK_JOBS.filter((job) => job.pass <= pass);

/** `<release>-<suffix>`: true for every release name because the values always set `fullnameOverride` to it. */
export const objectName = (release: string, suffix: string): string => `${release}-${suffix}`;

/** Every service account that needs a federated credential in any pass; equals `service_accounts_for_workload_identity` in Terraform. */
export function workloadIdentityServiceAccounts(release: string): string[] {
  const readers = [
    ...WORKLOADS.filter((workload) => workload.readsBlob).map((workload) => workload.suffix),
    ...HOOK_JOBS.filter((job) => job.hasIdentity).map((job) => job.serviceAccount),
  ];
  return [...readers.map((suffix) => objectName(release, suffix)), AGENT_SERVICE_ACCOUNT].sort();
}
