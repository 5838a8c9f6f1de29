mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  resource_group_name        = "langsmith-rg"
  location                   = "eastus"
  keyvault_name              = "langsmith-kv-abc123"
  tenant_id                  = "aaaaaaaa-1111-2222-3333-444444444444"
  deployer_object_id         = "bbbbbbbb-1111-2222-3333-444444444444"
  default_action             = "Deny"
  allowed_ips                = ["203.0.113.7"]
  allowed_subnet_ids         = ["/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/virtualNetworks/langsmith-vnet/subnets/langsmith-vnet-subnet-0"]
  purge_protection_enabled   = true
  soft_delete_retention_days = 90
  secret_names               = ["langsmith-license-key", "langsmith-jwt-secret"]
  secret_values              = { langsmith-license-key = "license-value", langsmith-jwt-secret = "jwt-value" }
  secret_versions            = { langsmith-license-key = 1, langsmith-jwt-secret = 3 }
  tags                       = { project = "langsmith" }
}

run "t110_t133_roles_and_firewall_guard_the_vault" {
  command = apply

  module {
    source = "./infra/modules/keyvault"
  }

  assert {
    condition     = azurerm_key_vault.this.rbac_authorization_enabled && azurerm_key_vault.this.purge_protection_enabled && azurerm_key_vault.this.soft_delete_retention_days == 90
    error_message = "the vault is not guarded by roles or can be purged"
  }

  assert {
    condition = (
      azurerm_key_vault.this.network_acls[0].default_action == "Deny" &&
      azurerm_key_vault.this.network_acls[0].ip_rules == toset(["203.0.113.7"]) &&
      azurerm_key_vault.this.network_acls[0].virtual_network_subnet_ids == toset(var.allowed_subnet_ids)
    )
    error_message = "the firewall is not closed around the cluster"
  }

  assert {
    condition = (
      azurerm_role_assignment.deployer_secrets_officer.role_definition_name == "Key Vault Secrets Officer" &&
      azurerm_role_assignment.deployer_secrets_officer.principal_id == "bbbbbbbb-1111-2222-3333-444444444444"
    )
    error_message = "the deployer cannot write secrets"
  }

  # What the configuration leaves open is made up by the mock: a real type here would have been written down.
  assert {
    condition     = !contains(["User", "Group", "ServicePrincipal"], azurerm_role_assignment.deployer_secrets_officer.principal_type)
    error_message = "a guess at what the deployer is would replace the assignment when somebody else deploys"
  }
}

run "t100_secrets_are_written_once_per_version_and_remembered_nowhere" {
  command = apply

  module {
    source = "./infra/modules/keyvault"
  }

  assert {
    condition     = { for name, secret in azurerm_key_vault_secret.this : name => secret.value_wo_version } == { langsmith-license-key = 1, langsmith-jwt-secret = 3 }
    error_message = "the versions are not the ones asked for"
  }

  assert {
    condition     = alltrue([for secret in azurerm_key_vault_secret.this : secret.value == null && secret.value_wo == null])
    error_message = "a secret is in the state"
  }

  assert {
    condition     = output.secret_versions == tomap({ langsmith-license-key = 1, langsmith-jwt-secret = 3 })
    error_message = "the output does not say what was written"
  }
}

run "a_secret_without_a_value_is_refused_by_name" {
  command = plan

  module {
    source = "./infra/modules/keyvault"
  }

  variables {
    secret_values = { langsmith-license-key = "license-value", langsmith-jwt-secret = null }
  }

  expect_failures = [azurerm_key_vault_secret.this["langsmith-jwt-secret"]]
}
