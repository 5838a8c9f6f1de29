import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { KubeObject } from '../../../rehearsal/kubernetes/api.js';
import type { Principal } from '../../../rehearsal/world/directory.js';
import { BASE, BOOTSTRAP, LIGHT, PASS2, PASS3, PASS4, PASS5 } from '../../unit/rehearsal/charts/scenarios.js';
import type { Values } from '../../unit/rehearsal/charts/render.js';
import { EntranceScene } from '../../unit/rehearsal/kubernetes/entrance-scene.js';

jest.setTimeout(240_000);

const GROUP = '/subscriptions/22222222-aaaa-4bbb-8ccc-000000000002/resourceGroups/rg';
const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/langsmithblob`;
const SECRET_KEYS = [
  'langsmith_license_key',
  'api_key_salt',
  'jwt_secret',
  'initial_org_admin_password',
  'agent_builder_encryption_key',
  'insights_encryption_key',
  'polly_encryption_key',
];
const ACCOUNTS = [
  'backend',
  'platform-backend',
  'queue',
  'ingest-queue',
  'host-backend',
  'listener',
  'agent-builder-tool-server',
  'agent-builder-trigger-server',
];

const TEMPLATE = stringify({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: '${name}', namespace: '${namespace}' },
  spec: {
    replicas: '${replicas}',
    selector: { matchLabels: { app: '${name}' } },
    template: {
      metadata: { labels: { app: '${name}', 'azure.workload.identity/use': 'true' } },
      spec: {
        serviceAccountName: 'langsmith-ksa',
        containers: [{ name: 'api-server', image: '${image}', ports: [{ containerPort: 8000 }] }],
      },
    },
  },
})
  .replace('"${replicas}"', '${replicas}')
  .replace("replicas: '${replicas}'", 'replicas: ${replicas}');
const TEMPLATES: Values = { operator: { templates: { deployment: TEMPLATE } } };

/** Small enough for two nodes. */
const SMALL: Values = Object.fromEntries([
  ...[
    'frontend',
    'backend',
    'platformBackend',
    'playground',
    'aceBackend',
    'queue',
    'hostBackend',
    'listener',
    'operator',
    'agentBuilderToolServer',
    'agentBuilderTriggerServer',
  ].map(
    (name) =>
      [name, { deployment: { resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } } } }] as const,
  ),
  ...['clickhouse', 'postgres', 'redis'].map(
    (name) =>
      [name, { statefulSet: { resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } } } }] as const,
  ),
]);

/** A pod of the agent itself, neither of its queue nor of its cache: hashes of ReplicaSets have letters too. */
const AGENT_POD = /^agent-builder-[0-9a-f]{8}-(?!queue-|redis-)/;

let scene: EntranceScene;
let identity: Principal;

function merged(...layers: readonly Values[]): Values {
  const into = (target: Values, source: Values): Values => {
    for (const [key, value] of Object.entries(source)) {
      const before = target[key];
      const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
      target[key] = nested ? into(typeof before === 'object' && before !== null ? { ...(before as Values) } : {}, value as Values) : value;
    }
    return target;
  };
  const clientId = { 'azure.workload.identity/client-id': identity.clientId };
  const all = layers.reduce<Values>(into, {});
  for (const component of Object.values(all) as { serviceAccount?: { annotations?: object } }[])
    if (component.serviceAccount?.annotations) component.serviceAccount.annotations = clientId;
  return all;
}

const install = (...layers: readonly Values[]) =>
  scene.install('langsmith', 'langsmith', 'langsmith', merged(BASE, LIGHT, SMALL, ...layers));

function federate(account: string): void {
  identity.federatedCredentials.push({
    name: account,
    issuer: scene.cluster.oidcIssuerUrl,
    subject: `system:serviceaccount:langsmith:${account}`,
    audiences: ['api://AzureADTokenExchange'],
  });
}

const names = (kind: string, prefix = ''): string[] =>
  scene.store
    .list(kind, 'langsmith')
    .map((object) => object.metadata.name)
    .filter((name) => name.startsWith(prefix))
    .sort();

function bootstrapLog(): string {
  const pods = scene.store.list('Pod', 'langsmith').filter((pod) => pod.metadata.name.startsWith('langsmith-agent-bootstrap'));
  return pods.flatMap((pod) => scene.logs.get(pod.metadata.uid)?.get('agent-bootstrap') ?? []).join('\n');
}

beforeEach(async () => {
  scene = await EntranceScene.open();
  const { resources, directory } = scene.at.world;
  resources.put({ id: ACCOUNT, type: 'Microsoft.Storage/storageAccounts', name: 'langsmithblob', properties: {} });
  const container = `${ACCOUNT}/blobServices/default/containers/langsmith`;
  resources.put({ id: container, type: 'Microsoft.Storage/storageAccounts/blobServices/containers', name: 'langsmith', properties: {} });
  identity = directory.addPrincipal({ name: 'app', kind: 'managed-identity' });
  resources.assign({ id: '/blob', scope: ACCOUNT, principalId: identity.objectId, roleName: 'Storage Blob Data Contributor' });
  for (const account of ACCOUNTS) federate(`langsmith-${account}`);
  const data = Object.fromEntries(SECRET_KEYS.map((key) => [key, 'x'.repeat(16)]));
  await scene.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'langsmith' } });
  await scene.apply(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'langsmith-config-secret', namespace: 'langsmith' }, stringData: data },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'langsmith-ksa', namespace: 'langsmith', annotations: { 'azure.workload.identity/client-id': identity.clientId } },
    },
  );
  await scene.install('keda', 'keda', 'keda');
});
afterEach(() => scene.close());

describe('agents', () => {
  it('T222 T248 T253 come with passes 4 and 5, restart what the Role allows, and go with their product', async () => {
    federate('langsmith-ksa');
    await install(PASS2, PASS3, TEMPLATES, PASS4, BOOTSTRAP);
    const [lgp = ''] = names('apps.langchain.ai/LGP');
    expect(lgp).toMatch(/^agent-builder-[0-9a-f]{8}$/);
    expect(names('apps/Deployment', 'agent-builder-')).toEqual([lgp, `${lgp}-queue`, `${lgp}-redis`]);
    expect(names('apps/StatefulSet', 'lg-')).toEqual([`lg-${lgp.split('-').at(-1)}`]);
    expect(names('keda.sh/ScaledObject')).toEqual([`${lgp}-queue`]);
    expect(names('ConfigMap')).toContain('langsmith-agent-builder-config');
    expect(bootstrapLog()).toContain('INFO restarted deployment langsmith-frontend');
    const agent = scene.store.get('apps/Deployment', 'langsmith', lgp)?.['spec'] as {
      template: { spec: { containers: { resources: object }[] } };
    };
    expect(agent.template.spec.containers[0]?.resources).toEqual({
      requests: { cpu: '2', memory: '4096Mi' },
      limits: { cpu: '4', memory: '8192Mi' },
    });
    await scene.kubectl('delete', 'deployment/langsmith-operator', '-n', 'langsmith');

    await install(PASS2, PASS3, TEMPLATES, PASS4, BOOTSTRAP, PASS5);
    expect(names('apps.langchain.ai/LGP').map((name) => name.replace(/-[0-9a-f]{8}$/, ''))).toEqual(['agent-builder', 'clio']);
    expect(names('ConfigMap')).toContain('langsmith-insights-config');
    expect(bootstrapLog()).toMatch(/could not restart deployment langsmith-queue: .*cannot get resource "deployments"/);
    expect(bootstrapLog()).toContain('INFO restarted deployment langsmith-backend');

    const destroying = {
      name: 'destroy',
      image: 'acme/backend:1',
      command: ['python', 'scripts/deploy_bundled_agents.pyc'],
      args: ['--destroy-products', 'agent_builder,smith_polly'],
    };
    await scene.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'destroy', namespace: 'langsmith' },
      spec: {
        template: { spec: { restartPolicy: 'OnFailure', serviceAccountName: 'langsmith-agent-bootstrap', containers: [destroying] } },
      },
    });
    await scene.kubectl('wait', '--for=condition=Complete', 'job/destroy', '-n', 'langsmith', '--timeout=20s');
    expect(names('apps.langchain.ai/LGP').map((name) => name.replace(/-[0-9a-f]{8}$/, ''))).toEqual(['clio']);
    await scene.eventually('the end of the agent', () => names('apps/Deployment', lgp).length === 0);
  });

  it('T248 crash with AADSTS700213 without a credential for langsmith-ksa, and the hook waits for them', async () => {
    const installing = install(PASS2, PASS3, TEMPLATES, PASS4, BOOTSTRAP).catch((error: unknown) => error);
    const crashed = await scene.eventually('the crash', () =>
      scene.store
        .list('Pod', 'langsmith')
        .find((pod) => AGENT_POD.test(pod.metadata.name) && JSON.stringify(pod['status']).includes('CrashLoopBackOff')),
    );
    expect((scene.logs.get(crashed.metadata.uid)?.get('api-server') ?? []).join('\n')).toContain(
      "AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:langsmith:langsmith-ksa'",
    );
    federate('langsmith-ksa');
    expect(await installing).toEqual(expect.stringContaining('STATUS: deployed'));
  });

  it("T248 get no token by the chart's own template, which has neither label nor account", async () => {
    const installing = install(PASS2, PASS3, PASS4, BOOTSTRAP).catch((error: unknown) => error);
    const crashed = await scene.eventually('the crash', () =>
      scene.store
        .list('Pod', 'langsmith')
        .find((pod) => AGENT_POD.test(pod.metadata.name) && JSON.stringify(pod['status']).includes('CrashLoopBackOff')),
    );
    expect((scene.logs.get(crashed.metadata.uid)?.get('api-server') ?? []).join('\n')).toContain('no token file specified');
    // It would wait for them until its own time is over, and Helm with it.
    const deadline = JSON.stringify({ spec: { activeDeadlineSeconds: 1 } });
    await scene.kubectl('patch', 'job/langsmith-agent-bootstrap', '-n', 'langsmith', '--type=merge', `--patch=${deadline}`);
    expect(String(await installing)).toContain('Job/langsmith/langsmith-agent-bootstrap not ready. status: Failed');
  });

  it('T222 fail the hook when its configuration is no JSON', async () => {
    federate('langsmith-ksa');
    const polly: Values = { config: { polly: { enabled: true } }, backend: { agentBootstrap: { enabled: true } } };
    const installing = install(PASS2, PASS3, TEMPLATES, PASS4, polly).catch((error: unknown) => String(error));
    // A Job that failed takes its pod, and what it printed, away.
    await scene.eventually('the complaint', () => bootstrapLog().includes('json.decoder.JSONDecodeError'));
    expect(await installing).toMatch(/agent-bootstrap/);
    expect(names('apps.langchain.ai/LGP')).toEqual([]);
  });

  it('stay, once deleted, until an operator takes their finalizer away', async () => {
    await install(PASS2, PASS3, TEMPLATES);
    await scene.kubectl('scale', 'deployment/langsmith-operator', '--replicas=0', '-n', 'langsmith');
    await scene.eventually('no operator', () => names('Pod', 'langsmith-operator').length === 0);
    await scene.apply({
      apiVersion: 'apps.langchain.ai/v1alpha1',
      kind: 'LGP',
      metadata: { name: 'mine', namespace: 'langsmith', finalizers: ['apps.langchain.ai/finalizer'] },
      spec: { image: 'acme/agent:1', replicas: 1, maxReplicas: 1, env: [], resources: {}, hash: '0a' },
    });
    await scene.kubectl('delete', 'lgp/mine', '-n', 'langsmith', '--wait=false');
    expect(scene.store.get('apps.langchain.ai/LGP', 'langsmith', 'mine')?.metadata.deletionTimestamp).toBeDefined();
    await scene.kubectl('scale', 'deployment/langsmith-operator', '--replicas=1', '-n', 'langsmith');
    await scene.kubectl('wait', '--for=delete', 'lgp/mine', '-n', 'langsmith', '--timeout=20s');
  });

  it('are not made from a template that names what nobody knows, which the LGP says', async () => {
    await install(PASS2, PASS3, {
      operator: { templates: { deployment: (parse(stringify(TEMPLATE)) as string).replace('${image}', '${picture}') } },
    });
    await scene.apply({
      apiVersion: 'apps.langchain.ai/v1alpha1',
      kind: 'LGP',
      metadata: { name: 'mine', namespace: 'langsmith' },
      spec: { image: 'acme/agent:1', replicas: 1, maxReplicas: 1, env: [], resources: {}, hash: '0a' },
    });
    const status = await scene.eventually('the failure', () => {
      const found = scene.store.get('apps.langchain.ai/LGP', 'langsmith', 'mine') as
        (KubeObject & { status?: { phase: string; message: string } }) | undefined;
      return found?.status?.phase === 'Failed' && found.status;
    });
    expect(status.message).toContain('nothing is known of ${picture}');
  });
});
