output "zone_id" {
  description = "Resource id of the zone."
  value       = azurerm_dns_zone.this.id
}

output "nameservers" {
  description = "Servers the parent zone must delegate to with NS records."
  value       = azurerm_dns_zone.this.name_servers
}

output "cert_manager_identity_client_id" {
  description = "Client id cert-manager's service account is annotated with; null without cert-manager."
  value       = one(azurerm_user_assigned_identity.cert_manager[*].client_id)
}
