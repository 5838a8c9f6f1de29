mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_cache_azure_does_not_sell_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source        = "external"
    redis_source           = "external"
    redis_kind             = "classic"
    redis_sku_name         = "Premium_P1"
    redis_premium_capacity = 6
  }

  expect_failures = [
    var.redis_kind,
    var.redis_sku_name,
    var.redis_premium_capacity,
  ]
}

run "t094_t095_a_replica_of_the_smallest_cache_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source = "external"
    redis_source    = "external"
    redis_sku_name  = "Balanced_B0"
  }

  expect_failures = [var.redis_high_availability]
}

run "t094_the_smallest_cache_without_a_replica_is_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    redis_source            = "external"
    redis_sku_name          = "Balanced_B0"
    redis_high_availability = false
    redis_location          = "eastus2"
  }
}

run "t096_a_display_name_of_a_region_is_refused_for_the_cache" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source = "external"
    redis_source    = "external"
    redis_location  = "East US 2"
  }

  expect_failures = [var.redis_location]
}

run "t096_another_region_is_refused_for_a_premium_cache" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source = "external"
    redis_source    = "external"
    redis_kind      = "premium"
    redis_location  = "eastus2"
  }

  expect_failures = [var.redis_location]
}

run "t014_a_zone_for_a_premium_cache_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source           = "external"
    redis_source              = "external"
    redis_kind                = "premium"
    redis_private_dns_zone_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.redis.azure.net"
  }

  expect_failures = [var.redis_private_dns_zone_id]
}
