locals {
  tags = merge(var.tags, { module = "dns" })
}
