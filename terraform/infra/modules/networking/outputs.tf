output "virtual_network_id" {
  description = "Resource id of the virtual network."
  value       = local.virtual_network.id
}

output "subnet_ids" {
  description = "Resource ids of the subnets by what they are for: those supplied and those carved here."
  value = merge(
    var.existing_subnet_ids,
    { for id in azurerm_subnet.aks[*].id : "aks" => id },
    { for id in azurerm_subnet.postgres[*].id : "postgres" => id },
    { for id in azurerm_subnet.redis[*].id : "redis" => id },
    { for id in azurerm_subnet.bastion[*].id : "bastion" => id },
    { for id in azurerm_subnet.application_gateway[*].id : "application_gateway" => id },
  )
}
