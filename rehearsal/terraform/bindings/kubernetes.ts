import type { Cluster, NodePool, ServiceMesh } from '../../world/clusters.js';
import { equal, type ValueObject } from '../values.js';
import { armBinding, groupId, inGroup, under } from './arm.js';
import { block, optionalText, ProviderError, required, text, textMap, texts, type Binding, type Context } from './binding.js';
import { addIdentity, removeIdentity } from './identity.js';

const clusterType = 'Microsoft.ContainerService/managedClusters';
/** Newest patch of each minor version AKS offers (as of November 2026). */
const PATCHES: Readonly<Record<string, string>> = { '1.34': '1.34.10', '1.35': '1.35.7', '1.36': '1.36.3' };
const DEFAULT_VERSION = '1.35';

/** Full version AKS runs for what was asked; throws when AKS does not offer it. */
function supportedVersion(asked: string, location: string): string {
  const patch = PATCHES[asked] ?? Object.values(PATCHES).find((version) => version === asked);
  if (patch !== undefined) return patch;
  throw new ProviderError(
    `unexpected status 400 (400 Bad Request) with error: K8sVersionNotSupported: Managed cluster is on version ${asked}, which is not supported in region ${location}. Please use [az aks get-versions] command to get the supported version list in this region.`,
  );
}

function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** One node pool of the world from `default_node_pool` or an azurerm_kubernetes_cluster_node_pool. */
function nodePool(attributes: ValueObject): NodePool {
  const fixed = count(attributes.node_count, 1);
  const scales = attributes.auto_scaling_enabled === true;
  const criticalOnly = attributes.only_critical_addons_enabled === true ? ['CriticalAddonsOnly=true:NoSchedule'] : [];
  return {
    name: text(attributes, 'name'),
    vmSize: optionalText(attributes, 'vm_size') ?? 'Standard_D2s_v5',
    minCount: scales ? count(attributes.min_count, fixed) : fixed,
    maxCount: scales ? count(attributes.max_count, fixed) : fixed,
    labels: textMap(attributes, 'node_labels'),
    taints: [...texts(attributes, 'node_taints'), ...criticalOnly],
  };
}

/** The Istio add-on a configuration asks for; throws for a revision that AKS does not offer with the cluster's version. */
function serviceMesh(attributes: ValueObject, { world }: Context, version: string): ServiceMesh | undefined {
  const profile = block(attributes, 'service_mesh_profile');
  if (!profile) return undefined;
  const revisions = texts(profile, 'revisions');
  const minor = version.split('.').slice(0, 2).join('.');
  for (const revision of revisions) {
    if (world.offers.mesh.get(revision)?.includes(minor)) continue;
    throw new ProviderError(
      `unexpected status 400 (400 Bad Request) with error: InvalidParameter: Revision ${revision} is not compatible with the cluster version ${version} or is not supported. Please use [az aks mesh get-revisions] to get the supported revisions.`,
    );
  }
  return {
    revisions,
    externalIngressGateway: profile.external_ingress_gateway_enabled === true,
    internalIngressGateway: profile.internal_ingress_gateway_enabled === true,
  };
}

/** What AKS decides for a pool when the configuration leaves it open. */
function poolDefaults(attributes: ValueObject, version: string): ValueObject {
  return {
    node_count: count(attributes.node_count, count(attributes.min_count, 1)),
    max_pods: count(attributes.max_pods, 110),
    os_disk_size_gb: count(attributes.os_disk_size_gb, 128),
    os_sku: optionalText(attributes, 'os_sku') ?? 'Ubuntu',
    kubelet_disk_type: optionalText(attributes, 'kubelet_disk_type') ?? 'OS',
    orchestrator_version: optionalText(attributes, 'orchestrator_version') ?? version,
    vm_size: optionalText(attributes, 'vm_size') ?? 'Standard_D2s_v5',
    node_labels: textMap(attributes, 'node_labels'),
  };
}

/** The live cluster behind a resource id. */
function clusterOf(context: Context, id: string): Cluster | undefined {
  return [...context.world.clusters.values()].find((cluster) => cluster.resourceId.toLowerCase() === id.toLowerCase());
}

