module "dns" {
  source = "./modules/dns"
  count  = var.create_dns_zone ? 1 : 0

  resource_group_name        = azurerm_resource_group.this.name
  location                   = var.location
  zone_name                  = local.dns_zone_name
  record_name                = local.dns_record_name
  record_enabled             = local.has_address_record
  record_address             = local.creates_gateway ? module.waf[0].gateway_address : var.ingress_ip
  record_alias               = local.dns_record_alias
  cert_manager_enabled       = local.issues_over_dns
  cert_manager_identity_name = lookup(local.names, "cert_manager_identity", "")
  oidc_issuer_url            = module.cluster.oidc_issuer_url
  tags                       = local.tags
}

locals {
  dns_zone_name   = var.dns_zone_name != "" ? var.dns_zone_name : var.langsmith_domain
  dns_record_name = var.langsmith_domain == local.dns_zone_name ? "@" : trimsuffix(var.langsmith_domain, ".${local.dns_zone_name}")

  # The address of the ingress is known once pass 2 has made it; its name of Azure is known before. The zone's own name cannot be an alias.
  has_address_record = local.creates_gateway || var.ingress_ip != ""
  dns_record_alias   = !local.has_address_record && local.dns_record_name != "@" ? local.azure_hostname : ""
}

# A warning rather than an error: it is so until pass 2 has made the address.
check "the_domain_has_a_record" {
  assert {
    condition     = !var.create_dns_zone || local.has_address_record || local.dns_record_alias != ""
    error_message = "The zone ${local.dns_zone_name} has no record for ${var.langsmith_domain} yet. Pass 2 names the address: set ingress_ip to it and run passes 1 and 2 again. It is needless with dns_label and a dns_zone_name above langsmith_domain: the record is then an alias of Azure's name."
  }
}
