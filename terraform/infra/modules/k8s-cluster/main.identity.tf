resource "azurerm_user_assigned_identity" "application" {
  name                = var.application_identity_name
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = local.tags
}

resource "azurerm_federated_identity_credential" "application" {
  for_each = toset(local.service_accounts_for_workload_identity)

  name                      = "langsmith-federated-${each.key}"
  user_assigned_identity_id = azurerm_user_assigned_identity.application.id
  issuer                    = azurerm_kubernetes_cluster.this.oidc_issuer_url
  audience                  = ["api://AzureADTokenExchange"]
  subject                   = "system:serviceaccount:${var.langsmith_namespace}:${each.key}"
}
