module "diagnostics" {
  source = "./modules/diagnostics"
  count  = var.create_diagnostics ? 1 : 0

  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  workspace_name      = local.names.log_analytics_workspace
  retention_days      = var.log_retention_days
  targets = merge(
    {
      # kube-audit holds what kube-audit-admin does, and the reads as well: who looked at which secret.
      aks = {
        resource_id = module.cluster.cluster_id
        logs        = ["kube-audit", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "cluster-autoscaler", "guard"]
        metrics     = ["AllMetrics"]
      }
      keyvault = {
        resource_id = module.keyvault.keyvault_id
        logs        = ["AuditEvent", "AzurePolicyEvaluationDetails"]
        metrics     = ["AllMetrics"]
      }
      blob = {
        resource_id = module.storage.blob_service_id
        logs        = ["StorageRead", "StorageWrite", "StorageDelete"]
        metrics     = ["Transaction"]
      }
    },
    local.manages_postgres ? {
      postgres = { resource_id = module.postgres[0].server_id, logs = ["PostgreSQLLogs"], metrics = ["AllMetrics"] }
    } : {},
    local.manages_redis ? {
      redis = {
        resource_id = module.redis[0].cache_id
        logs        = var.redis_kind == "managed" ? [] : ["ConnectedClientList"]
        metrics     = ["AllMetrics"]
      }
    } : {},
    local.creates_gateway ? {
      application-gateway = {
        resource_id = module.waf[0].gateway_id
        logs        = ["ApplicationGatewayAccessLog", "ApplicationGatewayFirewallLog"]
        metrics     = ["AllMetrics"]
      }
    } : {},
  )
  tags = local.tags
}
