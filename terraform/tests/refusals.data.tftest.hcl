mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_managed_clickhouse_and_a_storage_account_name_with_a_hyphen_and_a_range_too_small_for_the_storage_firewall_and_a_retention_of_no_days_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_source    = "managed"
    storage_account_name = "our-traces"
    storage_allowed_ips  = ["203.0.113.7/32"]
    blob_ttl_short_days  = 0
  }

  expect_failures = [
    var.clickhouse_source,
    var.storage_account_name,
    var.storage_allowed_ips,
    var.blob_ttl_short_days,
  ]
}

run "a_private_address_is_refused_by_the_storage_firewall" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    storage_allowed_ips = ["172.20.0.4"]
  }

  expect_failures = [var.storage_allowed_ips]
}

run "an_address_that_cannot_be_is_refused_by_the_storage_firewall" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    storage_allowed_ips = ["203.0.113.300"]
  }

  expect_failures = [var.storage_allowed_ips]
}

run "a_fraction_of_a_day_and_a_vault_name_with_a_double_hyphen_and_a_firewall_action_azure_does_not_know_and_a_retention_azure_does_not_offer_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    blob_ttl_long_days                  = 400.5
    keyvault_name                       = "our--vault"
    keyvault_default_action             = "deny"
    keyvault_soft_delete_retention_days = 6
  }

  expect_failures = [
    var.blob_ttl_long_days,
    var.keyvault_name,
    var.keyvault_default_action,
    var.keyvault_soft_delete_retention_days,
  ]
}

run "a_long_retention_below_the_short_one_and_a_vault_name_of_two_characters_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    blob_ttl_long_days = 13
    keyvault_name      = "kv"
  }

  expect_failures = [
    var.blob_ttl_long_days,
    var.keyvault_name,
  ]
}

run "a_vault_name_of_25_characters_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    keyvault_name = "langsmith-secrets-of-ours"
  }

  expect_failures = [var.keyvault_name]
}

run "a_private_range_is_refused_by_the_vault_firewall" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    keyvault_allowed_ips = ["10.0.0.0/8"]
  }

  expect_failures = [var.keyvault_allowed_ips]
}

run "a_range_with_host_bits_is_refused_by_the_vault_firewall" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    keyvault_allowed_ips = ["203.0.113.7/24"]
  }

  expect_failures = [var.keyvault_allowed_ips]
}

run "a_version_of_an_unknown_secret_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    secret_versions = { langsmith-licence-key = 2 }
  }

  expect_failures = [var.secret_versions]
}

run "a_version_below_one_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    secret_versions = { langsmith-license-key = 0 }
  }

  expect_failures = [var.secret_versions]
}

run "addresses_and_ranges_are_accepted_by_both_firewalls" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    storage_allowed_ips     = ["203.0.113.7", "198.51.100.0/30"]
    keyvault_allowed_ips    = ["203.0.113.7", "203.0.113.8/32"]
    keyvault_default_action = "Allow"
    clickhouse_source       = "external"
    clickhouse_host         = "ch.example.com"
    blob_ttl_short_days     = 400
    keyvault_name           = "kv0"
  }
}
