import type { ArmResource } from '../../world/resources.js';
import { isObject, type Value, type ValueObject } from '../values.js';
import { groupId } from './arm.js';
import { optionalText, ProviderError, text, type Context, type Reader } from './binding.js';

/** A data source that is a resource of the same name looked up by its id. `label` is how the provider calls it when it is missing. */
function lookUp(
  label: string,
  id: (config: ValueObject, context: Context) => string,
  more: (resource: ArmResource, context: Context) => ValueObject = () => ({}),
): Reader {
  return (context, config) => {
    const wanted = id(config, context);
    const resource = context.world.resources.get(wanted);
    if (!resource) throw new ProviderError(`${label} (${wanted}) was not found`);
    return {
      ...context.ledger.lookUp(wanted),
      id: resource.id,
      location: resource.location ?? null,
      tags: resource.tags ?? {},
      ...more(resource, context),
    };
  };
}

function grouped(type: string): (config: ValueObject, context: Context) => string {
  return (config, context) => `${groupId(context, text(config, 'resource_group_name'))}/providers/${type}/${text(config, 'name')}`;
}

const clientConfig: Reader = ({ world }) => {
  const deployer = world.deployer();
  const { tenantId, subscriptionId } = world.options;
  const id = Buffer.from(
    `clientId=${deployer.clientId};objectId=${deployer.objectId};subscriptionId=${subscriptionId};tenantId=${tenantId}`,
  ).toString('base64');
  return { id, client_id: deployer.clientId, object_id: deployer.objectId, subscription_id: subscriptionId, tenant_id: tenantId };
};

const subscription: Reader = ({ world }, config) => {
  const { tenantId, subscriptionId } = world.options;
  const wanted = optionalText(config, 'subscription_id') ?? subscriptionId;
  if (wanted.toLowerCase() !== subscriptionId.toLowerCase()) throw new ProviderError(`Subscription with ID "${wanted}" was not found`);
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscription_id: subscriptionId,
    tenant_id: tenantId,
    display_name: 'rehearsal',
    state: 'Enabled',
    location_placement_id: 'Public_2014-09-01',
    quota_id: 'PayAsYouGo_2014-09-01',
    spending_limit: 'Off',
    tags: {},
  };
};

const subnet: Reader = (context, config) => {
  const read = lookUp('Subnet', (inner, { world }) => {
    const vnet = `Microsoft.Network/virtualNetworks/${text(inner, 'virtual_network_name')}`;
    return `/subscriptions/${world.options.subscriptionId}/resourceGroups/${text(inner, 'resource_group_name')}/providers/${vnet}/subnets/${text(inner, 'name')}`;
  })(context, config);
  const prefixes = Array.isArray(read.address_prefixes) ? read.address_prefixes : [];
  const group = context.world.resources.get(text(read, 'id'))?.properties.networkSecurityGroupId;
  return { ...read, address_prefix: prefixes[0] ?? '', network_security_group_id: typeof group === 'string' ? group : '' };
};

/** Subnets by name, from the resources below the network. */
function subnetNames(resource: ArmResource, context: Context): Value[] {
  const prefix = `${resource.id}/subnets/`.toLowerCase();
  return context.world.resources
    .list('Microsoft.Network/virtualNetworks/subnets')
    .filter((candidate) => candidate.id.toLowerCase().startsWith(prefix))
    .map((candidate) => candidate.name);
}

const kubernetesCluster: Reader = (context, config) => {
  const read = lookUp('Kubernetes Cluster', grouped('Microsoft.ContainerService/managedClusters'))(context, config);
  const pools = Array.isArray(read.default_node_pool) ? read.default_node_pool.filter(isObject) : [];
  return { ...read, agent_pool_profile: pools };
};

/** azurerm_* data sources. */
export const DATA_SOURCES: Readonly<Record<string, Reader>> = {
  azurerm_client_config: clientConfig,
  azurerm_subscription: subscription,
  azurerm_resource_group: lookUp('Resource Group', (config, context) => groupId(context, text(config, 'name'))),
  azurerm_virtual_network: lookUp('Virtual Network', grouped('Microsoft.Network/virtualNetworks'), (resource, context) => ({
    subnets: subnetNames(resource, context),
  })),
  azurerm_subnet: subnet,
  azurerm_key_vault: lookUp('Key Vault', grouped('Microsoft.KeyVault/vaults')),
  azurerm_kubernetes_cluster: kubernetesCluster,
  azurerm_public_ip: lookUp('Public IP Address', grouped('Microsoft.Network/publicIPAddresses')),
};
