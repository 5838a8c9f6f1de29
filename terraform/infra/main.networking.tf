module "networking" {
  source = "./modules/networking"

  resource_group_name       = azurerm_resource_group.this.name
  location                  = var.location
  virtual_network_name      = local.names.virtual_network
  address_space             = var.address_space
  aks_subnet_name           = local.names.aks_subnet
  aks_subnet_address_prefix = var.aks_subnet_address_prefix
  tags                      = local.tags
}
