mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_source_nobody_knows_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source = "managed"
    redis_source    = "managed"
  }

  expect_failures = [
    var.postgres_source,
    var.redis_source,
  ]
}

run "a_database_azure_does_not_sell_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source                = "external"
    redis_source                   = "external"
    postgres_version               = "13"
    postgres_sku_name              = "Standard_D2ds_v5"
    postgres_storage_mb            = 40000
    postgres_backup_retention_days = 36
  }

  expect_failures = [
    var.postgres_version,
    var.postgres_sku_name,
    var.postgres_storage_mb,
    var.postgres_backup_retention_days,
  ]
}

run "t012_names_azure_would_refuse_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source         = "external"
    redis_source            = "external"
    postgres_name           = "our_database"
    postgres_admin_username = "admin"
    postgres_database_name  = "azure_sys"
    redis_name              = "our--cache"
  }

  expect_failures = [
    var.postgres_name,
    var.postgres_admin_username,
    var.postgres_database_name,
    var.redis_name,
  ]
}

run "t004_a_database_name_that_came_out_too_long_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source      = "external"
    redis_source         = "external"
    identifier           = "-an-identifier-so-long-that-no-database"
    storage_account_name = "ourtraces"
    keyvault_name        = "our-vault"
  }

  assert {
    condition     = length(local.name_problems) == 2 && strcontains(join(" ", local.name_problems), "set postgres_name") && strcontains(join(" ", local.name_problems), "set redis_name")
    error_message = "the refusal does not name both"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t054_a_standby_in_a_zone_that_does_not_exist_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_standby_availability_zone = "4"
    postgres_high_availability         = true
  }

  expect_failures = [var.postgres_standby_availability_zone]
}

run "t078_a_standby_zone_without_a_standby_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source                    = "external"
    redis_source                       = "external"
    postgres_standby_availability_zone = "2"
    availability_zones                 = ["1"]
  }

  expect_failures = [var.postgres_standby_availability_zone]
}

run "t078_a_pinned_standby_next_to_an_unpinned_primary_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source                    = "external"
    redis_source                       = "external"
    postgres_standby_availability_zone = "2"
    postgres_high_availability         = true
  }

  expect_failures = [var.postgres_standby_availability_zone]
}

run "t078_a_standby_in_the_zone_of_its_primary_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source                    = "external"
    redis_source                       = "external"
    postgres_standby_availability_zone = "1"
    postgres_high_availability         = true
    availability_zones                 = ["1", "2"]
  }

  expect_failures = [var.postgres_standby_availability_zone]
}

run "a_standby_of_a_burstable_server_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source            = "external"
    redis_source               = "external"
    postgres_sku_name          = "B_Standard_B2ms"
    postgres_high_availability = true
  }

  expect_failures = [var.postgres_high_availability]
}

run "t082_a_database_password_of_two_kinds_of_characters_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source         = "external"
    redis_source            = "external"
    postgres_admin_password = "only-lower-case"
  }

  expect_failures = [var.postgres_admin_password]
}

run "t082_a_database_password_that_contains_the_login_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source         = "external"
    redis_source            = "external"
    postgres_admin_password = "My-LangSmith-1"
  }

  expect_failures = [var.postgres_admin_password]
}

run "t082_a_database_password_of_seven_characters_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source         = "external"
    redis_source            = "external"
    postgres_admin_password = "Short-1"
  }

  expect_failures = [var.postgres_admin_password]
}

run "zones_of_another_name_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source              = "external"
    redis_source                 = "external"
    postgres_private_dns_zone_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.redis.azure.net"
    redis_private_dns_zone_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.postgres.database.azure.com"
  }

  expect_failures = [
    var.postgres_private_dns_zone_id,
    var.redis_private_dns_zone_id,
  ]
}

run "t014_zones_of_services_that_stay_in_the_cluster_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_private_dns_zone_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.postgres.database.azure.com"
    redis_private_dns_zone_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.redis.azure.net"
    redis_location               = "eastus2"
  }

  expect_failures = [
    var.postgres_private_dns_zone_id,
    var.redis_private_dns_zone_id,
    var.redis_location,
  ]
}

run "zones_that_are_linked_already_are_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source              = "external"
    redis_source                 = "external"
    postgres_private_dns_zone_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.postgres.database.azure.com"
    redis_private_dns_zone_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.redis.azure.net"
  }
}
