import { isOn, textOf, type Settings } from './settings.js';

/** What Azure must allow before Terraform can create resources of one type. */
interface Need {
  /** ARM actions of a create, a refresh and a destroy. The namespace of the first is the resource provider that must be registered. */
  readonly actions: readonly string[];
  /** Only in deployments where this holds; absent: always. */
  readonly when?: (settings: Settings) => boolean;
}

const crud = (type: string): string[] => [`${type}/read`, `${type}/write`, `${type}/delete`];

const postgres = (settings: Settings): boolean => textOf(settings, 'postgres_source') === 'external';
const redis = (settings: Settings): boolean => textOf(settings, 'redis_source') === 'external';
const managedRedis = (settings: Settings): boolean => redis(settings) && textOf(settings, 'redis_kind') !== 'premium';
const privateDns = (settings: Settings): boolean => postgres(settings) || redis(settings);
const gateway = (settings: Settings): boolean => isOn(settings, 'create_waf') && textOf(settings, 'application_gateway_id') === '';
const on =
  (variable: string) =>
  (settings: Settings): boolean =>
    isOn(settings, variable);

/**
 * Resource types of `terraform/infra` -> what they need. A contract test holds this against the types that the root declares, so a
 * type that nobody thought of cannot slip in. Joins and links are actions of their own in Azure: attaching to a subnet is one.
 */
export const NEEDS: Readonly<Record<string, Need>> = {
  azurerm_resource_group: { actions: crud('Microsoft.Resources/subscriptions/resourceGroups') },
  azurerm_virtual_network: { actions: crud('Microsoft.Network/virtualNetworks'), when: (settings) => textOf(settings, 'vnet_id') === '' },
  azurerm_subnet: {
    actions: [
      'Microsoft.Network/virtualNetworks/read',
      ...crud('Microsoft.Network/virtualNetworks/subnets'),
      'Microsoft.Network/virtualNetworks/subnets/join/action',
      'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
    ],
  },
  azurerm_kubernetes_cluster: {
    actions: [
      ...crud('Microsoft.ContainerService/managedClusters'),
      // The provider asks for the user's credential at every refresh.
      'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
    ],
  },
  azurerm_kubernetes_cluster_node_pool: { actions: crud('Microsoft.ContainerService/managedClusters/agentPools') },
  azurerm_user_assigned_identity: {
    actions: [
      ...crud('Microsoft.ManagedIdentity/userAssignedIdentities'),
      'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
    ],
  },
  azurerm_federated_identity_credential: {
    actions: crud('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials'),
  },
  azurerm_role_assignment: { actions: crud('Microsoft.Authorization/roleAssignments') },
  azurerm_storage_account: {
    actions: [
      ...crud('Microsoft.Storage/storageAccounts'),
      'Microsoft.Storage/storageAccounts/blobServices/read',
      'Microsoft.Storage/storageAccounts/blobServices/write',
    ],
  },
  azurerm_storage_container: { actions: crud('Microsoft.Storage/storageAccounts/blobServices/containers') },
  azurerm_storage_management_policy: { actions: crud('Microsoft.Storage/storageAccounts/managementPolicies') },
  azurerm_key_vault: { actions: [...crud('Microsoft.KeyVault/vaults'), 'Microsoft.KeyVault/locations/deletedVaults/read'] },
  // Values go through the data plane, for which Terraform grants itself a role.
  azurerm_key_vault_secret: { actions: ['Microsoft.KeyVault/vaults/read'] },
  azurerm_postgresql_flexible_server: { actions: crud('Microsoft.DBforPostgreSQL/flexibleServers'), when: postgres },
  azurerm_postgresql_flexible_server_database: { actions: crud('Microsoft.DBforPostgreSQL/flexibleServers/databases'), when: postgres },
  azurerm_postgresql_flexible_server_configuration: {
    actions: [
      'Microsoft.DBforPostgreSQL/flexibleServers/configurations/read',
      'Microsoft.DBforPostgreSQL/flexibleServers/configurations/write',
    ],
    when: postgres,
  },
  // Managed Redis is not the classic cache: other provider type, other actions (T097).
  azurerm_managed_redis: {
    actions: [...crud('Microsoft.Cache/redisEnterprise'), ...crud('Microsoft.Cache/redisEnterprise/databases')],
    when: managedRedis,
  },
  azurerm_managed_redis_access_policy_assignment: {
    actions: crud('Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments'),
    when: managedRedis,
  },
  azurerm_redis_cache: {
    actions: [...crud('Microsoft.Cache/redis'), 'Microsoft.Cache/redis/listKeys/action'],
    when: (settings) => redis(settings) && !managedRedis(settings),
  },
  azurerm_private_dns_zone: {
    actions: [...crud('Microsoft.Network/privateDnsZones'), 'Microsoft.Network/privateDnsZones/join/action'],
    when: privateDns,
  },
  azurerm_private_dns_zone_virtual_network_link: {
    actions: [...crud('Microsoft.Network/privateDnsZones/virtualNetworkLinks'), 'Microsoft.Network/virtualNetworks/join/action'],
    when: privateDns,
  },
  azurerm_private_endpoint: { actions: crud('Microsoft.Network/privateEndpoints'), when: managedRedis },
  azurerm_dns_zone: { actions: crud('Microsoft.Network/dnsZones'), when: on('create_dns_zone') },
  azurerm_dns_a_record: { actions: crud('Microsoft.Network/dnsZones/A'), when: on('create_dns_zone') },
  azurerm_dns_cname_record: { actions: crud('Microsoft.Network/dnsZones/CNAME'), when: on('create_dns_zone') },
  azurerm_web_application_firewall_policy: {
    actions: crud('Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies'),
    when: on('create_waf'),
  },
  azurerm_application_gateway: {
    actions: [...crud('Microsoft.Network/applicationGateways'), 'Microsoft.Network/publicIPAddresses/join/action'],
    when: gateway,
  },
  azurerm_public_ip: {
    actions: crud('Microsoft.Network/publicIPAddresses'),
    when: (settings) => gateway(settings) || isOn(settings, 'create_bastion'),
  },
  azurerm_bastion_host: { actions: crud('Microsoft.Network/bastionHosts'), when: on('create_bastion') },
  azurerm_log_analytics_workspace: {
    actions: [...crud('Microsoft.OperationalInsights/workspaces'), 'Microsoft.OperationalInsights/workspaces/sharedKeys/action'],
    when: on('create_diagnostics'),
  },
  azurerm_monitor_diagnostic_setting: { actions: crud('Microsoft.Insights/diagnosticSettings'), when: on('create_diagnostics') },
};

