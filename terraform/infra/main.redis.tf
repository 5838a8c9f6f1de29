module "redis" {
  source = "./modules/redis"
  count  = local.manages_redis ? 1 : 0

  resource_group_name       = azurerm_resource_group.this.name
  location                  = var.location
  kind                      = var.redis_kind
  cache_name                = local.names.redis
  cache_location            = coalesce(var.redis_location, var.location)
  sku_name                  = var.redis_sku_name
  high_availability_enabled = var.redis_high_availability
  premium_capacity          = var.redis_premium_capacity
  virtual_network_id        = module.networking.virtual_network_id
  subnet_id                 = module.networking.subnet_ids["redis"]
  private_endpoint_name     = lookup(local.names, "redis_private_endpoint", "")
  private_dns_zone_id       = var.redis_private_dns_zone_id
  tags                      = local.tags
}