function replacePool(cluster: Cluster, name: string, pool: NodePool | undefined): void {
  const rest = cluster.nodePools.filter((existing) => existing.name !== name);
  cluster.nodePools.splice(0, cluster.nodePools.length, ...rest, ...(pool ? [pool] : []));
}

function networkDefaults(attributes: ValueObject): ValueObject {
  const given = block(attributes, 'network_profile') ?? {};
  const serviceCidr = optionalText(given, 'service_cidr') ?? '10.0.0.0/16';
  const podCidr =
    optionalText(given, 'pod_cidr') ??
    (given.network_plugin === 'azure' && given.network_plugin_mode !== 'overlay' ? null : '10.244.0.0/16');
  return {
    network_plugin: optionalText(given, 'network_plugin') ?? 'kubenet',
    network_mode: null,
    network_policy: optionalText(given, 'network_policy') ?? null,
    network_data_plane: optionalText(given, 'network_data_plane') ?? 'azure',
    dns_service_ip: optionalText(given, 'dns_service_ip') ?? serviceCidr.replace(/\d+\/\d+$/, '10'),
    service_cidr: serviceCidr,
    service_cidrs: [serviceCidr],
    pod_cidr: podCidr,
    pod_cidrs: podCidr === null ? [] : [podCidr],
    ip_versions: ['IPv4'],
    load_balancer_sku: optionalText(given, 'load_balancer_sku') ?? 'standard',
    outbound_type: optionalText(given, 'outbound_type') ?? 'loadBalancer',
    load_balancer_profile: [],
    nat_gateway_profile: [],
  };
}

/** User kubeconfig of an Entra cluster: no static credentials in it. */
function kubeConfig(context: Context, name: string, fqdn: string): ValueObject {
  const ca = Buffer.from(context.clusterCaPem).toString('base64');
  const host = `https://${fqdn}:443`;
  const raw = [
    'apiVersion: v1',
    'kind: Config',
    `clusters: [{ name: ${name}, cluster: { server: "${host}", certificate-authority-data: "${ca}" } }]`,
    `contexts: [{ name: ${name}, context: { cluster: ${name}, user: clusterUser } }]`,
    `current-context: ${name}`,
    'users: [{ name: clusterUser, user: { exec: { apiVersion: client.authentication.k8s.io/v1beta1, command: kubelogin, args: [get-token, --server-id, 6dae42f8-4368-4678-94ff-3960e28e3630] } } }]',
  ].join('\n');
  return {
    kube_config: [{ host, cluster_ca_certificate: ca, client_certificate: '', client_key: '', username: 'clusterUser', password: '' }],
    kube_config_raw: raw,
    kube_admin_config: [],
    kube_admin_config_raw: '',
  };
}

/** The identities AKS makes for a cluster, each resolvable in the directory. */
function identities(context: Context, attributes: ValueObject, nodeGroup: string): ValueObject {
  const name = text(attributes, 'name');
  const identity = block(attributes, 'identity');
  const learnt: ValueObject = {};
  if (identity?.type === 'SystemAssigned')
    learnt.identity = [{ principal_id: addIdentity(context, name).objectId, tenant_id: context.world.options.tenantId }];
  if (!block(attributes, 'kubelet_identity')) {
    const kubelet = addIdentity(context, `${name}-agentpool`);
    const id = `${groupId(context, nodeGroup)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${kubelet.name}`;
    context.world.resources.put({
      id,
      type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
      name: kubelet.name,
      location: text(attributes, 'location'),
      properties: { clientId: kubelet.clientId, principalId: kubelet.objectId },
    });
    learnt.kubelet_identity = [{ client_id: kubelet.clientId, object_id: kubelet.objectId, user_assigned_identity_id: id }];
  }
  return learnt;
}

/** `true` is AKS's own choice from 1.34 on. */
function issuesTokens(attributes: ValueObject): boolean {
  return attributes.oidc_issuer_enabled !== false;
}

