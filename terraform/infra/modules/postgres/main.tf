# The zone and its link are there first: a server that starts before them has a name nobody can resolve.
resource "azurerm_private_dns_zone" "this" {
  count = var.private_dns_zone_id == "" ? 1 : 0

  name                = "privatelink.postgres.database.azure.com"
  resource_group_name = var.resource_group_name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  count = var.private_dns_zone_id == "" ? 1 : 0

  name                  = "${var.server_name}-link"
  resource_group_name   = var.resource_group_name
  private_dns_zone_name = azurerm_private_dns_zone.this[0].name
  virtual_network_id    = var.virtual_network_id
  registration_enabled  = false
  tags                  = local.tags
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                = var.server_name
  location            = var.location
  resource_group_name = var.resource_group_name
  version             = var.server_version
  sku_name            = var.sku_name
  zone                = local.primary_zone
  tags                = local.tags

  # In the subnet, behind the private zone, and nowhere else.
  delegated_subnet_id           = var.subnet_id
  private_dns_zone_id           = local.private_dns_zone_id
  public_network_access_enabled = false

  # The password is write-only: it reaches Azure and is in neither state nor plan. A rise of the version writes the value that
  # came with that run.
  administrator_login               = var.administrator_login
  administrator_password_wo         = var.administrator_password
  administrator_password_wo_version = var.administrator_password_version

  # LangSmith signs in with the password; the chart has no Entra sign-in for PostgreSQL.
  authentication {
    password_auth_enabled         = true
    active_directory_auth_enabled = false
  }

  # Storage grows when storage_mb is raised. Automatic growth would leave a smaller number in the configuration, which the
  # provider reads as a request to shrink: it would replace the server.
  storage_mb        = var.storage_mb
  auto_grow_enabled = false

  backup_retention_days        = var.backup_retention_days
  geo_redundant_backup_enabled = var.geo_redundant_backup_enabled

  dynamic "high_availability" {
    for_each = var.high_availability_enabled ? [var.standby_availability_zone] : []

    content {
      mode                      = "ZoneRedundant"
      standby_availability_zone = high_availability.value == "" ? null : high_availability.value
    }
  }

  # The same quiet hours as the cluster's nodes.
  maintenance_window {
    day_of_week  = 0
    start_hour   = 2
    start_minute = 0
  }

  lifecycle {
    # Azure chooses the zones that were left open, and swaps them at every failover.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]

    precondition {
      condition     = var.administrator_password != null
      error_message = "No value reached Terraform for the PostgreSQL administrator: set the variable postgres_admin_password."
    }
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.this]
}

# The only parameter that is set. Above all max_connections keeps Azure's value for the size of the server, which is several
# times what is usually written here.
resource "azurerm_postgresql_flexible_server_configuration" "extensions" {
  name      = "azure.extensions"
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = join(",", local.extensions)
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  name      = var.database_name
  server_id = azurerm_postgresql_flexible_server.this.id
  charset   = "UTF8"
  collation = "en_US.utf8"

  # Migrations create extensions as soon as the database answers.
  depends_on = [azurerm_postgresql_flexible_server_configuration.extensions]
}
