resource "azurerm_key_vault" "this" {
  name                       = var.keyvault_name
  location                   = var.location
  resource_group_name        = var.resource_group_name
  tenant_id                  = var.tenant_id
  sku_name                   = "standard"
  soft_delete_retention_days = var.soft_delete_retention_days
  purge_protection_enabled   = var.purge_protection_enabled
  tags                       = merge(var.tags, { module = "keyvault" })

  # Azure roles instead of access policies; azurerm 5.x and the 2026 control plane require the choice to be stated.
  rbac_authorization_enabled    = true
  public_network_access_enabled = true

  network_acls {
    default_action             = var.default_action
    bypass                     = "AzureServices"
    ip_rules                   = var.allowed_ips
    virtual_network_subnet_ids = var.allowed_subnet_ids
  }
}

# Terraform alone writes the vault. LangSmith's pods never read it, so the application identity gets no role here.
resource "azurerm_role_assignment" "deployer_secrets_officer" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = var.deployer_object_id
}

resource "azurerm_key_vault_secret" "this" {
  for_each = toset(var.secret_names)

  name             = each.key
  key_vault_id     = azurerm_key_vault.this.id
  content_type     = "text/plain"
  value_wo         = var.secret_values[each.key]
  value_wo_version = var.secret_versions[each.key]
  tags             = { managed_by = "terraform" }

  lifecycle {
    precondition {
      condition     = var.secret_values[each.key] != null
      error_message = "No value reached Terraform for the Key Vault secret ${each.key}: set the variable ${replace(each.key, "-", "_")}."
    }
  }

  # A new role can take minutes to be believed. There is no sleep that is long enough: the caller waits and applies again.
  depends_on = [azurerm_role_assignment.deployer_secrets_officer]
}
