output "virtual_network_id" {
  description = "Resource id of the virtual network."
  value       = azurerm_virtual_network.this.id
}

output "aks_subnet_id" {
  description = "Resource id of the node subnet."
  value       = azurerm_subnet.aks.id
}
