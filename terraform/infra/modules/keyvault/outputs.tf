output "keyvault_id" {
  description = "Resource id of the vault."
  value       = azurerm_key_vault.this.id
}

output "keyvault_name" {
  description = "Name of the vault."
  value       = azurerm_key_vault.this.name
}

output "keyvault_uri" {
  description = "Data plane address of the vault."
  value       = azurerm_key_vault.this.vault_uri
}

output "secret_versions" {
  description = "Secret name -> the version number its value was last written for."
  value       = tomap({ for name, secret in azurerm_key_vault_secret.this : name => secret.value_wo_version })
}
