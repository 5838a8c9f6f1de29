mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "the_production_preset_is_read" {
  command = apply

  module {
    source = "./tests/fixtures/preset"
  }

  variables {
    topology = "production"
  }

  assert {
    condition     = toset(keys(output.values)) == toset(["postgres_source", "redis_source", "sizing_profile", "create_diagnostics"])
    error_message = "the preset sets something that no test hands on"
  }
}

run "t016_t159_the_production_preset_builds_both_services_and_says_how_to_reach_them" {
  command = apply

  module {
    source = "./infra"
  }

  variables {
    postgres_source    = run.the_production_preset_is_read.values.postgres_source
    redis_source       = run.the_production_preset_is_read.values.redis_source
    sizing_profile     = run.the_production_preset_is_read.values.sizing_profile
    create_diagnostics = run.the_production_preset_is_read.values.create_diagnostics
  }

  assert {
    condition = (
      output.postgres_source == "external" &&
      output.redis_source == "external" &&
      output.sizing_profile == "production" &&
      endswith(output.log_analytics_workspace_id, "/workspaces/langsmith-logs")
    )
    error_message = "the production preset is not production"
  }

  assert {
    condition = (
      output.postgres_host == "langsmith-postgres.postgres.database.azure.com" &&
      output.postgres_port == 5432 &&
      output.postgres_username == "langsmith" &&
      output.postgres_database == "langsmith" &&
      output.postgres_ssl_mode == "require" &&
      endswith(output.postgres_id, "/flexibleServers/langsmith-postgres") &&
      output.postgres_subnet_id != ""
    )
    error_message = "the outputs do not say how to reach PostgreSQL"
  }

  assert {
    condition = (
      output.redis_host == "langsmith-redis.eastus.redis.azure.net" &&
      output.redis_port == 10000 &&
      output.redis_tls_enabled &&
      output.redis_kind == "managed" &&
      endswith(output.redis_id, "/redisEnterprise/langsmith-redis") &&
      output.redis_subnet_id != ""
    )
    error_message = "the outputs do not say how to reach Redis"
  }

  assert {
    condition     = toset([for name in keys(output.names) : name if endswith(name, "_subnet")]) == toset(["aks_subnet", "postgres_subnet", "redis_subnet"])
    error_message = "production has other subnets than its three"
  }

  assert {
    condition     = output.waf_policy_id == "" && output.bastion_name == "" && output.dns_zone_name == "" && length(output.dns_nameservers) == 0
    error_message = "a module nobody asked for would be made"
  }
}

run "postgresql_alone_can_be_a_service_of_azure" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source = "external"
  }

  assert {
    condition     = contains(keys(output.names), "postgres") && contains(keys(output.names), "postgres_subnet") && !contains(keys(output.names), "redis") && !contains(keys(output.names), "redis_subnet") && output.redis_port == 0
    error_message = "the two sources depend on each other"
  }
}

run "redis_alone_can_be_a_service_of_azure" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    redis_source = "external"
    redis_kind   = "premium"
  }

  assert {
    condition     = contains(keys(output.names), "redis") && contains(keys(output.names), "redis_subnet") && !contains(keys(output.names), "postgres") && !contains(keys(output.names), "redis_private_endpoint") && output.postgres_port == 0 && output.redis_port == 6380
    error_message = "the two sources depend on each other"
  }
}
