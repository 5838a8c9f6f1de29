locals {
  tags = merge(var.tags, { module = "bastion" })
}
