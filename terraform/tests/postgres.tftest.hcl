mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  resource_group_name            = "langsmith-rg"
  location                       = "eastus"
  server_name                    = "langsmith-postgres-abc123"
  server_version                 = "16"
  sku_name                       = "GP_Standard_D2ds_v5"
  storage_mb                     = 32768
  backup_retention_days          = 14
  geo_redundant_backup_enabled   = false
  availability_zone              = ""
  high_availability_enabled      = false
  standby_availability_zone      = ""
  virtual_network_id             = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
  subnet_id                      = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database"
  private_dns_zone_id            = ""
  administrator_login            = "langsmith"
  administrator_password         = "Postgres-password-1"
  administrator_password_version = 3
  database_name                  = "langsmith"
  tags                           = { project = "langsmith" }
}

run "t041_the_server_answers_inside_the_network_only_under_a_name_that_is_linked_to_it" {
  command = apply

  module {
    source = "./infra/modules/postgres"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.public_network_access_enabled == false && azurerm_postgresql_flexible_server.this.delegated_subnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database"
    error_message = "the server has a public address"
  }

  assert {
    condition     = azurerm_private_dns_zone.this[0].name == "privatelink.postgres.database.azure.com"
    error_message = "the zone is not the one Azure writes the name into"
  }

  assert {
    condition     = azurerm_private_dns_zone_virtual_network_link.this[0].virtual_network_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub" && azurerm_private_dns_zone_virtual_network_link.this[0].registration_enabled == false
    error_message = "the cluster cannot resolve the name"
  }

  assert {
    condition     = output.host == "langsmith-postgres.postgres.database.azure.com" && output.port == 5432 && output.username == "langsmith" && output.database == "langsmith" && output.ssl_mode == "require"
    error_message = "the connection facts are incomplete"
  }
}

run "t074_t075_t076_t079_extensions_are_allowed_and_no_other_parameter_is_set" {
  command = plan

  module {
    source = "./infra/modules/postgres"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server_configuration.extensions.name == "azure.extensions"
    error_message = "another parameter would be set"
  }

  assert {
    condition     = toset(split(",", azurerm_postgresql_flexible_server_configuration.extensions.value)) == toset(["PGCRYPTO", "BTREE_GIN", "PG_TRGM", "BTREE_GIST", "CITEXT", "LTREE"])
    error_message = "a migration would fail for want of its extension"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server_database.this.name == "langsmith" && azurerm_postgresql_flexible_server_database.this.charset == "UTF8"
    error_message = "the database is not the one asked for"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.version == "16" && azurerm_postgresql_flexible_server.this.backup_retention_days == 14 && azurerm_postgresql_flexible_server.this.storage_mb == 32768 && azurerm_postgresql_flexible_server.this.auto_grow_enabled == false
    error_message = "the server is not the one asked for"
  }
}

run "t098_the_password_is_written_once_per_version_and_remembered_nowhere" {
  command = plan

  module {
    source = "./infra/modules/postgres"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.administrator_password_wo == null && azurerm_postgresql_flexible_server.this.administrator_password == null && azurerm_postgresql_flexible_server.this.administrator_password_wo_version == 3
    error_message = "the password is in the plan, or its version is lost"
  }
}

run "t078_high_availability_is_a_switch_and_needs_no_zone" {
  command = plan

  module {
    source = "./infra/modules/postgres"
  }

  variables {
    high_availability_enabled = true
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.high_availability[0].mode == "ZoneRedundant" && azurerm_postgresql_flexible_server.this.high_availability[0].standby_availability_zone == null && azurerm_postgresql_flexible_server.this.zone == null
    error_message = "the standby is missing, or pinned"
  }
}

run "zones_that_were_asked_for_reach_the_server" {
  command   = apply
  state_key = "zoned"

  module {
    source = "./infra/modules/postgres"
  }

  variables {
    high_availability_enabled = true
    availability_zone         = "1"
    standby_availability_zone = "2"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.zone == "1" && azurerm_postgresql_flexible_server.this.high_availability[0].standby_availability_zone == "2"
    error_message = "a zone was lost"
  }
}

run "t077_zones_that_changed_places_are_no_difference" {
  command   = plan
  state_key = "zoned"

  module {
    source = "./infra/modules/postgres"
  }

  variables {
    high_availability_enabled = true
    availability_zone         = "2"
    standby_availability_zone = "1"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.zone == "1" && azurerm_postgresql_flexible_server.this.high_availability[0].standby_availability_zone == "2"
    error_message = "a failover would be undone by the next plan"
  }
}

run "a_zone_that_is_linked_already_is_used_and_none_is_made" {
  command = plan

  module {
    source = "./infra/modules/postgres"
  }

  variables {
    private_dns_zone_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.postgres.database.azure.com"
  }

  assert {
    condition     = length(azurerm_private_dns_zone.this) == 0 && length(azurerm_private_dns_zone_virtual_network_link.this) == 0 && endswith(azurerm_postgresql_flexible_server.this.private_dns_zone_id, "/privatelink.postgres.database.azure.com")
    error_message = "a second zone of the same name would be linked"
  }
}

run "a_missing_password_is_refused_by_name" {
  command = plan

  module {
    source = "./infra/modules/postgres"
  }

  variables {
    administrator_password = null
  }

  expect_failures = [azurerm_postgresql_flexible_server.this]
}