/** A built-in role that Terraform gives to somebody. */
export interface GrantedRole {
  readonly name: string;
  /** Its definition id, the same in every tenant. */
  readonly definition: string;
  readonly when?: (settings: Settings) => boolean;
}

/** Every role of `terraform/infra`'s role assignments; a contract test holds the names against the root (T142). */
export const GRANTED_ROLES: readonly GrantedRole[] = [
  { name: 'Azure Kubernetes Service RBAC Cluster Admin', definition: 'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b' },
  { name: 'Key Vault Secrets Officer', definition: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7' },
  { name: 'Storage Blob Data Contributor', definition: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' },
  {
    name: 'Key Vault Secrets User',
    definition: '4633458b-17de-408a-b874-0445c86b69e6',
    when: (settings) => gateway(settings) && textOf(settings, 'application_gateway_certificate_name') !== '',
  },
  {
    name: 'DNS Zone Contributor',
    definition: 'befefa01-2a29-4197-83a8-272ff33ce314',
    when: (settings) => isOn(settings, 'create_dns_zone') && textOf(settings, 'tls_certificate_source') === 'dns01',
  },
];

const applies = ({ when }: { readonly when?: (settings: Settings) => boolean }, settings: Settings): boolean => when?.(settings) ?? true;

/** ARM actions this configuration takes, each once, sorted. */
export function neededActions(settings: Settings): string[] {
  const needs = Object.values(NEEDS).filter((need) => applies(need, settings));
  return [...new Set(needs.flatMap(({ actions }) => actions))].sort();
}

/** Resource providers this configuration uses, sorted (T141). */
export function neededProviders(settings: Settings): string[] {
  const namespaces = neededActions(settings).map((action) => action.slice(0, action.indexOf('/')));
  // Microsoft.Compute has no action of ours: AKS makes its nodes.
  return [...new Set([...namespaces, 'Microsoft.Compute'])].sort();
}

export const neededRoles = (settings: Settings): GrantedRole[] => GRANTED_ROLES.filter((role) => applies(role, settings));
