output "server_id" {
  description = "Resource id of the server."
  value       = azurerm_postgresql_flexible_server.this.id
}

output "host" {
  description = "Host name, which resolves inside the virtual network only."
  value       = azurerm_postgresql_flexible_server.this.fqdn
}

output "port" {
  description = "Port of the server."
  value       = 5432
}

output "username" {
  description = "Login of the administrator."
  value       = azurerm_postgresql_flexible_server.this.administrator_login
}

output "database" {
  description = "Database of LangSmith; known once it exists."
  value       = azurerm_postgresql_flexible_server_database.this.name
}

output "ssl_mode" {
  description = "libpq's sslmode: the server refuses connections without TLS."
  value       = "require"
}

output "password_version" {
  description = "The version number the password was last written for."
  value       = azurerm_postgresql_flexible_server.this.administrator_password_wo_version
}
