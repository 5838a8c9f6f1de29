import { describe, expect, it } from '@jest/globals';
import { AZURERM } from '../../../../../rehearsal/terraform/bindings/azurerm.js';
import { afterEach } from '@jest/globals';
import { GROUP, PROVIDER, TerraformRoot } from '../terraform-root.js';

const COMMON = `resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location`;
/** One of everything the production topology will use, with the references it will make. */
const PRODUCTION = `data "azurerm_client_config" "current" {}
data "azurerm_subscription" "current" {}
variable "password" {
  type      = string
  ephemeral = true
  sensitive = true
}
resource "azurerm_virtual_network" "main" {
  name = "vnet"
  ${COMMON}
  address_space = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "main" {
  name                 = "postgres"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.0.1.0/24"]
  delegation {
    name = "fs"
    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}
resource "azurerm_network_security_group" "main" {
  name = "nsg"
  ${COMMON}
  security_rule {
    name                       = "https"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "443"
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }
}
resource "azurerm_subnet_network_security_group_association" "main" {
  subnet_id                 = azurerm_subnet.main.id
  network_security_group_id = azurerm_network_security_group.main.id
}
resource "azurerm_private_dns_zone" "main" {
  name                = "privatelink.postgres.database.azure.com"
  resource_group_name = azurerm_resource_group.main.name
}
resource "azurerm_private_dns_zone_virtual_network_link" "main" {
  name                  = "link"
  resource_group_name   = azurerm_resource_group.main.name
  private_dns_zone_name = azurerm_private_dns_zone.main.name
  virtual_network_id    = azurerm_virtual_network.main.id
}
resource "azurerm_postgresql_flexible_server" "main" {
  name = "pg-rehearsal"
  ${COMMON}
  version                           = "16"
  delegated_subnet_id               = azurerm_subnet.main.id
  private_dns_zone_id               = azurerm_private_dns_zone.main.id
  public_network_access_enabled     = false
  administrator_login               = "langsmith"
  administrator_password_wo         = var.password
  administrator_password_wo_version = 1
  depends_on                        = [azurerm_private_dns_zone_virtual_network_link.main]
}
resource "azurerm_postgresql_flexible_server_database" "main" {
  name      = "langsmith"
  server_id = azurerm_postgresql_flexible_server.main.id
}
resource "azurerm_postgresql_flexible_server_configuration" "main" {
  name      = "azure.extensions"
  server_id = azurerm_postgresql_flexible_server.main.id
  value     = "PGCRYPTO"
}
resource "azurerm_managed_redis" "main" {
  name = "redis-rehearsal"
  ${COMMON}
  sku_name = "Balanced_B1"
  default_database {
    access_keys_authentication_enabled = true
    clustering_policy                  = "EnterpriseCluster"
  }
}
resource "azurerm_redis_cache" "main" {
  name = "cache-rehearsal"
  ${COMMON}
  capacity = 1
  family   = "P"
  sku_name = "Premium"
}
resource "azurerm_storage_account" "main" {
  name = "strehearsal"
  ${COMMON}
  account_tier             = "Standard"
  account_replication_type = "ZRS"
}
resource "azurerm_storage_container" "main" {
  name               = "blobs"
  storage_account_id = azurerm_storage_account.main.id
}
resource "azurerm_storage_management_policy" "main" {
  storage_account_id = azurerm_storage_account.main.id
  rule {
    name    = "short"
    enabled = true
    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["\${azurerm_storage_container.main.name}/ttl_s/"]
    }
    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = 14
      }
    }
  }
}
resource "azurerm_private_endpoint" "main" {
  name = "pe"
  ${COMMON}
  subnet_id = azurerm_subnet.main.id
  private_service_connection {
    name                           = "redis"
    private_connection_resource_id = azurerm_managed_redis.main.id
    is_manual_connection           = false
    subresource_names              = ["redisEnterprise"]
  }
  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [azurerm_private_dns_zone.main.id]
  }
}
resource "azurerm_log_analytics_workspace" "main" {
  name = "logs"
  ${COMMON}
}
resource "azurerm_monitor_diagnostic_setting" "main" {
  name                       = "diagnostics"
  target_resource_id         = azurerm_storage_account.main.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.main.id
  enabled_metric {
    category = "Transaction"
  }
}
resource "azurerm_public_ip" "main" {
  name = "ip"
  ${COMMON}
  allocation_method = "Static"
  domain_name_label = "rehearsal"
}
resource "azurerm_bastion_host" "main" {
  name = "bastion"
  ${COMMON}
  ip_configuration {
    name                 = "main"
    subnet_id            = azurerm_subnet.main.id
    public_ip_address_id = azurerm_public_ip.main.id
  }
}
resource "azurerm_dns_zone" "main" {
  name                = "example.com"
  resource_group_name = azurerm_resource_group.main.name
}
resource "azurerm_dns_a_record" "main" {
  name                = "langsmith"
  zone_name           = azurerm_dns_zone.main.name
  resource_group_name = azurerm_resource_group.main.name
  ttl                 = 300
  records             = [azurerm_public_ip.main.ip_address]
}
resource "azurerm_dns_cname_record" "main" {
  name                = "alias"
  zone_name           = azurerm_dns_zone.main.name
  resource_group_name = azurerm_resource_group.main.name
  ttl                 = 300
  record              = azurerm_public_ip.main.fqdn
}
resource "azurerm_web_application_firewall_policy" "main" {
  name = "waf"
  ${COMMON}
  managed_rules {
    managed_rule_set {
      version = "3.2"
    }
  }
}
resource "azurerm_application_gateway" "main" {
  name = "gateway"
  ${COMMON}
  firewall_policy_id = azurerm_web_application_firewall_policy.main.id
  sku {
    name     = "WAF_v2"
    tier     = "WAF_v2"
    capacity = 1
  }
  gateway_ip_configuration {
    name      = "gateway"
    subnet_id = azurerm_subnet.main.id
  }
  frontend_ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.main.id
  }
  frontend_port {
    name = "http"
    port = 80
  }
  backend_address_pool {
    name = "pool"
  }
  backend_http_settings {
    name                  = "settings"
    cookie_based_affinity = "Disabled"
    port                  = 80
    protocol              = "Http"
  }
  http_listener {
    name                           = "listener"
    frontend_ip_configuration_name = "public"
    frontend_port_name             = "http"
    protocol                       = "Http"
  }
  request_routing_rule {
    name                       = "rule"
    priority                   = 1
    rule_type                  = "Basic"
    http_listener_name         = "listener"
    backend_address_pool_name  = "pool"
    backend_http_settings_name = "settings"
  }
}
resource "azurerm_management_lock" "main" {
  name       = "keep"
  scope      = azurerm_storage_account.main.id
  lock_level = "CanNotDelete"
  # First to go: nothing in its scope can be deleted while it is there.
  depends_on = [azurerm_storage_management_policy.main, azurerm_storage_container.main, azurerm_monitor_diagnostic_setting.main]
}
data "azurerm_public_ip" "main" {
  name                = azurerm_public_ip.main.name
  resource_group_name = azurerm_resource_group.main.name
}
output "answers" {
  value = {
    postgres = azurerm_postgresql_flexible_server.main.fqdn
    redis    = azurerm_managed_redis.main.hostname
    record   = azurerm_dns_a_record.main.fqdn
    address  = data.azurerm_public_ip.main.fqdn
    tenant   = data.azurerm_subscription.current.tenant_id
  }
}
`;

