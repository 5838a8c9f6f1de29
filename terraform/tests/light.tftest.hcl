mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t152_defaults_build_the_light_topology" {
  command = apply

  module {
    source = "./infra"
  }

  assert {
    condition     = azurerm_resource_group.this.name == "langsmith-rg" && azurerm_resource_group.this.tags == tomap({ environment = "production", project = "langsmith", managed_by = "terraform" })
    error_message = "the resource group is not the one asked for"
  }

  assert {
    condition = (
      output.subscription_id == var.subscription_id &&
      output.tenant_id == "aaaaaaaa-1111-2222-3333-444444444444" &&
      output.location == "eastus" &&
      output.resource_group_name == "langsmith-rg"
    )
    error_message = "the outputs do not say where everything is"
  }

  assert {
    condition     = endswith(output.vnet_id, "/virtualNetworks/langsmith-vnet") && endswith(output.aks_subnet_id, "/subnets/langsmith-vnet-subnet-0")
    error_message = "the outputs do not name the network"
  }

  assert {
    condition     = output.aks_cluster_name == "langsmith-aks" && endswith(output.aks_cluster_id, "/managedClusters/langsmith-aks") && startswith(output.aks_oidc_issuer_url, "https://")
    error_message = "the outputs do not name the cluster"
  }

  assert {
    condition     = output.keyvault_name == output.names.key_vault && endswith(output.keyvault_id, "/vaults/langsmith-kv") && output.keyvault_uri == "https://langsmith-kv.vault.azure.net/"
    error_message = "the outputs do not name the vault"
  }

  assert {
    condition     = output.storage_account_name == output.names.storage_account && output.storage_container_name == "langsmith-blob-container"
    error_message = "the outputs do not name the container"
  }

  assert {
    condition     = output.workload_identity_client_id == "cccccccc-1111-2222-3333-444444444444" && output.workload_identity_principal_id == "dddddddd-1111-2222-3333-444444444444"
    error_message = "the outputs do not name the application identity"
  }

  assert {
    condition     = length(output.workload_identity_service_accounts) == 10 && contains(output.workload_identity_service_accounts, "langsmith-ksa")
    error_message = "the outputs do not name the service accounts"
  }

  assert {
    condition     = output.langsmith_hostname == "langsmith-test.eastus.cloudapp.azure.com" && output.langsmith_url == "https://langsmith-test.eastus.cloudapp.azure.com"
    error_message = "the outputs do not say where LangSmith answers"
  }

  assert {
    condition = (
      output.langsmith_namespace == "langsmith" &&
      output.langsmith_release_name == "langsmith" &&
      output.ingress_controller == "nginx" &&
      output.tls_certificate_source == "letsencrypt" &&
      output.letsencrypt_email == "operator@example.com" &&
      output.dns_label == "langsmith-test" &&
      output.postgres_source == "in-cluster" &&
      output.redis_source == "in-cluster" &&
      output.clickhouse_source == "in-cluster" &&
      output.sizing_profile == "production"
    )
    error_message = "a setting did not reach the outputs"
  }

  assert {
    condition = output.node_pools == [
      { name = "default", vm_size = "Standard_D8s_v5", min_count = 3, max_count = 10, labels = tomap({}), taints = tolist([]) },
      { name = "large", vm_size = "Standard_D16s_v5", min_count = 0, max_count = 2, labels = tomap({ "langsmith.io/pool" = "large" }), taints = tolist(["langsmith.io/pool=large:NoSchedule"]) },
    ]
    error_message = "the outputs do not describe the node pools"
  }

  assert {
    condition = output.keyvault_secret_versions == tomap({
      langsmith-license-key                  = 1
      langsmith-admin-password               = 1
      langsmith-admin-email                  = 1
      langsmith-api-key-salt                 = 1
      langsmith-jwt-secret                   = 1
      langsmith-deployments-encryption-key   = 1
      langsmith-agent-builder-encryption-key = 1
      langsmith-insights-encryption-key      = 1
      langsmith-polly-encryption-key         = 1
      postgres-admin-password                = 1
      clickhouse-password                    = 1
    })
    error_message = "not every secret was written, or not once"
  }
}

run "raising_one_number_rotates_one_secret" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    secret_versions = { langsmith-license-key = 2 }
  }

  assert {
    condition     = output.keyvault_secret_versions["langsmith-license-key"] == 2 && length([for version in output.keyvault_secret_versions : version if version == 1]) == 10
    error_message = "the wrong secrets would be rewritten"
  }
}

run "a_domain_of_ones_own_wins_over_the_label" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_domain = "langsmith.example.com"
  }

  assert {
    condition     = output.langsmith_url == "https://langsmith.example.com"
    error_message = "LangSmith would answer at ${output.langsmith_url}"
  }
}

run "t190_without_tls_the_address_says_http" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "none"
    letsencrypt_email      = ""
  }

  assert {
    condition     = output.langsmith_url == "http://langsmith-test.eastus.cloudapp.azure.com"
    error_message = "LangSmith would answer at ${output.langsmith_url}"
  }
}

run "no_host_name_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    dns_label = ""
  }

  expect_failures = [output.langsmith_hostname]
}

run "t015_owner_and_cost_center_become_tags" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    environment = "staging"
    owner       = "platform"
    cost_center = "4711"
    tags        = { team = "ml" }
  }

  assert {
    condition = azurerm_resource_group.this.tags == tomap({
      team        = "ml"
      environment = "staging"
      project     = "langsmith"
      managed_by  = "terraform"
      owner       = "platform"
      cost_center = "4711"
    })
    error_message = "the tags are not the ones asked for"
  }
}

run "a_pool_may_choose_its_own_pod_count" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { batch = { vm_size = "Standard_D4s_v5", min_count = 1, max_count = 4, max_pods = 110 } }
  }

  assert {
    condition     = local.additional_node_pools.batch.max_pods == 110 && length(local.additional_node_pools.batch.taints) == 0
    error_message = "the pool's own settings were lost"
  }
}

run "the_preset_is_read" {
  command = apply

  module {
    source = "./tests/fixtures/preset"
  }

  variables {
    topology = "light"
  }

  assert {
    condition     = toset(keys(output.values)) == toset(["postgres_source", "redis_source", "sizing_profile"])
    error_message = "the preset sets something that no test hands on"
  }
}

run "t016_the_light_preset_fits_the_root" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source = run.the_preset_is_read.values.postgres_source
    redis_source    = run.the_preset_is_read.values.redis_source
    sizing_profile  = run.the_preset_is_read.values.sizing_profile
  }

  assert {
    condition     = output.postgres_source == "in-cluster" && output.redis_source == "in-cluster" && output.sizing_profile == "dev"
    error_message = "the light preset is not light"
  }
}
