mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t002_an_identifier_ends_every_name_and_the_worldwide_ones_end_in_a_hash" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier      = "-prod"
    postgres_source = "external"
    redis_source    = "external"
  }

  assert {
    condition = output.names == tomap({
      resource_group         = "langsmith-rg-prod"
      virtual_network        = "langsmith-vnet-prod"
      aks_subnet             = "langsmith-vnet-prod-subnet-0"
      postgres_subnet        = "langsmith-vnet-prod-subnet-postgres"
      redis_subnet           = "langsmith-vnet-prod-subnet-redis"
      aks_cluster            = "langsmith-aks-prod"
      application_identity   = "k8s-app-identity"
      storage_account        = "langsmithblobprod${substr(sha256("12345678-90ab-cdef-1234-567890abcdef/-prod/"), 0, 6)}"
      storage_container      = "langsmith-blob-prod-container"
      key_vault              = "langsmith-kv-prod-${substr(sha256("12345678-90ab-cdef-1234-567890abcdef/-prod/"), 0, 6)}"
      postgres               = "langsmith-postgres-prod-${substr(sha256("12345678-90ab-cdef-1234-567890abcdef/-prod/"), 0, 6)}"
      redis                  = "langsmith-redis-prod-${substr(sha256("12345678-90ab-cdef-1234-567890abcdef/-prod/"), 0, 6)}"
      redis_private_endpoint = "langsmith-redis-prod-endpoint"
    })
    error_message = "the names are not the documented ones"
  }
}

run "t003_the_case_of_the_subscription_id_changes_no_name" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier      = "-prod"
    postgres_source = "external"
    redis_source    = "external"
    subscription_id = "12345678-90AB-CDEF-1234-567890ABCDEF"
  }

  assert {
    condition     = output.names == run.t002_an_identifier_ends_every_name_and_the_worldwide_ones_end_in_a_hash.names
    error_message = "the same subscription written in capitals gets other names"
  }
}

run "t009_a_salt_changes_the_worldwide_names_only" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier      = "-prod"
    postgres_source = "external"
    redis_source    = "external"
    name_salt       = "second-try"
  }

  assert {
    condition = toset([
      for resource, name in output.names : resource
      if name != run.t002_an_identifier_ends_every_name_and_the_worldwide_ones_end_in_a_hash.names[resource]
    ]) == toset(["storage_account", "key_vault", "postgres", "redis"])
    error_message = "the salt changed another name, or not all of these"
  }
}

run "t002_given_names_are_taken_as_they_are" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier           = "-a-rather-long-one"
    postgres_source      = "external"
    redis_source         = "external"
    storage_account_name = "ourtraces"
    keyvault_name        = "our-vault"
    postgres_name        = "our-database"
    redis_name           = "our-cache"
  }

  assert {
    condition = (
      output.names.storage_account == "ourtraces" &&
      output.names.key_vault == "our-vault" &&
      output.names.postgres == "our-database" &&
      output.names.redis == "our-cache"
    )
    error_message = "a given name was changed"
  }
}

run "t004_a_vault_name_that_came_out_too_long_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier           = "-staging"
    storage_account_name = "ourtraces"
  }

  assert {
    condition     = length(local.name_problems) == 1 && strcontains(local.name_problems[0], "key_vault \"langsmith-kv-staging-") && strcontains(local.name_problems[0], "has 27 characters, at most 24 are allowed")
    error_message = "the refusal does not name the name, its length and the limit"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t004_a_storage_account_name_that_came_out_too_long_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier    = "-staging"
    keyvault_name = "our-vault"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t004_a_cluster_name_that_came_out_too_long_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier           = "-an-identifier-of-which-nobody-can-remember-the-end"
    storage_account_name = "ourtraces"
    keyvault_name        = "our-vault"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "more_nodes_than_the_pod_range_serves_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    default_node_pool_max_count = 240
  }

  expect_failures = [azurerm_resource_group.this]
}
