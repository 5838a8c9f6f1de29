module "postgres" {
  source = "./modules/postgres"
  count  = local.manages_postgres ? 1 : 0

  resource_group_name            = azurerm_resource_group.this.name
  location                       = var.location
  server_name                    = local.names.postgres
  server_version                 = var.postgres_version
  sku_name                       = var.postgres_sku_name
  storage_mb                     = var.postgres_storage_mb
  backup_retention_days          = var.postgres_backup_retention_days
  geo_redundant_backup_enabled   = var.postgres_geo_redundant_backup
  availability_zone              = try(var.availability_zones[0], "")
  high_availability_enabled      = var.postgres_high_availability
  standby_availability_zone      = var.postgres_standby_availability_zone
  virtual_network_id             = module.networking.virtual_network_id
  subnet_id                      = module.networking.subnet_ids["postgres"]
  private_dns_zone_id            = var.postgres_private_dns_zone_id
  administrator_login            = var.postgres_admin_username
  administrator_password         = var.postgres_admin_password
  administrator_password_version = local.secret_versions["postgres-admin-password"]
  database_name                  = var.postgres_database_name
  tags                           = local.tags
}
