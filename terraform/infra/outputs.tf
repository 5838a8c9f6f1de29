# Scalars wherever a consumer reads one value. Nothing here is sensitive: secrets are read from Key Vault.

output "subscription_id" {
  description = "Subscription everything is in."
  value       = var.subscription_id
}

output "tenant_id" {
  description = "Entra tenant of the subscription."
  value       = data.azurerm_client_config.current.tenant_id
}

output "location" {
  description = "Region of everything."
  value       = var.location
}

output "resource_group_name" {
  description = "Resource group of everything but the nodes."
  value       = azurerm_resource_group.this.name
}

output "vnet_id" {
  description = "Resource id of the virtual network."
  value       = module.networking.virtual_network_id
}

output "aks_subnet_id" {
  description = "Resource id of the node subnet."
  value       = module.networking.aks_subnet_id
}

output "aks_cluster_name" {
  description = "Name of the AKS cluster."
  value       = module.cluster.cluster_name
}

output "aks_cluster_id" {
  description = "Resource id of the AKS cluster."
  value       = module.cluster.cluster_id
}

output "aks_oidc_issuer_url" {
  description = "Issuer of the service account tokens that federated credentials trust."
  value       = module.cluster.oidc_issuer_url
}

output "keyvault_id" {
  description = "Resource id of the Key Vault."
  value       = module.keyvault.keyvault_id
}

output "keyvault_name" {
  description = "Name of the Key Vault."
  value       = module.keyvault.keyvault_name
}

output "keyvault_uri" {
  description = "Data plane address of the Key Vault."
  value       = module.keyvault.keyvault_uri
}

output "keyvault_secret_versions" {
  description = "Key Vault secret name -> the version number its value was last written for."
  value       = module.keyvault.secret_versions
}

output "storage_account_name" {
  description = "Name of the storage account that holds trace payloads."
  value       = module.storage.storage_account_name
}

output "storage_container_name" {
  description = "Blob container that holds trace payloads."
  value       = module.storage.container_name
}

output "workload_identity_client_id" {
  description = "Client id that service accounts are annotated with."
  value       = module.cluster.application_identity_client_id
}

output "workload_identity_principal_id" {
  description = "Object id of the application identity."
  value       = module.cluster.application_identity_principal_id
}

output "workload_identity_service_accounts" {
  description = "Service accounts in langsmith_namespace that may act as the application identity."
  value       = module.cluster.workload_identity_service_accounts
}

output "node_pools" {
  description = "What the scheduler will find: every node pool with its autoscaling bounds, labels and taints."
  value       = module.cluster.node_pools
}

output "langsmith_namespace" {
  description = "Kubernetes namespace of LangSmith."
  value       = var.langsmith_namespace
}

output "langsmith_release_name" {
  description = "Helm release name of LangSmith."
  value       = var.langsmith_release_name
}

output "langsmith_hostname" {
  description = "Host name LangSmith answers at."
  value       = local.langsmith_hostname

  precondition {
    condition     = local.langsmith_hostname != ""
    error_message = "LangSmith needs a host name: set langsmith_domain to a name of your own, or dns_label to answer at <dns_label>.${var.location}.cloudapp.azure.com."
  }
}

output "langsmith_url" {
  description = "Address of the LangSmith UI."
  value       = local.langsmith_url
}

output "ingress_controller" {
  description = "What receives traffic from outside."
  value       = var.ingress_controller
}

output "tls_certificate_source" {
  description = "Where the certificate comes from."
  value       = var.tls_certificate_source
}

output "letsencrypt_email" {
  description = "Contact of the ACME account."
  value       = var.letsencrypt_email
}

output "dns_label" {
  description = "Label for the ingress address, or empty."
  value       = var.dns_label
}

output "postgres_source" {
  description = "Where PostgreSQL runs."
  value       = var.postgres_source
}

output "redis_source" {
  description = "Where Redis runs."
  value       = var.redis_source
}

output "clickhouse_source" {
  description = "Where ClickHouse runs."
  value       = var.clickhouse_source
}

output "sizing_profile" {
  description = "Requests, limits and replicas of the LangSmith pods."
  value       = var.sizing_profile
}

output "names" {
  description = "Every name this root computes, by what it names."
  value       = tomap(local.names)
}
