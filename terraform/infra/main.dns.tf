module "dns" {
  source = "./modules/dns"
  count  = var.create_dns_zone ? 1 : 0

  resource_group_name        = azurerm_resource_group.this.name
  location                   = var.location
  zone_name                  = local.dns_zone_name
  record_name                = local.dns_record_name
  record_enabled             = local.creates_gateway || var.ingress_ip != ""
  record_address             = local.creates_gateway ? module.waf[0].gateway_address : var.ingress_ip
  cert_manager_enabled       = local.issues_over_dns
  cert_manager_identity_name = lookup(local.names, "cert_manager_identity", "")
  oidc_issuer_url            = module.cluster.oidc_issuer_url
  tags                       = local.tags
}

locals {
  dns_zone_name   = var.dns_zone_name != "" ? var.dns_zone_name : var.langsmith_domain
  dns_record_name = var.langsmith_domain == local.dns_zone_name ? "@" : trimsuffix(var.langsmith_domain, ".${local.dns_zone_name}")
}
