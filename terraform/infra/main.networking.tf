# A network of the user's own is read, and nothing in it is written but the subnets that were left to this deployment.
data "azurerm_virtual_network" "existing" {
  count = local.creates_network ? 0 : 1

  name                = local.existing_virtual_network.name
  resource_group_name = local.existing_virtual_network.resource_group_name
}

data "azurerm_subnet" "aks" {
  count = var.aks_subnet_id == "" ? 0 : 1

  name                 = split("/", var.aks_subnet_id)[10]
  virtual_network_name = split("/", var.aks_subnet_id)[8]
  resource_group_name  = split("/", var.aks_subnet_id)[4]
}

module "networking" {
  source = "./modules/networking"

  resource_group_name      = azurerm_resource_group.this.name
  location                 = var.location
  existing_virtual_network = local.existing_virtual_network
  virtual_network_name     = local.virtual_network_name
  address_space            = var.address_space
  carved_subnets = {
    for subnet, carved in local.carved_subnets :
    subnet => { name = local.subnet_names[subnet], address_prefixes = carved.address_prefixes }
  }
  existing_subnet_ids = local.existing_subnet_ids
  tags                = local.tags
}
