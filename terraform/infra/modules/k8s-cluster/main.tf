resource "azurerm_kubernetes_cluster" "this" {
  name                = var.cluster_name
  location            = var.location
  resource_group_name = var.resource_group_name
  dns_prefix          = var.cluster_name
  kubernetes_version  = var.kubernetes_version
  sku_tier            = var.sku_tier
  tags                = local.tags

  # Patches inside the chosen minor version; the minor itself changes only when the user raises it.
  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"

  # Nobody signs in without Entra, and what they may do is an Azure role assignment: no administrator certificate exists
  # that could leak into state or a kubeconfig.
  local_account_disabled            = true
  role_based_access_control_enabled = true

  azure_active_directory_role_based_access_control {
    tenant_id              = var.tenant_id
    azure_rbac_enabled     = true
    admin_group_object_ids = var.admin_group_object_ids
  }

  oidc_issuer_enabled       = true
  workload_identity_enabled = true

  identity {
    type = "SystemAssigned"
  }

  default_node_pool {
    name                        = var.default_node_pool.name
    vm_size                     = var.default_node_pool.vm_size
    auto_scaling_enabled        = true
    min_count                   = var.default_node_pool.min_count
    max_count                   = var.default_node_pool.max_count
    max_pods                    = var.default_node_pool.max_pods
    vnet_subnet_id              = var.subnet_id
    zones                       = local.zones
    temporary_name_for_rotation = "${var.default_node_pool.name}tmp"
    tags                        = merge(local.tags, { pool = var.default_node_pool.name })

    upgrade_settings {
      max_surge                     = var.max_surge
      drain_timeout_in_minutes      = local.drain_timeout_minutes
      node_soak_duration_in_minutes = 0
    }
  }

  # Manual: the pools below are the only nodes. The block is optional in azurerm 4.x and required in 5.x.
  node_provisioning_profile {
    mode = "Manual"
  }

  # Overlay: pods take no addresses of the virtual network, so the subnet limits nodes only. Cilium enforces network
  # policies and is what remains: Azure's own policy manager retires in 2028 and cannot be replaced in place.
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    load_balancer_sku   = "standard"
    outbound_type       = "loadBalancer"
    pod_cidr            = var.pod_cidr
    service_cidr        = var.service_cidr
    dns_service_ip      = var.dns_service_ip
  }

  dynamic "api_server_access_profile" {
    for_each = length(var.authorized_ip_ranges) > 0 ? [var.authorized_ip_ranges] : []

    content {
      authorized_ip_ranges = api_server_access_profile.value
    }
  }

  dynamic "service_mesh_profile" {
    for_each = var.istio_addon_revision == "" ? [] : [var.istio_addon_revision]

    content {
      mode                             = "Istio"
      revisions                        = [service_mesh_profile.value]
      external_ingress_gateway_enabled = true
      internal_ingress_gateway_enabled = false
    }
  }

  # ClickHouse is one pod: nodes are replaced in the quietest hours of the week, or not at all.
  maintenance_window_auto_upgrade {
    frequency   = "Weekly"
    interval    = 1
    day_of_week = "Sunday"
    start_time  = "02:00"
    utc_offset  = "+00:00"
    duration    = 6
  }

  maintenance_window_node_os {
    frequency   = "Weekly"
    interval    = 1
    day_of_week = "Sunday"
    start_time  = "02:00"
    utc_offset  = "+00:00"
    duration    = 6
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "this" {
  for_each = var.additional_node_pools

  name                        = each.key
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.this.id
  mode                        = "User"
  vm_size                     = each.value.vm_size
  auto_scaling_enabled        = true
  min_count                   = each.value.min_count
  max_count                   = each.value.max_count
  max_pods                    = each.value.max_pods
  node_labels                 = each.value.labels
  node_taints                 = each.value.taints
  vnet_subnet_id              = var.subnet_id
  zones                       = local.zones
  temporary_name_for_rotation = "${each.key}tmp"
  tags                        = merge(local.tags, { pool = each.key })

  upgrade_settings {
    max_surge                     = var.max_surge
    drain_timeout_in_minutes      = local.drain_timeout_minutes
    node_soak_duration_in_minutes = 0
  }
}

# The deployer installs everything inside the cluster. No principal type: the deployer may be a user or a service
# principal, and a wrong guess would replace the assignment.
resource "azurerm_role_assignment" "deployer_cluster_admin" {
  scope                = azurerm_kubernetes_cluster.this.id
  role_definition_name = "Azure Kubernetes Service RBAC Cluster Admin"
  principal_id         = var.deployer_object_id
}