describe('AZURERM', () => {
  it('binds every resource and data source it has a schema for', () => {
    const { schemas, bindings, dataSources, ephemeralResources } = AZURERM;
    expect(Object.keys(bindings).sort()).toEqual(Object.keys(schemas.resources).sort());
    expect(Object.keys(dataSources).sort()).toEqual(Object.keys(schemas.dataSources).sort());
    expect(Object.keys(ephemeralResources)).toEqual(Object.keys(schemas.ephemeralResources));
  });

  describe('with one of everything', () => {
    let root: TerraformRoot;
    afterEach(async () => root.close());

    it('applies, plans nothing more and destroys', async () => {
      root = await TerraformRoot.open(PROVIDER + GROUP + PRODUCTION);
      await root.apply({ password: 'never-in-state' });
      const again = await root.plan({ password: 'never-in-state' });
      expect(again.output).toContain('No changes.');
      expect(await root.state()).not.toContain('never-in-state');
      const answers = JSON.parse((await root.run(['output', '-json', 'answers'])).output) as Record<string, string>;
      expect(answers).toEqual({
        postgres: 'pg-rehearsal.postgres.database.azure.com',
        redis: 'redis-rehearsal.eastus.redis.azure.net',
        record: 'langsmith.example.com.',
        address: 'rehearsal.eastus.cloudapp.azure.com',
        tenant: root.world.options.tenantId,
      });
      const { dataStores, dns } = root.world;
      expect(dns.resolve('alias.example.com')).toBe(dns.resolve('langsmith.example.com'));
      expect(dns.resolve('alias.example.com')).toMatch(/^203\./);
      const postgres = {
        kind: 'postgres' as const,
        host: 'pg-rehearsal.postgres.database.azure.com',
        port: 5432,
        user: 'langsmith',
        tls: true,
      };
      expect(dataStores.refusal({ ...postgres, password: 'never-in-state' })).toBeUndefined();
      expect(dataStores.refusal({ ...postgres, password: 'other' })).toBe('wrong-password');
      const cache = dataStores.at('redis-rehearsal.eastus.redis.azure.net');
      expect(cache).toMatchObject({ kind: 'redis', ports: [10_000], tls: true, clusterOnly: false });
      // T091: every key needs percent-encoding in a URL.
      expect(cache?.passwords).toEqual([expect.stringMatching(/\/.*\+.*=/), expect.stringMatching(/\/.*\+.*=/)]);
      expect((await root.run(['destroy', '-auto-approve'], { password: 'never-in-state' })).output).toContain('Destroy complete');
      expect(root.world.resources.list()).toEqual([]);
      expect(dataStores.at('redis-rehearsal.eastus.redis.azure.net')).toBeUndefined();
    }, 60_000);

    it('refuses an alias where other records are: at the name of the zone always', async () => {
      const cname = (name: string): string => `resource "azurerm_dns_zone" "main" {
  name                = "example.com"
  resource_group_name = azurerm_resource_group.main.name
}
resource "azurerm_dns_cname_record" "main" {
  name                = "${name}"
  zone_name           = azurerm_dns_zone.main.name
  resource_group_name = azurerm_resource_group.main.name
  ttl                 = 300
  record              = "elsewhere.example.net"
}
`;
      root = await TerraformRoot.open(PROVIDER + GROUP + cname('@'));
      expect((await root.run(['apply', '-auto-approve'])).output).toContain("The CNAME record set '@' cannot coexist");
    }, 60_000);
  });
});
