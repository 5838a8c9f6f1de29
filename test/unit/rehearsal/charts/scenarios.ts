import type { Values } from './render.js';

const CLIENT_ID = '33333333-aaaa-4bbb-8ccc-000000000003';

/** Both halves of Workload Identity for the components that read blob storage. */
function withIdentity(components: readonly string[]): Values {
  return Object.fromEntries(
    components.map((component) => [
      component,
      {
        deployment: { labels: { 'azure.workload.identity/use': 'true' } },
        serviceAccount: { annotations: { 'azure.workload.identity/client-id': CLIENT_ID } },
      },
    ]),
  );
}

/** What any Azure installation sets for the basic platform. */
export const BASE: Values = {
  config: {
    existingSecretName: 'langsmith-config-secret',
    authType: 'mixed',
    initialOrgAdminEmail: 'admin@contoso.example',
    hostname: 'langsmith.contoso.example',
    basicAuth: { enabled: true },
    blobStorage: { enabled: true, engine: 'Azure', azureStorageAccountName: 'langsmithblob', azureStorageContainerName: 'langsmith' },
  },
  ingress: { enabled: true, ingressClassName: 'nginx' },
  frontend: { service: { type: 'ClusterIP' } },
};

export const LIGHT: Values = {
  backend: { deployment: { replicas: 1 } },
  platformBackend: { deployment: { replicas: 1 } },
  ingestQueue: { enabled: false },
};

function autoscaled(minimum: number, maximum: number): Values {
  return { autoscaling: { hpa: { enabled: true, minReplicas: minimum, maxReplicas: maximum } } };
}

/** External PostgreSQL and Redis, ClickHouse inside, seven autoscaled components. */
export const PRODUCTION: Values = {
  postgres: { external: { enabled: true, existingSecretName: 'langsmith-postgres-secret' } },
  redis: { external: { enabled: true, existingSecretName: 'langsmith-redis-secret' } },
  clickhouse: { statefulSet: { persistence: { size: '500Gi' } } },
  frontend: autoscaled(1, 10),
  backend: autoscaled(3, 10),
  platformBackend: autoscaled(1, 10),
  playground: autoscaled(1, 10),
  aceBackend: autoscaled(1, 5),
  queue: autoscaled(3, 10),
  ingestQueue: autoscaled(3, 10),
};

export const PASS2: Values = withIdentity(['backend', 'platformBackend', 'queue', 'ingestQueue']);
export const PASS3: Values = { config: { deployment: { enabled: true, tlsEnabled: false } }, ...withIdentity(['hostBackend', 'listener']) };
export const PASS4: Values = {
  config: { agentBuilder: { enabled: true } },
  ...withIdentity(['agentBuilderToolServer', 'agentBuilderTriggerServer']),
};
export const BOOTSTRAP: Values = { backend: { agentBootstrap: { enabled: true } } };
export const PASS5: Values = { config: { insights: { enabled: true } } };

/** The layers of one scenario, in order. */
export const SCENARIOS = {
  'light-pass2': [BASE, LIGHT, PASS2],
  'prod-pass2': [BASE, PRODUCTION, PASS2],
  'prod-pass3': [BASE, PRODUCTION, PASS2, PASS3],
  'prod-pass4': [BASE, PRODUCTION, PASS2, PASS3, PASS4, BOOTSTRAP],
  'prod-pass5': [BASE, PRODUCTION, PASS2, PASS3, PASS4, BOOTSTRAP, PASS5],
} as const satisfies Record<string, readonly Values[]>;
