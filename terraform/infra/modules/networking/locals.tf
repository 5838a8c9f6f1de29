locals {
  virtual_network = (
    var.existing_virtual_network == null
    ? { id = one(azurerm_virtual_network.this[*].id), name = one(azurerm_virtual_network.this[*].name), resource_group_name = var.resource_group_name }
    : var.existing_virtual_network
  )
}
