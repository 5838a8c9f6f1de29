/**
 * Every key of chart line 0.13 this action may set. The chart has no schema and ignores what it does not know, so a misspelt key
 * would silently do nothing; here it stops the run. Read from the chart's templates, not from its documentation: keys the chart
 * declares but no template reads are left out on purpose.
 *
 * A path ends in `.**` where the chart passes the subtree through to Kubernetes as it is.
 */

const SCALABLE = ['frontend', 'backend', 'platformBackend', 'playground', 'aceBackend', 'queue', 'ingestQueue', 'hostBackend', 'listener'];
const FIXED = ['operator', 'agentBuilderToolServer', 'agentBuilderTriggerServer'];
const STATEFUL = ['clickhouse', 'postgres', 'redis'];

const POD_KEYS = [
  'labels.**',
  'annotations.**',
  'nodeSelector.**',
  'tolerations.**',
  'affinity.**',
  'topologySpreadConstraints.**',
  'resources.**',
  'extraEnv.**',
  'volumes.**',
  'volumeMounts.**',
  'podSecurityContext.**',
  'securityContext.**',
  'terminationGracePeriodSeconds',
];

const SERVICE_ACCOUNT_KEYS = ['create', 'name', 'labels.**', 'annotations.**'];

const HPA_KEYS = ['enabled', 'minReplicas', 'maxReplicas', 'targetCPUUtilizationPercentage', 'targetMemoryUtilizationPercentage'];
const KEDA_KEYS = [
  'enabled',
  'minReplicaCount',
  'maxReplicaCount',
  'pollingInterval',
  'cooldownPeriod',
  'initialCooldownPeriod',
  'targetCPUUtilizationPercentage',
  'targetMemoryUtilizationPercentage',
];
const PDB_KEYS = ['enabled', 'minAvailable', 'maxUnavailable', 'labels.**', 'annotations.**'];

const under = (prefix: string, keys: readonly string[]): string[] => keys.map((key) => `${prefix}.${key}`);

const deploymentKeys = (component: string): string[] => [
  ...under(`${component}.deployment`, POD_KEYS),
  ...under(`${component}.serviceAccount`, SERVICE_ACCOUNT_KEYS),
  ...under(`${component}.pdb`, PDB_KEYS),
];

const COMPONENTS: readonly string[] = [
  ...[...SCALABLE, ...FIXED].flatMap(deploymentKeys),
  ...SCALABLE.flatMap((component) => [
    `${component}.deployment.replicas`,
    ...under(`${component}.autoscaling.hpa`, HPA_KEYS),
    ...under(`${component}.autoscaling.keda`, KEDA_KEYS),
  ]),
  ...STATEFUL.flatMap((component) => [
    ...under(`${component}.statefulSet`, POD_KEYS),
    ...under(`${component}.statefulSet.persistence`, ['enabled', 'size', 'storageClassName']),
    ...under(`${component}.serviceAccount`, SERVICE_ACCOUNT_KEYS),
    ...under(`${component}.pdb`, PDB_KEYS),
    ...under(`${component}.external`, ['enabled', 'existingSecretName']),
  ]),
  'operator.deployment.replicas',
  'operator.enabled',
  'operator.kedaEnabled',
  'operator.createCRDs',
  'operator.watchNamespaces',
  'operator.templates.deployment',
  'operator.templates.service',
  'operator.templates.redis',
  'operator.templates.db',
  'agentBuilderToolServer.enabled',
  'agentBuilderToolServer.deployment.replicas',
  'agentBuilderTriggerServer.enabled',
  'ingestQueue.enabled',
  'hostBackend.enabled',
  'frontend.service.type',
  'frontend.service.annotations.**',
  'frontend.maxBodySize',
  'frontend.proxyReadTimeout',
  'frontend.proxyWriteTimeout',
  'postgres.external.connectionUrlSecretKey',
  'redis.external.connectionUrlSecretKey',
];

const JOBS: readonly string[] = ['migrations', 'clickhouseMigrations', 'authBootstrap', 'e2eTest', 'agentBootstrap'].flatMap((job) => [
  `backend.${job}.labels.**`,
  ...(job === 'authBootstrap' ? [] : [`backend.${job}.enabled`]),
  ...(job === 'agentBootstrap' ? under(`backend.${job}.serviceAccount`, SERVICE_ACCOUNT_KEYS) : []),
]);

const AGENT_RESOURCES = ['cpu', 'cpuLimit', 'memoryMb', 'memoryLimitMb', 'minScale', 'maxScale'];

const CONFIG: readonly string[] = under('config', [
  'existingSecretName',
  'hostname',
  'basePath',
  'authType',
  'initialOrgAdminEmail',
  'initialOrgName',
  'defaultWorkspaceName',
  'logLevel',
  'userOrgCreationDisabled',
  'personalOrgsDisabled',
  'basicAuth.enabled',
  'oauth.enabled',
  'blobStorage.enabled',
  'blobStorage.engine',
  'blobStorage.azureStorageAccountName',
  'blobStorage.azureStorageContainerName',
  'blobStorage.azureStorageServiceUrlOverride',
  'blobStorage.chSearchEnabled',
  'blobStorage.minBlobStorageSizeKb',
  'telemetry.logs',
  'telemetry.metrics',
  'telemetry.traces',
  'ttl.enabled',
  'ttl.ttl_period_seconds.longlived',
  'ttl.ttl_period_seconds.shortlived',
  'deployment.enabled',
  'deployment.tlsEnabled',
  'deployment.basePath',
  'deployment.ingressHealthCheckEnabled',
  ...['agentBuilder', 'insights', 'polly'].flatMap((agent) => [
    `${agent}.enabled`,
    ...under(`${agent}.agent.resources`, AGENT_RESOURCES),
    `${agent}.agent.extraEnv.**`,
  ]),
]);

const ROUTING: readonly string[] = [
  ...under('ingress', ['enabled', 'ingressClassName', 'annotations.**', 'labels.**', 'tls.**']),
  ...under('gateway', ['enabled', 'name', 'namespace', 'sectionName', 'annotations.**', 'labels.**']),
  ...under('istioGateway', ['enabled', 'name', 'namespace', 'annotations.**', 'labels.**']),
];

const GLOBAL: readonly string[] = [
  'fullnameOverride',
  'commonLabels.**',
  'commonAnnotations.**',
  'commonPodAnnotations.**',
  'commonEnv.**',
  'images.**',
];

export const CHART_CONTRACT_0_13: readonly string[] = [...GLOBAL, ...CONFIG, ...ROUTING, ...JOBS, ...COMPONENTS].sort();
