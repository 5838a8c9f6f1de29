import { isObject, type Value, type ValueObject } from '../values.js';
import { armBinding, groupId, inGroup, mirrored, type ArmType } from './arm.js';
import { block, optionalText, ProviderError, required, text, type Binding, type Context } from './binding.js';

const vnet = 'Microsoft.Network/virtualNetworks';

function plain(name: string, type: string, more: Partial<ArmType> = {}): Binding {
  return armBinding({ terraformType: `azurerm_${name}`, type, id: inGroup(type), ...more });
}

/** Elements of a nested block or attribute-as-block, with an `id` given to each from its name. */
function identified(attributes: ValueObject, name: string, id: (element: string) => string): Value {
  const elements = attributes[name];
  if (!Array.isArray(elements)) return [];
  return elements.filter(isObject).map((element) => ({ ...element, id: id(text(element, 'name')) }));
}

const virtualNetwork = plain('virtual_network', vnet, {
  ...mirrored({ address_space: 'addressPrefixes' }),
  learn: (attributes, id, { ledger }) => ({
    guid: ledger.guid(id),
    dns_servers: Array.isArray(attributes.dns_servers) ? attributes.dns_servers : [],
    subnet: identified(attributes, 'subnet', (name) => `${id}/subnets/${name}`),
  }),
});

