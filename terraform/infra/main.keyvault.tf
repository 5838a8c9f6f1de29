module "keyvault" {
  source = "./modules/keyvault"

  resource_group_name        = azurerm_resource_group.this.name
  location                   = var.location
  keyvault_name              = local.names.key_vault
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  deployer_object_id         = data.azurerm_client_config.current.object_id
  default_action             = var.keyvault_default_action
  allowed_ips                = var.keyvault_allowed_ips
  allowed_subnet_ids         = [module.networking.subnet_ids["aks"]]
  purge_protection_enabled   = var.keyvault_purge_protection
  soft_delete_retention_days = var.keyvault_soft_delete_retention_days
  secret_names               = local.secret_names
  secret_values              = local.secret_values
  secret_versions            = local.secret_versions
  tags                       = local.tags
}
