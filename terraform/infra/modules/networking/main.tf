resource "azurerm_virtual_network" "this" {
  name                = var.virtual_network_name
  location            = var.location
  resource_group_name = var.resource_group_name
  address_space       = var.address_space
  tags                = merge(var.tags, { module = "networking" })
}

resource "azurerm_subnet" "aks" {
  name                 = var.aks_subnet_name
  resource_group_name  = var.resource_group_name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = var.aks_subnet_address_prefix

  # The firewalls of the storage account and the vault admit this subnet, which Azure allows only with these endpoints.
  service_endpoints = ["Microsoft.KeyVault", "Microsoft.Storage"]
}
