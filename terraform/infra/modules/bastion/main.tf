# The only public address is that of Azure Bastion itself: nodes have none, and there is no machine to patch.
resource "azurerm_public_ip" "this" {
  name                = var.public_ip_name
  location            = var.location
  resource_group_name = var.resource_group_name
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = local.tags
}

resource "azurerm_bastion_host" "this" {
  name                = var.bastion_name
  location            = var.location
  resource_group_name = var.resource_group_name
  sku                 = "Standard"
  tags                = local.tags

  # `az network bastion ssh` besides the browser; nothing that hands a session or a file to somebody else.
  tunneling_enabled      = true
  file_copy_enabled      = false
  shareable_link_enabled = false

  ip_configuration {
    name                 = "bastion"
    subnet_id            = var.subnet_id
    public_ip_address_id = azurerm_public_ip.this.id
  }
}
