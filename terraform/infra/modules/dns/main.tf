resource "azurerm_dns_zone" "this" {
  name                = var.zone_name
  resource_group_name = var.resource_group_name
  tags                = local.tags
}

resource "azurerm_dns_a_record" "langsmith" {
  count = var.record_enabled ? 1 : 0

  name                = var.record_name
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = var.resource_group_name
  ttl                 = 300
  records             = [var.record_address]
  tags                = local.tags
}

resource "azurerm_dns_cname_record" "langsmith" {
  count = var.record_alias == "" ? 0 : 1

  name                = var.record_name
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = var.resource_group_name
  ttl                 = 300
  record              = var.record_alias
  tags                = local.tags
}

resource "azurerm_user_assigned_identity" "cert_manager" {
  count = var.cert_manager_enabled ? 1 : 0

  name                = var.cert_manager_identity_name
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = local.tags
}

resource "azurerm_federated_identity_credential" "cert_manager" {
  count = var.cert_manager_enabled ? 1 : 0

  name                      = "cert-manager"
  user_assigned_identity_id = azurerm_user_assigned_identity.cert_manager[0].id
  issuer                    = var.oidc_issuer_url
  audience                  = ["api://AzureADTokenExchange"]
  subject                   = "system:serviceaccount:cert-manager:cert-manager"
}

resource "azurerm_role_assignment" "cert_manager_dns" {
  count = var.cert_manager_enabled ? 1 : 0

  scope                = azurerm_dns_zone.this.id
  role_definition_name = "DNS Zone Contributor"
  principal_id         = azurerm_user_assigned_identity.cert_manager[0].principal_id
  principal_type       = "ServicePrincipal"
}
