/**
 * Chart line 0.13 as a table: every key this action and its users may set, with its type. The chart has no schema and ignores what it
 * does not know, so a misspelt key would silently do nothing; here it stops the run. Read from the chart's templates, not from its
 * documentation: keys the chart declares but no template reads are left out on purpose, and so are keys with which secrets would be
 * written into values.
 */
import { z, type ZodType } from 'zod';
import { RULES_0_13 } from './chart-rules-0.13.js';
import type { ChartContract } from './contract.js';

type Keys = Readonly<Record<string, ZodType>>;

const text = z.string();
const flag = z.boolean();
const count = z.int().min(0);
/** Ends up in an environment variable or an annotation; numbers need no quotes. */
const textOrNumber = z.union([z.string(), z.int()]);
const quantity = z.union([z.string(), z.number()]);
/** Labels, annotations and selectors: the API server refuses anything but text, `true` without quotes too. */
const strings = z.record(z.string(), z.string());
const map = z.record(z.string(), z.unknown());
const list = z.array(z.unknown());
const env = z.array(z.looseObject({ name: z.string() }));
const resources = z.strictObject({
  requests: z.record(z.string(), quantity).optional(),
  limits: z.record(z.string(), quantity).optional(),
  claims: list.optional(),
});
const percentage = z.int().min(1).max(1000);

const SCALABLE = ['frontend', 'backend', 'platformBackend', 'playground', 'aceBackend', 'queue', 'ingestQueue', 'hostBackend', 'listener'];
const FIXED = ['operator', 'agentBuilderToolServer', 'agentBuilderTriggerServer'];
const STATEFUL = ['clickhouse', 'postgres', 'redis'];

const POD: Keys = {
  labels: strings,
  annotations: strings,
  nodeSelector: strings,
  tolerations: list,
  affinity: map,
  topologySpreadConstraints: list,
  resources,
  extraEnv: env,
  volumes: list,
  volumeMounts: list,
  sidecars: list,
  initContainers: list,
  podSecurityContext: map,
  securityContext: map,
  lifecycle: map,
  startupProbe: map,
  livenessProbe: map,
  readinessProbe: map,
  terminationGracePeriodSeconds: count,
};

const SERVICE_ACCOUNT: Keys = { create: flag, name: text, labels: strings, annotations: strings };

const HPA: Keys = {
  enabled: flag,
  minReplicas: count,
  maxReplicas: count,
  targetCPUUtilizationPercentage: percentage,
  targetMemoryUtilizationPercentage: percentage,
};

const KEDA: Keys = {
  enabled: flag,
  minReplicaCount: count,
  maxReplicaCount: count,
  pollingInterval: count,
  cooldownPeriod: count,
  initialCooldownPeriod: count,
  targetCPUUtilizationPercentage: percentage,
  targetMemoryUtilizationPercentage: percentage,
};

const PDB: Keys = { enabled: flag, minAvailable: textOrNumber, maxUnavailable: textOrNumber, labels: strings, annotations: strings };

const under = (prefix: string, keys: Keys): Keys =>
  Object.fromEntries(Object.entries(keys).map(([key, type]) => [`${prefix}.${key}`, type]));
const all = (...tables: readonly Keys[]): Keys => Object.assign({}, ...tables) as Keys;
const each = (names: readonly string[], keysOf: (name: string) => Keys): Keys => all(...names.map(keysOf));

const shared = (component: string): Keys => all(under(`${component}.serviceAccount`, SERVICE_ACCOUNT), under(`${component}.pdb`, PDB));

const COMPONENTS: Keys = all(
  each([...SCALABLE, ...FIXED], (component) => all(shared(component), under(`${component}.deployment`, POD))),
  each(SCALABLE, (component) =>
    all(
      { [`${component}.deployment.replicas`]: count },
      under(`${component}.autoscaling.hpa`, HPA),
      under(`${component}.autoscaling.keda`, KEDA),
    ),
  ),
  each(['queue', 'ingestQueue'], (component) => ({ [`${component}.autoscaling.keda.queueTargetSize`]: textOrNumber })),
  each(STATEFUL, (component) =>
    all(
      shared(component),
      under(`${component}.statefulSet`, POD),
      under(`${component}.statefulSet.persistence`, { enabled: flag, size: text, storageClassName: text }),
      under(`${component}.external`, { enabled: flag, existingSecretName: text }),
    ),
  ),
  {
    'operator.deployment.replicas': count,
    'operator.enabled': flag,
    'operator.kedaEnabled': flag,
    'operator.createCRDs': flag,
    'operator.watchNamespaces': text,
    'operator.templates.deployment': text,
    'operator.templates.service': text,
    'operator.templates.redis': text,
    'operator.templates.db': text,
    'agentBuilderToolServer.enabled': flag,
    'agentBuilderToolServer.deployment.replicas': count,
    'agentBuilderTriggerServer.enabled': flag,
    'ingestQueue.enabled': flag,
    'hostBackend.enabled': flag,
    'frontend.service.type': z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']),
    'frontend.service.annotations': strings,
    'frontend.maxBodySize': text,
    'frontend.proxyReadTimeout': textOrNumber,
    'frontend.proxyWriteTimeout': textOrNumber,
    'frontend.keepAliveTimeout': textOrNumber,
    'postgres.external.connectionUrlSecretKey': text,
    'redis.external.connectionUrlSecretKey': text,
  },
);

