import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Principal } from '../../../../../rehearsal/world/directory.js';
import {
  closeStages,
  conditionOf,
  container,
  containerState,
  deployment,
  eventually,
  isAvailable,
  job,
  NAMESPACE,
  podsOf,
  stage,
  type Stage,
} from './stage.js';

afterEach(closeStages);
jest.setTimeout(30_000);

const ACCOUNT = '/subscriptions/s/resourceGroups/langsmith-rg/providers/Microsoft.Storage/storageAccounts/lsblob1a2b3c';
const BLOB = [
  { name: 'BLOB_STORAGE_ENGINE', value: 'Azure' },
  { name: 'AZURE_STORAGE_ACCOUNT_NAME', value: 'lsblob1a2b3c' },
  { name: 'AZURE_STORAGE_CONTAINER_NAME', value: 'traces' },
];
const LABEL = { labels: { app: 'langsmith-backend', 'azure.workload.identity/use': 'true' } };

function provision(on: Stage, subject = 'system:serviceaccount:langsmith:langsmith-backend'): Principal {
  on.world.resources.put({ id: ACCOUNT, type: 'Microsoft.Storage/storageAccounts', name: 'lsblob1a2b3c', properties: {} });
  const container = `${ACCOUNT}/blobServices/default/containers/traces`;
  on.world.resources.put({
    id: container,
    type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
    name: 'traces',
    properties: {},
  });
  const credential = { name: 'backend', issuer: on.cluster.oidcIssuerUrl, subject, audiences: ['api://AzureADTokenExchange'] };
  const identity = on.world.directory.addPrincipal({ name: 'app', kind: 'managed-identity', federatedCredentials: [credential] });
  on.store.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'langsmith-backend', namespace: NAMESPACE, annotations: { 'azure.workload.identity/client-id': identity.clientId } },
  });
  return identity;
}

function grant(on: Stage, identity: Principal): void {
  on.world.resources.assign({
    id: `${ACCOUNT}/a`,
    scope: ACCOUNT,
    principalId: identity.objectId,
    roleName: 'Storage Blob Data Contributor',
  });
}

const backend = (metadata: object = LABEL) =>
  deployment('langsmith-backend', 1, { serviceAccountName: 'langsmith-backend', containers: [container({ env: BLOB })] }, metadata);

async function panicOf(on: Stage): Promise<string> {
  const pod = await eventually(on, 'the crash', () =>
    podsOf(on, 'langsmith-backend').find((found) => containerState(found).reason === 'CrashLoopBackOff'),
  );
  return (on.logs.get(pod.metadata.uid)?.get('main') ?? []).join('\n');
}

describe('workload identity', () => {
  it('starts a labelled pod whose identity is federated and may read the container, with what the webhook injects', async () => {
    const on = await stage();
    const identity = provision(on);
    grant(on, identity);
    on.store.create(backend());
    await eventually(on, 'the back end', () => isAvailable(on, 'langsmith-backend'));
    const spec = podsOf(on, 'langsmith-backend')[0]?.['spec'] as {
      containers: { env: { name: string; value: string }[] }[];
      volumes: { name: string }[];
    };
    const env = Object.fromEntries((spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
    expect(env).toMatchObject({
      AZURE_CLIENT_ID: identity.clientId,
      AZURE_TENANT_ID: on.world.options.tenantId,
      AZURE_FEDERATED_TOKEN_FILE: expect.stringContaining('azure-identity-token') as unknown,
    });
    expect(spec.volumes.map((volume) => volume.name)).toContain('azure-identity-token');
  });

  it('panics with AADSTS700213 without a federated credential, and recovers when there is one', async () => {
    const on = await stage();
    const identity = provision(on, 'system:serviceaccount:langsmith:other');
    grant(on, identity);
    on.store.create(backend());
    const log = await panicOf(on);
    expect(log).toContain(
      'panic: blob-storage health-check failed: get container properties failed: DefaultAzureCredential: failed to acquire a token.',
    );
    expect(log).toContain('WorkloadIdentityCredential authentication failed.');
    expect(log).toContain(
      "AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:langsmith:langsmith-backend'",
    );
    identity.federatedCredentials.push({
      name: 'late',
      issuer: on.cluster.oidcIssuerUrl,
      subject: 'system:serviceaccount:langsmith:langsmith-backend',
      audiences: ['api://AzureADTokenExchange'],
    });
    await eventually(on, 'recovery', () => isAvailable(on, 'langsmith-backend'));
  });

  it('panics without the role, without the label, and for a container or an account that does not exist', async () => {
    const on = await stage();
    const identity = provision(on);
    on.store.create(backend());
    expect(await panicOf(on)).toContain('AuthorizationPermissionMismatch');

    const unlabelled = await stage();
    grant(unlabelled, provision(unlabelled));
    unlabelled.store.create(backend({}));
    expect(await panicOf(unlabelled)).toContain('failed to acquire a token');

    const nowhere = await stage();
    grant(nowhere, provision(nowhere));
    nowhere.world.resources.delete(`${ACCOUNT}/blobServices`);
    nowhere.store.create(backend());
    expect(await panicOf(nowhere)).toContain('ContainerNotFound');
    nowhere.world.resources.delete(ACCOUNT);
    await eventually(nowhere, 'the other panic', () =>
      [...nowhere.logs.values()].some((ofPod) => ofPod.get('main')?.join('\n').includes('no such host')),
    );
    expect(identity.kind).toBe('managed-identity');
  });

  it('lets Jobs without the label through', async () => {
    const on = await stage();
    provision(on);
    on.store.create(
      job('migrate', {
        template: { spec: { restartPolicy: 'Never', serviceAccountName: 'langsmith-backend', containers: [container({ env: BLOB })] } },
      }),
    );
    await eventually(on, 'completion', () => conditionOf(on, 'batch/Job', 'migrate', 'Complete'));
  });
});
