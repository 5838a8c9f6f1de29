output "bastion_id" {
  description = "Resource id of the Bastion host."
  value       = azurerm_bastion_host.this.id
}

output "bastion_name" {
  description = "Name of the Bastion host."
  value       = azurerm_bastion_host.this.name
}
