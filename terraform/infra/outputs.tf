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
  value       = module.networking.subnet_ids["aks"]
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

output "ingress_namespaces" {
  description = "Namespaces of an ingress of the user's own that may reach LangSmith."
  value       = var.ingress_namespaces
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

output "enable_polly" {
  description = "Whether pass 5 brings Polly."
  value       = var.enable_polly
}

output "sizing_profile" {
  description = "Requests, limits and replicas of the LangSmith pods."
  value       = var.sizing_profile
}

output "names" {
  description = "Every name this root computes, by what it names."
  value       = tomap(local.names)
}

# How to reach the services this root runs. An in-cluster service has none of it: empty, and port 0. No password and no key is
# among them: the password is in Key Vault, and the key of a cache is asked of Azure by its id.

output "postgres_id" {
  description = "Resource id of the PostgreSQL server, or empty."
  value       = local.manages_postgres ? one(module.postgres[*].server_id) : ""
}

output "postgres_host" {
  description = "Host name of the PostgreSQL server, which resolves inside the virtual network only, or empty."
  value       = local.manages_postgres ? one(module.postgres[*].host) : ""
}

output "postgres_port" {
  description = "Port of the PostgreSQL server, or 0."
  value       = local.manages_postgres ? one(module.postgres[*].port) : 0
}

output "postgres_username" {
  description = "Login of the PostgreSQL administrator, or empty."
  value       = local.manages_postgres ? one(module.postgres[*].username) : ""
}

output "postgres_database" {
  description = "Database of LangSmith, or empty."
  value       = local.manages_postgres ? one(module.postgres[*].database) : ""
}

output "postgres_ssl_mode" {
  description = "libpq's sslmode for the PostgreSQL server, or empty."
  value       = local.manages_postgres ? one(module.postgres[*].ssl_mode) : ""
}

output "postgres_subnet_id" {
  description = "Resource id of the subnet delegated to PostgreSQL, or empty."
  value       = lookup(module.networking.subnet_ids, "postgres", "")
}

output "redis_kind" {
  description = "managed or premium, or empty: which of the two APIs has the key."
  value       = local.manages_redis ? var.redis_kind : ""
}

output "redis_id" {
  description = "Resource id of the cache, or empty."
  value       = local.manages_redis ? one(module.redis[*].cache_id) : ""
}

output "redis_host" {
  description = "Host name of the cache, which resolves to a private address, or empty."
  value       = local.manages_redis ? one(module.redis[*].host) : ""
}

output "redis_port" {
  description = "TLS port of the cache, or 0."
  value       = local.manages_redis ? one(module.redis[*].port) : 0
}

output "redis_tls_enabled" {
  description = "Whether clients must speak TLS to Redis."
  value       = local.manages_redis
}

output "redis_subnet_id" {
  description = "Resource id of the subnet of the cache, or empty."
  value       = lookup(module.networking.subnet_ids, "redis", "")
}

# An external ClickHouse is the user's: these repeat what the configuration says of it.

output "clickhouse_host" {
  description = "Host name of the external ClickHouse, or empty."
  value       = var.clickhouse_host
}

output "clickhouse_port" {
  description = "HTTP port of the external ClickHouse, or 0."
  value       = local.uses_external_clickhouse ? var.clickhouse_port : 0
}

output "clickhouse_native_port" {
  description = "Native port of the external ClickHouse, or 0."
  value       = local.uses_external_clickhouse ? var.clickhouse_native_port : 0
}

output "clickhouse_username" {
  description = "Login of the external ClickHouse, or empty."
  value       = local.uses_external_clickhouse ? var.clickhouse_username : ""
}

output "clickhouse_database" {
  description = "Database of LangSmith in the external ClickHouse, or empty."
  value       = local.uses_external_clickhouse ? var.clickhouse_database : ""
}

output "clickhouse_tls" {
  description = "Whether clients must speak TLS to the external ClickHouse."
  value       = local.uses_external_clickhouse && var.clickhouse_tls
}

# Optional modules: empty without them.

output "waf_policy_id" {
  description = "Resource id of the web application firewall policy, or empty."
  value       = var.create_waf ? one(module.waf[*].policy_id) : ""
}

output "application_gateway_id" {
  description = "Resource id of the Application Gateway that carries the policy, created or given, or empty."
  value       = local.creates_gateway ? one(module.waf[*].gateway_id) : var.application_gateway_id
}

output "application_gateway_address" {
  description = "Public IPv4 address of the Application Gateway created here, or empty."
  value       = local.creates_gateway ? one(module.waf[*].gateway_address) : ""
}

output "waf_attach_command" {
  description = "What attaches the policy to a gateway that was given: Terraform can do that only to a gateway it owns. Empty otherwise."
  value = (
    var.application_gateway_id == "" ? "" : "az network application-gateway update --ids ${var.application_gateway_id} --set firewallPolicy.id=${one(module.waf[*].policy_id)}"
  )
}

output "log_analytics_workspace_id" {
  description = "Resource id of the Log Analytics workspace, or empty."
  value       = var.create_diagnostics ? one(module.diagnostics[*].workspace_id) : ""
}

output "bastion_name" {
  description = "Name of the Bastion host, or empty."
  value       = var.create_bastion ? one(module.bastion[*].bastion_name) : ""
}

output "dns_zone_name" {
  description = "Public DNS zone, or empty."
  value       = var.create_dns_zone ? local.dns_zone_name : ""
}

output "dns_nameservers" {
  description = "Name servers the parent zone must delegate to, by NS records."
  value       = var.create_dns_zone ? one(module.dns[*].nameservers) : []
}

output "dns_record" {
  description = "What the zone's record for langsmith_domain leads to, an address or a host name; empty while there is none."
  value       = !var.create_dns_zone ? "" : local.creates_gateway ? module.waf[0].gateway_address : var.ingress_ip != "" ? var.ingress_ip : local.dns_record_alias
}

output "cert_manager_identity_client_id" {
  description = "Client id cert-manager proves ownership of the zone with, or empty."
  value       = local.issues_over_dns ? one(module.dns[*].cert_manager_identity_client_id) : ""
}
