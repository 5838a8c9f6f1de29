resource "azurerm_managed_redis" "this" {
  count = local.managed ? 1 : 0

  name                      = var.cache_name
  location                  = var.cache_location
  resource_group_name       = var.resource_group_name
  sku_name                  = var.sku_name
  high_availability_enabled = var.high_availability_enabled
  public_network_access     = "Disabled"
  tags                      = local.tags

  default_database {
    client_protocol = "Encrypted"

    # One address behind a proxy, which any client can talk to. The other policies answer with addresses of single nodes, which
    # only a cluster client in safe mode accepts, and chart 0.13.28 has no setting for that. A change loses the data.
    clustering_policy = "EnterpriseCluster"

    # The chart signs in with a key and has no Entra sign-in for Redis. The provider exports the keys of a database that has
    # them, so they are in state: see SECURITY.md. Nothing reads them from there, and outside the virtual network they open
    # nothing.
    access_keys_authentication_enabled = true
  }
}

resource "azurerm_private_dns_zone" "this" {
  count = local.owns_zone ? 1 : 0

  name                = "privatelink.redis.azure.net"
  resource_group_name = var.resource_group_name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  count = local.owns_zone ? 1 : 0

  name                  = "${var.cache_name}-link"
  resource_group_name   = var.resource_group_name
  private_dns_zone_name = azurerm_private_dns_zone.this[0].name
  virtual_network_id    = var.virtual_network_id
  registration_enabled  = false
  tags                  = local.tags
}

resource "azurerm_private_endpoint" "this" {
  count = local.managed ? 1 : 0

  name                = var.private_endpoint_name
  location            = var.location
  resource_group_name = var.resource_group_name
  subnet_id           = var.subnet_id
  tags                = local.tags

  private_service_connection {
    name                           = var.private_endpoint_name
    private_connection_resource_id = azurerm_managed_redis.this[0].id
    subresource_names              = ["redisEnterprise"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "redis"
    private_dns_zone_ids = [var.private_dns_zone_id != "" ? var.private_dns_zone_id : one(azurerm_private_dns_zone.this[*].id)]
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.this]
}

# For subscriptions that already have such caches: Azure refuses it to new customers and switches it off in 2028. An injected
# cache needs no private zone, its public name resolves to its address in the subnet. Azure has no way to make one without
# keys, and the provider always reads them: they are in state.
resource "azurerm_redis_cache" "this" {
  count = local.managed ? 0 : 1

  name                          = var.cache_name
  location                      = var.location
  resource_group_name           = var.resource_group_name
  sku_name                      = "Premium"
  family                        = "P"
  capacity                      = var.premium_capacity
  subnet_id                     = var.subnet_id
  public_network_access_enabled = false
  non_ssl_port_enabled          = false
  minimum_tls_version           = "1.2"
  tags                          = local.tags
}