function learnCluster(attributes: ValueObject, id: string, context: Context): ValueObject {
  const { world, ledger } = context;
  const [name, location] = [text(attributes, 'name'), text(attributes, 'location')];
  const asked = optionalText(attributes, 'kubernetes_version') ?? DEFAULT_VERSION;
  const version = supportedVersion(asked, location);
  const pool = block(attributes, 'default_node_pool') ?? {};
  const subnet = optionalText(pool, 'vnet_subnet_id');
  if (subnet !== undefined) required(context, subnet);

  const prefix = optionalText(attributes, 'dns_prefix') ?? optionalText(attributes, 'dns_prefix_private_cluster') ?? name;
  const host = `${prefix}-${ledger.hex(id, 8)}`;
  const fqdn = `${host}.hcp.${location}.azmk8s.io`;
  const nodeGroup = optionalText(attributes, 'node_resource_group') ?? `MC_${text(attributes, 'resource_group_name')}_${name}_${location}`;
  const oidcIssuerUrl = `https://${location}.oic.prod-aks.azure.com/${world.options.tenantId}/${ledger.guid(id)}/`;
  const nodeGroupId = groupId(context, nodeGroup);
  world.resources.put({
    id: nodeGroupId,
    type: 'Microsoft.Resources/resourceGroups',
    name: nodeGroup,
    location,
    properties: { provisioningState: 'Succeeded', managedBy: id },
  });
  world.addCluster({
    name,
    resourceId: id,
    fqdn,
    oidcIssuerUrl,
    kubernetesVersion: version,
    localAccountDisabled: attributes.local_account_disabled === true,
    nodePools: [nodePool(pool)],
    serviceMesh: serviceMesh(attributes, context, version),
  });
  return {
    ...identities(context, attributes, nodeGroup),
    ...kubeConfig(context, name, fqdn),
    fqdn,
    portal_fqdn: `${host}.portal.hcp.${location}.azmk8s.io`,
    private_fqdn: '',
    http_application_routing_zone_name: '',
    kubernetes_version: asked,
    current_kubernetes_version: version,
    node_resource_group: nodeGroup,
    node_resource_group_id: nodeGroupId,
    oidc_issuer_enabled: issuesTokens(attributes),
    oidc_issuer_url: issuesTokens(attributes) ? oidcIssuerUrl : '',
    default_node_pool: [poolDefaults(pool, version)],
    network_profile: [networkDefaults(attributes)],
    ...(block(attributes, 'azure_active_directory_role_based_access_control')
      ? { azure_active_directory_role_based_access_control: [{ tenant_id: world.options.tenantId }] }
      : {}),
    ...(block(attributes, 'node_provisioning_profile')
      ? {}
      : { node_provisioning_profile: [{ mode: 'Manual', default_node_pools: 'Auto' }] }),
    ...(block(attributes, 'bootstrap_profile') ? {} : { bootstrap_profile: [{ artifact_source: 'Direct', container_registry_id: '' }] }),
  };
}

/**
 * AKS takes its resource group along when it goes. Load balancers that Services still hold stay behind with their addresses and keep
 * the nodes' subnet in use: Terraform knows of neither, and a destroy stalls at the network.
 */
function releaseNodeGroup({ world: { resources } }: Context, group: string, subnet: string | undefined): void {
  const held = resources
    .list('Microsoft.Network/publicIPAddresses')
    .filter(({ id }) => id.toLowerCase().startsWith(`${group.toLowerCase()}/`));
  const nodeGroup = resources.get(group);
  resources.delete(group);
  if (held.length === 0 || !nodeGroup) return;
  resources.put(nodeGroup);
  for (const address of held) resources.put({ ...address, properties: { ...address.properties, backendSubnet: subnet } });
}

