import { parse, stringify } from 'yaml';
import { DeployError } from '../errors.js';

/** The one context of the kubeconfig this action writes. */
export const CONTEXT = 'langsmith-azure';

/** Names the cluster on every call of kubectl and helm; neither ever looks at the user's own configuration. */
export interface ClusterAccess {
  readonly kubeconfigPath: string;
  readonly context: string;
}

interface Kubeconfig {
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string } }[];
}

/**
 * A kubeconfig with one cluster, one context and a token file. AKS answers with a kubeconfig whose user runs the kubelogin program;
 * only its server and CA are taken, so that kubelogin need not be installed and no other user or context comes along.
 * @throws DeployError `cluster-unreachable` when the server or its CA is missing.
 */
export function buildKubeconfig(credentialYaml: string, tokenFile: string): string {
  const source = readKubeconfig(credentialYaml);
  const cluster = source?.clusters?.[0]?.cluster;
  const server = cluster?.server;
  const authority = cluster?.['certificate-authority-data'];
  if (server === undefined || authority === undefined) {
    throw new DeployError(
      'cluster-unreachable',
      'Azure answered listClusterUserCredential without the address or the CA of the API server',
    );
  }
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: CONTEXT, cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: CONTEXT, user: { tokenFile } }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: CONTEXT } }],
    'current-context': CONTEXT,
  });
}

function readKubeconfig(text: string): Kubeconfig | undefined {
  try {
    return parse(text) as Kubeconfig | undefined;
  } catch (cause) {
    throw new DeployError('cluster-unreachable', 'Azure answered listClusterUserCredential with something that is not YAML', { cause });
  }
}
