output "workspace_id" {
  description = "Resource id of the workspace."
  value       = azurerm_log_analytics_workspace.this.id
}
