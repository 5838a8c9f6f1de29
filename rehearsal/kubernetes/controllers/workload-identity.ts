import { EntraError } from '../../world/directory.js';
import type { ClusterStore, KubeObject, NewObject } from '../api.js';
import type { Context } from './runtime.js';
import { controllerOf, podSpec, type Container, type PodSpec } from './types.js';

const LABEL = 'azure.workload.identity/use';
const CLIENT_ID = 'azure.workload.identity/client-id';
const TENANT_ID = 'azure.workload.identity/tenant-id';
const TOKEN_VOLUME = 'azure-identity-token';
const TOKEN_PATH = '/var/run/secrets/azure/tokens';
const AUDIENCE = 'api://AzureADTokenExchange';
const BLOB_ROLES = ['Storage Blob Data Contributor', 'Storage Blob Data Owner'];

/**
 * What the azure-wi mutating webhook adds to a pod that carries the label: the identity's environment and the projected
 * token. Pods without the label, or whose ServiceAccount does not exist, come back as they are.
 */
export function injectIdentity(store: ClusterStore, context: Context, pod: NewObject): NewObject {
  if (pod.metadata.labels?.[LABEL] !== 'true') return pod;
  const spec = structuredClone(pod['spec']) as PodSpec;
  const account = store.get('ServiceAccount', pod.metadata.namespace, spec.serviceAccountName ?? 'default');
  if (!account || spec.volumes?.some((volume) => volume.name === TOKEN_VOLUME)) return pod;

  const annotations = account.metadata.annotations ?? {};
  const environment: Record<string, string> = {
    AZURE_CLIENT_ID: annotations[CLIENT_ID] ?? '',
    AZURE_TENANT_ID: annotations[TENANT_ID] ?? context.world.options.tenantId,
    AZURE_FEDERATED_TOKEN_FILE: `${TOKEN_PATH}/azure-identity-token`,
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  };
  const extended = (container: Container): Container => ({
    ...container,
    env: [
      ...(container.env ?? []),
      ...Object.entries(environment)
        .filter(([name]) => !container.env?.some((variable) => variable.name === name))
        .map(([name, value]) => ({ name, value })),
    ],
    volumeMounts: [...(container.volumeMounts ?? []), { name: TOKEN_VOLUME, mountPath: TOKEN_PATH, readOnly: true }],
  });
  spec.containers = spec.containers.map(extended);
  if (spec.initContainers) spec.initContainers = spec.initContainers.map(extended);
  const token = { serviceAccountToken: { audience: AUDIENCE, expirationSeconds: 3600, path: 'azure-identity-token' } };
  spec.volumes = [...(spec.volumes ?? []), { name: TOKEN_VOLUME, projected: { defaultMode: 420, sources: [token] } } as never];
  return { ...pod, spec };
}

function panic(reason: string): string[] {
  return [`panic: blob-storage health-check failed: get container properties failed: ${reason}`.trimEnd(), '', 'goroutine 1 [running]:'];
}

/** The credential chain's failure, one line per credential that was tried. */
function noToken(workloadIdentity: readonly string[]): string[] {
  const [first = '', ...rest] = panic('DefaultAzureCredential: failed to acquire a token.');
  return [
    first,
    'Attempted credentials:',
    '\tEnvironmentCredential: incomplete environment variable configuration. Only AZURE_TENANT_ID and AZURE_CLIENT_ID are set',
    ...workloadIdentity.map((line) => `\t${line}`),
    '\tManagedIdentityCredential: no identity is assigned to this node',
    ...rest,
  ];
}

/** The storage account's container as ARM knows it, or why there is none. */
function blobScope(context: Context, account: string, container: string): { id: string; panic?: never } | { panic: string[] } {
  const found = context.world.resources.list('Microsoft.Storage/storageAccounts').find((resource) => resource.name === account);
  if (!found) return { panic: panic(`dial tcp: lookup ${account}.blob.core.windows.net: no such host`) };
  const id = `${found.id}/blobServices/default/containers/${container}`;
  if (!context.world.resources.get(id))
    return {
      panic: panic(`RESPONSE 404: 404 The specified container does not exist. ERROR CODE: ContainerNotFound (container ${container})`),
    };
  return { id };
}

/**
 * The blob health check that back-end containers make when they start. Undefined when they make none or it passes; else the
 * lines of the panic. Jobs without the label pass, as they do with the real chart (its Jobs carry no label and work).
 */
export function blobHealthCheck(context: Context, pod: KubeObject, environment: Readonly<Record<string, string>>): string[] | undefined {
  const account = environment['AZURE_STORAGE_ACCOUNT_NAME'];
  const engine = environment['BLOB_STORAGE_ENGINE'] ?? 'Azure';
  if (!account || engine.toLowerCase() !== 'azure') return undefined;
  const labelled = pod.metadata.labels?.[LABEL] === 'true';
  if (!labelled && controllerOf(pod)?.kind === 'Job') return undefined;

  const scope = blobScope(context, account, environment['AZURE_STORAGE_CONTAINER_NAME'] ?? '');
  if (scope.panic) return scope.panic;
  if (environment['AZURE_STORAGE_ACCOUNT_KEY'] || environment['AZURE_STORAGE_CONNECTION_STRING']) return sharedKeyCheck(context, account);
  const clientId = environment['AZURE_CLIENT_ID'];
  if (!labelled || !environment['AZURE_FEDERATED_TOKEN_FILE']) {
    return noToken(['WorkloadIdentityCredential: no token file specified. Check pod configuration or set TokenFilePath in the options']);
  }
  if (!clientId)
    return noToken(['WorkloadIdentityCredential: no client ID specified. Check pod configuration or set ClientID in the options']);

  const accountName = podSpec(pod).serviceAccountName ?? 'default';
  const subject = `system:serviceaccount:${pod.metadata.namespace}:${accountName}`;
  try {
    const principal = context.world.directory.federate(clientId, { issuer: context.cluster.oidcIssuerUrl, subject, audience: AUDIENCE });
    if (context.world.resources.hasRole(principal.objectId, BLOB_ROLES, scope.id)) return undefined;
    return panic(
      'RESPONSE 403: 403 This request is not authorized to perform this operation using this permission. ERROR CODE: AuthorizationPermissionMismatch',
    );
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return noToken([
      'WorkloadIdentityCredential authentication failed.',
      `\tPOST https://login.microsoftonline.com/${context.world.options.tenantId}/oauth2/v2.0/token`,
      `\tRESPONSE ${error.status}: ${JSON.stringify({ error: error.error, error_description: error.message })}`,
    ]);
  }
}

function sharedKeyCheck(context: Context, account: string): string[] | undefined {
  const found = context.world.resources.list('Microsoft.Storage/storageAccounts').find((resource) => resource.name === account);
  if (found?.properties['allowSharedKeyAccess'] !== false) return undefined;
  return panic(
    'RESPONSE 403: 403 Key based authentication is not permitted on this storage account. ERROR CODE: KeyBasedAuthenticationNotPermitted',
  );
}
