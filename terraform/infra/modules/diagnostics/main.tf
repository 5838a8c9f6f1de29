# Platform logs arrive with the identity of Azure Monitor: without local authentication the workspace's keys, which the provider
# keeps in state, are refused everywhere.
resource "azurerm_log_analytics_workspace" "this" {
  name                         = var.workspace_name
  location                     = var.location
  resource_group_name          = var.resource_group_name
  sku                          = "PerGB2018"
  retention_in_days            = var.retention_days
  local_authentication_enabled = false
  tags                         = merge(var.tags, { module = "diagnostics" })
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = var.targets

  name                       = "${var.workspace_name}-${each.key}"
  target_resource_id         = each.value.resource_id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  dynamic "enabled_log" {
    for_each = each.value.logs

    content {
      category = enabled_log.value
    }
  }

  dynamic "enabled_metric" {
    for_each = each.value.metrics

    content {
      category = enabled_metric.value
    }
  }
}