/** What a load balancer of a Service still reaches cannot be deleted. */
function refuseInUse(state: ValueObject, { world }: Context): void {
  const id = text(state, 'id');
  const user = world.resources
    .list('Microsoft.Network/publicIPAddresses')
    .find(({ properties }) => typeof properties.backendSubnet === 'string' && properties.backendSubnet.toLowerCase() === id.toLowerCase());
  if (!user) return;
  const balancer = `${user.id.split('/providers/')[0] ?? ''}/providers/Microsoft.Network/loadBalancers/kubernetes`;
  throw new ProviderError(
    `deleting Subnet (${id}): performing Delete: unexpected status 400 (400 Bad Request) with error: InUseSubnetCannotBeDeleted: Subnet ${text(state, 'name')} is in use by ${balancer}/backendAddressPools/kubernetes and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
  );
}

const subnet = armBinding({
  onDelete: refuseInUse,
  terraformType: 'azurerm_subnet',
  type: `${vnet}/subnets`,
  id: (attributes, context) =>
    `${groupId(context, text(attributes, 'resource_group_name'))}/providers/${vnet}/${text(attributes, 'virtual_network_name')}/subnets/${text(attributes, 'name')}`,
  ...mirrored({ address_prefixes: 'addressPrefixes', service_endpoints: 'serviceEndpoints' }),
});

/** azurerm_subnet_network_security_group_association: a property of the subnet, known by the subnet's id. */
const subnetSecurityGroup: Binding = {
  create({ context, planned }) {
    const id = text(planned, 'subnet_id');
    required(context, id).properties.networkSecurityGroupId = text(planned, 'network_security_group_id');
    return { id };
  },
  read(context, state) {
    const group = context.world.resources.get(text(state, 'id'))?.properties.networkSecurityGroupId;
    return typeof group === 'string' ? { subnet_id: text(state, 'id'), network_security_group_id: group } : undefined;
  },
  update: () => ({}),
  delete(context, state) {
    delete context.world.resources.get(text(state, 'id'))?.properties.networkSecurityGroupId;
  },
};

const publicIp = plain('public_ip', 'Microsoft.Network/publicIPAddresses', {
  learn(attributes, id, { world, ledger }) {
    const label = optionalText(attributes, 'domain_name_label');
    const fqdn = label === undefined ? null : `${label}.${text(attributes, 'location')}.cloudapp.azure.com`;
    if (fqdn !== null && world.resources.list('Microsoft.Network/publicIPAddresses').some((other) => other.properties.fqdn === fqdn)) {
      throw new ProviderError(
        `creating/updating Public IP Address: unexpected status 400 (400 Bad Request) with error: DnsRecordInUse: DNS record ${fqdn} is already used by another public IP.`,
      );
    }
    return { ip_address: `203.0.113.${100 + (Number.parseInt(ledger.hex(id, 2), 16) % 100)}`, fqdn };
  },
  properties: (attributes) => ({ ipAddress: attributes.ip_address, fqdn: attributes.fqdn }),
});

const privateEndpoint = plain('private_endpoint', 'Microsoft.Network/privateEndpoints', {
  learn(attributes, id, context) {
    const connection = block(attributes, 'private_service_connection') ?? {};
    const target = optionalText(connection, 'private_connection_resource_id');
    if (target !== undefined) required(context, target);
    const address = `10.0.120.${4 + (Number.parseInt(context.ledger.hex(id, 2), 16) % 200)}`;
    const nic = optionalText(attributes, 'custom_network_interface_name') ?? `${text(attributes, 'name')}.nic.${context.ledger.guid(id)}`;
    return {
      private_service_connection: [{ ...connection, private_ip_address: address }],
      network_interface: [{ name: nic, id: `${id.replace('/privateEndpoints/', '/networkInterfaces/').replace(/[^/]+$/, '')}${nic}` }],
      custom_dns_configs: [],
      private_dns_zone_configs: [],
      ...(block(attributes, 'private_dns_zone_group')
        ? {
            private_dns_zone_group: [
              { id: `${id}/privateDnsZoneGroups/${text(block(attributes, 'private_dns_zone_group') ?? {}, 'name')}` },
            ],
          }
        : {}),
    };
  },
  properties(attributes) {
    const connection = block(attributes, 'private_service_connection') ?? {};
    const target = optionalText(connection, 'private_connection_resource_id');
    return {
      privateLinkServiceConnections: target === undefined ? [] : [{ properties: { privateLinkServiceId: target } }],
    };
  },
});

const soa = (host: string) => ({
  email: 'azuredns-hostmaster.microsoft.com',
  expire_time: 2419200,
  minimum_ttl: 300,
  refresh_time: 3600,
  retry_time: 300,
  ttl: 3600,
  host_name: host,
});

const dnsZone = plain('dns_zone', 'Microsoft.Network/dnsZones', {
  learn: (attributes) => ({
    name_servers: ['ns1-05.azure-dns.com.', 'ns2-05.azure-dns.net.', 'ns3-05.azure-dns.org.', 'ns4-05.azure-dns.info.'],
    number_of_record_sets: 2,
    max_number_of_record_sets: 10_000,
    ...(block(attributes, 'soa_record')
      ? {}
      : { soa_record: [{ ...soa('ns1-05.azure-dns.com.'), serial_number: 1, fqdn: `${text(attributes, 'name')}.`, tags: {} }] }),
  }),
});

/** A record set of a zone. A name that is an alias has no other records, and the zone's own name has always some. */
function dnsRecord(terraformType: string, kind: 'A' | 'CNAME', attribute: string): Binding {
  const zones = 'Microsoft.Network/dnsZones';
  const idOf = (attributes: ValueObject, context: Context, type: string): string =>
    `${groupId(context, text(attributes, 'resource_group_name'))}/providers/${zones}/${text(attributes, 'zone_name')}/${type}/${text(attributes, 'name')}`;
  return armBinding({
    terraformType,
    type: `${zones}/${kind}`,
    id: (attributes, context) => idOf(attributes, context, kind),
    learn(attributes, _id, context) {
      const name = text(attributes, 'name');
      const other = context.world.resources.get(idOf(attributes, context, kind === 'A' ? 'CNAME' : 'A'));
      if (other !== undefined || (kind === 'CNAME' && name === '@')) {
        throw new ProviderError(
          `creating/updating ${kind} Record: unexpected status 400 (400 Bad Request) with error: BadRequest: The CNAME record set '${name}' cannot coexist with other record sets of that name.`,
        );
      }
      return { fqdn: `${name === '@' ? '' : `${name}.`}${text(attributes, 'zone_name')}.` };
    },
    ...mirrored({ [attribute]: attribute, ttl: 'TTL' }),
  });
}

const privateDnsZone = plain('private_dns_zone', 'Microsoft.Network/privateDnsZones', {
  learn: (attributes) => ({
    number_of_record_sets: 1,
    max_number_of_record_sets: 25_000,
    max_number_of_virtual_network_links: 1000,
    max_number_of_virtual_network_links_with_registration: 100,
    ...(block(attributes, 'soa_record')
      ? {}
      : {
          soa_record: [
            {
              ...soa('azureprivatedns.net'),
              email: 'azureprivatedns-host.microsoft.com',
              minimum_ttl: 10,
              serial_number: 1,
              fqdn: `${text(attributes, 'name')}.`,
              tags: {},
            },
          ],
        }),
  }),
});

const privateDnsLink = armBinding({
  terraformType: 'azurerm_private_dns_zone_virtual_network_link',
  type: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
  id: (attributes, context) =>
    `${groupId(context, text(attributes, 'resource_group_name'))}/providers/Microsoft.Network/privateDnsZones/${text(attributes, 'private_dns_zone_name')}/virtualNetworkLinks/${text(attributes, 'name')}`,
  learn(attributes, _id, context) {
    required(context, text(attributes, 'virtual_network_id'));
    return { resolution_policy: 'Default' };
  },
});

/** Ids of the parts of an application gateway that its other parts refer to. */
function gatewayParts(attributes: ValueObject, id: string): ValueObject {
  const parts: Readonly<Record<string, string>> = {
    backend_address_pool: 'backendAddressPools',
    backend_http_settings: 'backendHttpSettingsCollection',
    frontend_ip_configuration: 'frontendIPConfigurations',
    frontend_port: 'frontendPorts',
    gateway_ip_configuration: 'gatewayIPConfigurations',
    http_listener: 'httpListeners',
    probe: 'probes',
    redirect_configuration: 'redirectConfigurations',
    request_routing_rule: 'requestRoutingRules',
    rewrite_rule_set: 'rewriteRuleSets',
    ssl_certificate: 'sslCertificates',
    url_path_map: 'urlPathMaps',
  };
  return Object.fromEntries(
    Object.entries(parts).map(([name, segment]) => [name, identified(attributes, name, (element) => `${id}/${segment}/${element}`)]),
  );
}

/** azurerm_* types of Microsoft.Network. */
export const NETWORK: Readonly<Record<string, Binding>> = {
  azurerm_virtual_network: virtualNetwork,
  azurerm_subnet: subnet,
  azurerm_network_security_group: plain('network_security_group', 'Microsoft.Network/networkSecurityGroups', {
    learn: (attributes) => (Array.isArray(attributes.security_rule) ? {} : { security_rule: [] }),
  }),
  azurerm_subnet_network_security_group_association: subnetSecurityGroup,
  azurerm_public_ip: publicIp,
  azurerm_private_endpoint: privateEndpoint,
  azurerm_dns_zone: dnsZone,
  azurerm_dns_a_record: dnsRecord('azurerm_dns_a_record', 'A', 'records'),
  azurerm_dns_cname_record: dnsRecord('azurerm_dns_cname_record', 'CNAME', 'record'),
  azurerm_private_dns_zone: privateDnsZone,
  azurerm_private_dns_zone_virtual_network_link: privateDnsLink,
  azurerm_bastion_host: plain('bastion_host', 'Microsoft.Network/bastionHosts', {
    learn: (_attributes, id, { ledger }) => ({ dns_name: `bst-${ledger.guid(id)}.bastion.azure.com` }),
  }),
  azurerm_application_gateway: plain('application_gateway', 'Microsoft.Network/applicationGateways', {
    learn: (attributes, id) => gatewayParts(attributes, id),
  }),
  azurerm_web_application_firewall_policy: plain(
    'web_application_firewall_policy',
    'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies',
    {
      learn: () => ({ http_listener_ids: [], path_based_rule_ids: [] }),
    },
  ),
};
