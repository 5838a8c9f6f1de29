module "waf" {
  source = "./modules/waf"
  count  = var.create_waf ? 1 : 0

  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  policy_name         = local.names.waf_policy
  mode                = var.waf_mode
  gateway_enabled     = local.creates_gateway
  gateway_name        = lookup(local.names, "application_gateway", "")
  public_ip_name      = lookup(local.names, "application_gateway_ip", "")
  identity_name       = lookup(local.names, "application_gateway_identity", "")
  subnet_id           = lookup(module.networking.subnet_ids, "application_gateway", "")
  hostname            = local.langsmith_hostname
  backend_address     = var.ingress_ip
  backend_tls_enabled = var.tls_certificate_source != "none"
  keyvault_id         = module.keyvault.keyvault_id
  keyvault_uri        = module.keyvault.keyvault_uri
  certificate_name    = var.application_gateway_certificate_name
  tags                = local.tags
}

# A warning rather than an error: the policy works, and nobody sees what it found.
check "waf_is_observed" {
  assert {
    condition     = !local.creates_gateway || var.create_diagnostics
    error_message = "The web application firewall writes its findings to diagnostic logs and nowhere else: set create_diagnostics = true, above all while waf_mode is Detection."
  }
}
