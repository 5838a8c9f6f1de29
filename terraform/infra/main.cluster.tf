module "cluster" {
  source = "./modules/k8s-cluster"

  resource_group_name       = azurerm_resource_group.this.name
  location                  = var.location
  cluster_name              = local.names.aks_cluster
  kubernetes_version        = var.kubernetes_version
  sku_tier                  = var.aks_sku_tier
  subnet_id                 = module.networking.subnet_ids["aks"]
  pod_cidr                  = local.aks_pod_cidr
  service_cidr              = local.aks_service_cidr
  dns_service_ip            = local.aks_dns_service_ip
  authorized_ip_ranges      = var.aks_authorized_ip_ranges
  tenant_id                 = data.azurerm_client_config.current.tenant_id
  admin_group_object_ids    = var.aks_admin_group_object_ids
  deployer_object_id        = data.azurerm_client_config.current.object_id
  default_node_pool         = local.default_node_pool
  additional_node_pools     = local.additional_node_pools
  availability_zones        = var.availability_zones
  max_surge                 = "${local.aks_surge_percent}%"
  istio_addon_revision      = var.istio_addon_revision
  application_identity_name = local.names.application_identity
  langsmith_namespace       = var.langsmith_namespace
  langsmith_release_name    = var.langsmith_release_name
  tags                      = local.tags
}
