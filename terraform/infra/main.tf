data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "this" {
  name     = local.names.resource_group
  location = var.location
  tags     = local.tags

  lifecycle {
    # Limits on what several variables come to together. Nothing is created before they hold.
    precondition {
      condition     = length(local.name_problems) == 0
      error_message = "Azure would refuse these names:\n${join("\n", local.name_problems)}"
    }

    precondition {
      condition     = length(local.network_problems) == 0
      error_message = "The network does not work out:\n${join("\n", local.network_problems)}"
    }

    precondition {
      condition     = local.aks_peak_nodes <= local.aks_max_nodes
      error_message = "The node pools reach ${local.aks_peak_nodes} nodes during an upgrade at full scale; the pod range ${local.aks_pod_cidr} serves at most ${local.aks_max_nodes}. Lower default_node_pool_max_count or the max_count of additional_node_pools."
    }
  }
}
