module "bastion" {
  source = "./modules/bastion"
  count  = var.create_bastion ? 1 : 0

  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  bastion_name        = local.names.bastion
  public_ip_name      = local.names.bastion_ip
  subnet_id           = module.networking.subnet_ids["bastion"]
  tags                = local.tags
}
