locals {
  tags = merge(var.tags, { module = "postgres" })

  private_dns_zone_id = var.private_dns_zone_id != "" ? var.private_dns_zone_id : one(azurerm_private_dns_zone.this[*].id)
  primary_zone        = var.availability_zone == "" ? null : var.availability_zone

  # What LangSmith's migrations create, those of agent deployments (LTREE) included.
  extensions = ["BTREE_GIN", "BTREE_GIST", "CITEXT", "LTREE", "PG_TRGM", "PGCRYPTO"]
}
