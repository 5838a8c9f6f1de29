output "cluster_id" {
  description = "Resource id of the cluster."
  value       = azurerm_kubernetes_cluster.this.id
}

output "cluster_name" {
  description = "Name of the cluster."
  value       = azurerm_kubernetes_cluster.this.name
}

output "oidc_issuer_url" {
  description = "Issuer of the cluster's service account tokens."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "application_identity_client_id" {
  description = "Client id of the application identity."
  value       = azurerm_user_assigned_identity.application.client_id
}

output "application_identity_principal_id" {
  description = "Object id of the application identity."
  value       = azurerm_user_assigned_identity.application.principal_id
}

output "workload_identity_service_accounts" {
  description = "Service accounts with a federated credential."
  value       = [for credential in azurerm_federated_identity_credential.application : split(":", credential.subject)[3]]
}

output "node_pools" {
  description = "Every node pool with its autoscaling bounds, labels and taints."
  value = [for pool in local.node_pools : {
    name      = pool.name
    vm_size   = pool.vm_size
    min_count = pool.min_count
    max_count = pool.max_count
    labels    = pool.labels
    taints    = pool.taints
  }]
}