const kubernetesCluster: Binding = armBinding({
  terraformType: 'azurerm_kubernetes_cluster',
  type: clusterType,
  id: inGroup(clusterType),
  exists: (id, context) => clusterOf(context, id) !== undefined,
  learn: learnCluster,
  properties: (attributes) => ({
    fqdn: attributes.fqdn,
    dnsPrefix: attributes.dns_prefix,
    kubernetesVersion: attributes.kubernetes_version,
    currentKubernetesVersion: attributes.current_kubernetes_version,
    nodeResourceGroup: attributes.node_resource_group,
    disableLocalAccounts: attributes.local_account_disabled === true,
    oidcIssuerProfile: { enabled: attributes.oidc_issuer_enabled, issuerURL: attributes.oidc_issuer_url },
    securityProfile: { workloadIdentity: { enabled: attributes.workload_identity_enabled === true } },
    sku: { name: 'Base', tier: attributes.sku_tier },
  }),
  drift(properties, state, context) {
    const cluster = clusterOf(context, text(state, 'id'));
    const pool = block(state, 'default_node_pool');
    const live = cluster?.nodePools.find((candidate) => candidate.name === pool?.name);
    return {
      ...(cluster ? { current_kubernetes_version: cluster.kubernetesVersion } : {}),
      ...(typeof properties.disableLocalAccounts === 'boolean' ? { local_account_disabled: properties.disableLocalAccounts } : {}),
      ...(pool && live && !equal(textMap(pool, 'node_labels'), { ...live.labels })
        ? { default_node_pool: [{ node_labels: { ...live.labels } }] }
        : {}),
    };
  },
  onUpdate({ context, prior, planned }) {
    const id = text(prior, 'id');
    const cluster = clusterOf(context, id);
    if (!cluster) throw new ProviderError(`updating Kubernetes Cluster (${id}): the cluster no longer exists`);
    const asked = optionalText(planned, 'kubernetes_version') ?? DEFAULT_VERSION;
    if (asked !== prior.kubernetes_version) cluster.kubernetesVersion = supportedVersion(asked, text(planned, 'location'));
    const [before, after] = [block(prior, 'default_node_pool') ?? {}, block(planned, 'default_node_pool') ?? {}];
    if (before.vm_size !== after.vm_size && optionalText(after, 'temporary_name_for_rotation') === undefined) {
      throw new ProviderError(
        '`temporary_name_for_rotation` must be specified when updating any of the following properties ["default_node_pool.0.vm_size"]',
      );
    }
    replacePool(cluster, text(before, 'name'), nodePool(after));
    cluster.serviceMesh = serviceMesh(planned, context, cluster.kubernetesVersion);
    context.world.emit('cluster-changed', cluster);
    return { current_kubernetes_version: cluster.kubernetesVersion };
  },
  onDelete(state, context) {
    const cluster = clusterOf(context, text(state, 'id'));
    for (const objectId of [block(state, 'identity')?.principal_id, block(state, 'kubelet_identity')?.object_id]) {
      if (typeof objectId === 'string') removeIdentity(context, objectId);
    }
    releaseNodeGroup(
      context,
      groupId(context, text(state, 'node_resource_group')),
      optionalText(block(state, 'default_node_pool') ?? {}, 'vnet_subnet_id'),
    );
    if (cluster) context.world.removeCluster(cluster.fqdn);
  },
});

const clusterNodePool: Binding = armBinding({
  terraformType: 'azurerm_kubernetes_cluster_node_pool',
  type: `${clusterType}/agentPools`,
  id: under('kubernetes_cluster_id', 'agentPools'),
  learn(attributes, _id, context) {
    const cluster = clusterOf(context, text(attributes, 'kubernetes_cluster_id'));
    if (!cluster)
      throw new ProviderError(
        `creating Node Pool "${text(attributes, 'name')}": the cluster ${text(attributes, 'kubernetes_cluster_id')} does not exist`,
      );
    replacePool(cluster, text(attributes, 'name'), nodePool(attributes));
    return { ...poolDefaults(attributes, cluster.kubernetesVersion), node_image_version: `AKSUbuntu-2204gen2containerd-202611.01.0` };
  },
  drift(_properties, state, context) {
    const [clusterId = '', name = ''] = text(state, 'id').split('/agentPools/');
    const live = clusterOf(context, clusterId)?.nodePools.find((pool) => pool.name === name);
    if (!live) return {};
    return { kubernetes_cluster_id: clusterId, node_labels: { ...live.labels }, node_taints: [...live.taints], vm_size: live.vmSize };
  },
  onUpdate({ context, prior, planned }) {
    const cluster = clusterOf(context, text(prior, 'kubernetes_cluster_id'));
    if (cluster) replacePool(cluster, text(prior, 'name'), nodePool(planned));
    return {};
  },
  onDelete(state, context) {
    const cluster = clusterOf(context, text(state, 'kubernetes_cluster_id'));
    if (cluster) replacePool(cluster, text(state, 'name'), undefined);
  },
});

/** azurerm_* types of Microsoft.ContainerService. */
export const KUBERNETES: Readonly<Record<string, Binding>> = {
  azurerm_kubernetes_cluster: kubernetesCluster,
  azurerm_kubernetes_cluster_node_pool: clusterNodePool,
};
