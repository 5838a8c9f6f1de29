mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  resource_group_name               = "langsmith-rg"
  location                          = "eastus"
  storage_account_name              = "langsmithblobabc123"
  container_name                    = "langsmith-blob-container"
  allowed_ips                       = ["203.0.113.7"]
  allowed_subnet_ids                = ["/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/virtualNetworks/langsmith-vnet/subnets/langsmith-vnet-subnet-0"]
  ttl_enabled                       = true
  ttl_short_days                    = 14
  ttl_long_days                     = 400
  application_identity_principal_id = "dddddddd-1111-2222-3333-444444444444"
  tags                              = { project = "langsmith" }
}

run "no_key_and_no_anonymous_reader_opens_the_account" {
  command = plan

  module {
    source = "./infra/modules/storage"
  }

  assert {
    condition     = !azurerm_storage_account.this.shared_access_key_enabled && !azurerm_storage_account.this.allow_nested_items_to_be_public && !azurerm_storage_account.this.local_user_enabled
    error_message = "something other than an Entra token opens the account"
  }

  assert {
    condition     = azurerm_storage_account.this.min_tls_version == "TLS1_2" && azurerm_storage_account.this.https_traffic_only_enabled
    error_message = "the account speaks outdated TLS or none"
  }

  assert {
    condition     = azurerm_storage_container.this.container_access_type == "private"
    error_message = "the container is public"
  }
}

run "the_firewall_admits_the_cluster_and_the_listed_addresses" {
  command = plan

  module {
    source = "./infra/modules/storage"
  }

  assert {
    condition = (
      azurerm_storage_account.this.network_rules[0].default_action == "Deny" &&
      azurerm_storage_account.this.network_rules[0].ip_rules == toset(["203.0.113.7"]) &&
      azurerm_storage_account.this.network_rules[0].virtual_network_subnet_ids == toset(var.allowed_subnet_ids)
    )
    error_message = "the firewall is not closed around the cluster"
  }
}

run "deleted_payloads_can_be_had_back" {
  command = plan

  module {
    source = "./infra/modules/storage"
  }

  assert {
    condition = (
      azurerm_storage_account.this.blob_properties[0].versioning_enabled &&
      azurerm_storage_account.this.blob_properties[0].delete_retention_policy[0].days == 7 &&
      azurerm_storage_account.this.blob_properties[0].container_delete_retention_policy[0].days == 7
    )
    error_message = "versioning or soft delete is off"
  }
}

run "each_retention_prefix_has_its_rule" {
  command = plan

  module {
    source = "./infra/modules/storage"
  }

  assert {
    condition = { for rule in azurerm_storage_management_policy.ttl[0].rule : tolist(rule.filters[0].prefix_match)[0] => rule.actions[0].base_blob[0].delete_after_days_since_creation_greater_than } == {
      "langsmith-blob-container/ttl_s/" = 14
      "langsmith-blob-container/ttl_l/" = 400
    }
    error_message = "the rules do not delete by the prefixes LangSmith writes"
  }

  assert {
    condition = alltrue([
      for rule in azurerm_storage_management_policy.ttl[0].rule :
      rule.actions[0].version[0].delete_after_days_since_creation == rule.actions[0].base_blob[0].delete_after_days_since_creation_greater_than &&
      rule.actions[0].snapshot[0].delete_after_days_since_creation_greater_than == rule.actions[0].base_blob[0].delete_after_days_since_creation_greater_than
    ])
    error_message = "versions or snapshots outlive the payload"
  }
}

run "no_rules_when_ttl_is_off" {
  command = plan

  module {
    source = "./infra/modules/storage"
  }

  variables {
    ttl_enabled = false
  }

  assert {
    condition     = length(azurerm_storage_management_policy.ttl) == 0
    error_message = "payloads would be deleted although ttl is off"
  }
}

run "t132_pods_may_write_the_container_and_nothing_else" {
  command = apply

  module {
    source = "./infra/modules/storage"
  }

  assert {
    condition = (
      azurerm_role_assignment.application_blob_contributor.scope == azurerm_storage_container.this.id &&
      azurerm_role_assignment.application_blob_contributor.role_definition_name == "Storage Blob Data Contributor" &&
      azurerm_role_assignment.application_blob_contributor.principal_id == "dddddddd-1111-2222-3333-444444444444" &&
      azurerm_role_assignment.application_blob_contributor.principal_type == "ServicePrincipal"
    )
    error_message = "the application identity has another role, scope or type"
  }
}