const JOB: Keys = { labels: strings, resources, extraEnv: env, nodeSelector: strings, tolerations: list, ttlSecondsAfterFinished: count };

const JOBS: Keys = all(
  each(['migrations', 'clickhouseMigrations', 'authBootstrap', 'e2eTest', 'agentBootstrap'], (job) => under(`backend.${job}`, JOB)),
  // Nothing switches the Job of the first administrator off.
  each(['migrations', 'clickhouseMigrations', 'e2eTest', 'agentBootstrap'], (job) => ({ [`backend.${job}.enabled`]: flag })),
  under('backend.agentBootstrap.serviceAccount', SERVICE_ACCOUNT),
);

const AGENT: Keys = { cpu: z.number(), cpuLimit: z.number(), memoryMb: count, memoryLimitMb: count, minScale: count, maxScale: count };

const CONFIG: Keys = under(
  'config',
  all(
    {
      existingSecretName: text,
      hostname: z.string().regex(/^[^:/\s]*$/, 'is a host name without scheme, port and path'),
      basePath: text,
      authType: z.enum(['mixed', 'oauth']),
      initialOrgAdminEmail: text,
      initialOrgName: text,
      defaultWorkspaceName: text,
      logLevel: text,
      userOrgCreationDisabled: flag,
      personalOrgsDisabled: flag,
      'basicAuth.enabled': flag,
      'oauth.enabled': flag,
      'blobStorage.enabled': flag,
      'blobStorage.engine': z.enum(['Azure', 'azure', 'S3', 's3']),
      'blobStorage.azureStorageAccountName': text,
      'blobStorage.azureStorageContainerName': text,
      'blobStorage.azureStorageServiceUrlOverride': text,
      'blobStorage.chSearchEnabled': flag,
      'blobStorage.minBlobStorageSizeKb': textOrNumber,
      'telemetry.logs': flag,
      'telemetry.metrics': flag,
      'telemetry.traces': flag,
      'ttl.enabled': flag,
      'ttl.ttl_period_seconds.longlived': textOrNumber,
      'ttl.ttl_period_seconds.shortlived': textOrNumber,
      'settings.redisRunsExpirySeconds': textOrNumber,
      'customCa.secretName': text,
      'customCa.secretKey': text,
      'observability.tracing.enabled': flag,
      'observability.tracing.endpoint': text,
      'deployment.enabled': flag,
      'deployment.tlsEnabled': flag,
      'deployment.basePath': text,
      'deployment.ingressHealthCheckEnabled': flag,
    },
    each(['agentBuilder', 'insights', 'polly'], (agent) =>
      all({ [`${agent}.enabled`]: flag, [`${agent}.agent.extraEnv`]: env }, under(`${agent}.agent.resources`, AGENT)),
    ),
  ),
);

const ROUTING: Keys = all(
  under('ingress', {
    enabled: flag,
    ingressClassName: text,
    annotations: strings,
    labels: strings,
    tls: z.array(z.strictObject({ secretName: text, hosts: z.array(text) })),
  }),
  under('gateway', { enabled: flag, name: text, namespace: text, sectionName: text, annotations: strings, labels: strings }),
  under('istioGateway', { enabled: flag, name: text, namespace: text, annotations: strings, labels: strings }),
);

const GLOBAL: Keys = {
  fullnameOverride: text,
  commonLabels: strings,
  commonAnnotations: strings,
  commonPodAnnotations: strings,
  commonEnv: env,
  images: map,
};

export const CHART_0_13: ChartContract = { line: '0.13', keys: all(GLOBAL, CONFIG, ROUTING, JOBS, COMPONENTS), rules: RULES_0_13 };
