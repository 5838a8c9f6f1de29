locals {
  # What is built. Counts depend on nothing else, so every plan knows them.
  manages_postgres         = var.postgres_source == "external"
  manages_redis            = var.redis_source == "external"
  uses_external_clickhouse = var.clickhouse_source == "external"
  creates_gateway          = var.create_waf && var.application_gateway_id == ""
  issues_over_dns          = var.tls_certificate_source == "dns01"

  tags = merge(
    var.tags,
    { environment = var.environment, project = "langsmith", managed_by = "terraform" },
    var.owner == "" ? {} : { owner = var.owner },
    var.cost_center == "" ? {} : { cost_center = var.cost_center },
  )

  # Pods live in an overlay of their own; AKS cuts one /24 per node out of it.
  aks_pod_cidr  = "10.244.0.0/16"
  aks_max_nodes = 256

  # Free in a network that is created here. Nobody can say so of a network of the user's own and what it is peered with.
  default_service_cidr = "172.16.0.0/16"

  # AKS refuses these for nodes, pods and services alike.
  aks_reserved_cidrs = ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"]

  aks_service_cidr   = coalesce(var.aks_service_cidr, local.default_service_cidr)
  aks_dns_service_ip = var.aks_dns_service_ip != "" ? var.aks_dns_service_ip : cidrhost(local.aks_service_cidr, 10)

  # Nodes at full scale, with the surge an upgrade adds to each pool.
  aks_peak_nodes = sum([
    for count in concat([var.default_node_pool_max_count], [for pool in values(var.additional_node_pools) : pool.max_count]) :
    count + ceil(count * local.aks_surge_percent / 100)
  ])
  aks_surge_percent = 10

  default_node_pool = {
    name      = "default"
    vm_size   = var.default_node_pool_vm_size
    min_count = var.default_node_pool_min_count
    max_count = var.default_node_pool_max_count
    max_pods  = var.default_node_pool_max_pods
  }

  additional_node_pools = {
    for name, pool in var.additional_node_pools : name => merge(pool, { max_pods = coalesce(pool.max_pods, var.default_node_pool_max_pods) })
  }

  serves_tls         = var.tls_certificate_source != "none" || var.application_gateway_certificate_name != ""
  azure_hostname     = var.dns_label == "" ? "" : "${var.dns_label}.${var.location}.cloudapp.azure.com"
  langsmith_hostname = var.langsmith_domain != "" ? var.langsmith_domain : local.azure_hostname
  langsmith_url      = "${local.serves_tls ? "https" : "http"}://${local.langsmith_hostname}"
}
