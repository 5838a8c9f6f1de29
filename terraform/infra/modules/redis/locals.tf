locals {
  tags      = merge(var.tags, { module = "redis" })
  managed   = var.kind == "managed"
  owns_zone = local.managed && var.private_dns_zone_id == ""
}
