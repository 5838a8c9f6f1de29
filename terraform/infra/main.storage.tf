module "storage" {
  source = "./modules/storage"

  resource_group_name               = azurerm_resource_group.this.name
  location                          = var.location
  storage_account_name              = local.names.storage_account
  container_name                    = local.names.storage_container
  allowed_ips                       = var.storage_allowed_ips
  allowed_subnet_ids                = [module.networking.subnet_ids["aks"]]
  ttl_enabled                       = var.blob_ttl_enabled
  ttl_short_days                    = var.blob_ttl_short_days
  ttl_long_days                     = var.blob_ttl_long_days
  application_identity_principal_id = module.cluster.application_identity_principal_id
  tags                              = local.tags
}
