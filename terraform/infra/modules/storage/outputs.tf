output "storage_account_name" {
  description = "Name of the storage account."
  value       = azurerm_storage_account.this.name
}

output "container_name" {
  description = "Name of the blob container."
  value       = azurerm_storage_container.this.name
}

output "blob_service_id" {
  description = "Resource id of the account's Blob service, which has diagnostics of its own."
  value       = "${azurerm_storage_account.this.id}/blobServices/default"
}
