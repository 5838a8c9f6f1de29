import { stringify } from 'yaml';
import type { Cluster } from '../world/clusters.js';
import { ArmError } from './arm-error.js';
import { RESOURCES } from './entra.js';

/** The Entra client application that kubelogin signs people in with; the same in every tenant. */
const AKS_CLIENT_APPLICATION = '80faf920-1908-4b52-b5ef-a8e7bedfc67a';

/** The ARM property bag of a managed cluster, from the world's model of it. */
export function clusterProperties(cluster: Cluster, tenantId: string): Record<string, unknown> {
  return {
    provisioningState: 'Succeeded',
    powerState: { code: 'Running' },
    kubernetesVersion: cluster.kubernetesVersion,
    currentKubernetesVersion: cluster.kubernetesVersion,
    fqdn: cluster.fqdn,
    azurePortalFQDN: cluster.fqdn,
    disableLocalAccounts: cluster.localAccountDisabled,
    enableRBAC: true,
    aadProfile: { managed: true, enableAzureRBAC: true, tenantID: tenantId },
    oidcIssuerProfile: { enabled: true, issuerURL: cluster.oidcIssuerUrl },
    securityProfile: { workloadIdentity: { enabled: true } },
    agentPoolProfiles: cluster.nodePools.map((pool) => ({
      name: pool.name,
      vmSize: pool.vmSize,
      enableAutoScaling: true,
      minCount: pool.minCount,
      maxCount: pool.maxCount,
      count: pool.minCount,
      nodeLabels: pool.labels,
      nodeTaints: pool.taints,
      provisioningState: 'Succeeded',
    })),
  };
}

/**
 * Answer of listClusterUserCredential for an Entra cluster: a kubeconfig whose user runs kubelogin with a device code, exactly the
 * one that would hang in CI. `authorityPem` stands where the cluster's own CA would.
 */
export function userCredential(cluster: Cluster, tenantId: string, authorityPem: string): object {
  const group = cluster.resourceId.split('/')[4] ?? '';
  const user = `clusterUser_${group}_${cluster.name}`;
  const kubeconfig = {
    apiVersion: 'v1',
    clusters: [
      {
        cluster: { 'certificate-authority-data': Buffer.from(authorityPem).toString('base64'), server: `https://${cluster.fqdn}:443` },
        name: cluster.name,
      },
    ],
    contexts: [{ context: { cluster: cluster.name, user }, name: cluster.name }],
    'current-context': cluster.name,
    kind: 'Config',
    preferences: {},
    users: [
      {
        name: user,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            args: [
              ...['get-token', '--environment', 'AzurePublicCloud'],
              ...['--server-id', RESOURCES.aks, '--client-id', AKS_CLIENT_APPLICATION],
              ...['--tenant-id', tenantId, '--login', 'devicecode'],
            ],
            command: 'kubelogin',
            env: null,
            installHint: 'kubelogin is not installed which is required to connect to AAD enabled cluster.',
            provideClusterInfo: false,
          },
        },
      },
    ],
  };
  return { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(stringify(kubeconfig)).toString('base64') }] };
}

/** listClusterAdminCredential. Throws ArmError 400 where local accounts are off, which every cluster of ours has. */
export function adminCredential(cluster: Cluster): never {
  if (!cluster.localAccountDisabled)
    throw new Error(`cluster ${cluster.name} has local accounts: the rehearsal has no client certificates`);
  throw new ArmError(400, 'BadRequest', 'Getting static credential is not allowed because this cluster is set to disable local accounts.');
}
