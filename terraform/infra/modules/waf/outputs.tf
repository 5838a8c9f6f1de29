output "policy_id" {
  description = "Resource id of the policy."
  value       = azurerm_web_application_firewall_policy.this.id
}

output "gateway_id" {
  description = "Resource id of the gateway created here; null without one."
  value       = one(azurerm_application_gateway.this[*].id)
}

output "gateway_address" {
  description = "Public IPv4 address of the gateway created here; null without one."
  value       = one(azurerm_public_ip.gateway[*].ip_address)
}
