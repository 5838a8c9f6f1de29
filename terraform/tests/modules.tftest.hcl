mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t037_the_only_public_address_is_that_of_azure_bastion" {
  command = apply

  module {
    source = "./infra/modules/bastion"
  }

  variables {
    resource_group_name = "langsmith-rg"
    location            = "eastus"
    bastion_name        = "langsmith-bastion"
    public_ip_name      = "langsmith-bastion-ip"
    subnet_id           = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"
    tags                = {}
  }

  assert {
    condition     = azurerm_bastion_host.this.sku == "Standard" && azurerm_bastion_host.this.tunneling_enabled && !azurerm_bastion_host.this.file_copy_enabled && !azurerm_bastion_host.this.shareable_link_enabled
    error_message = "the host is not the one promised"
  }

  assert {
    condition     = azurerm_public_ip.this.allocation_method == "Static" && azurerm_public_ip.this.sku == "Standard" && azurerm_bastion_host.this.ip_configuration[0].public_ip_address_id == azurerm_public_ip.this.id
    error_message = "the address is not that of the host"
  }
}

run "the_workspace_accepts_no_key_and_every_target_reports_to_it" {
  command = apply

  module {
    source = "./infra/modules/diagnostics"
  }

  variables {
    resource_group_name = "langsmith-rg"
    location            = "eastus"
    workspace_name      = "langsmith-logs"
    retention_days      = 90
    tags                = {}
    targets = {
      aks  = { resource_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.ContainerService/managedClusters/langsmith-aks", logs = ["kube-audit", "guard"], metrics = ["AllMetrics"] }
      blob = { resource_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Storage/storageAccounts/langsmithblob/blobServices/default", logs = ["StorageRead"], metrics = ["Transaction"] }
    }
  }

  assert {
    condition     = azurerm_log_analytics_workspace.this.local_authentication_enabled == false && azurerm_log_analytics_workspace.this.retention_in_days == 90
    error_message = "the keys in state would open the workspace"
  }

  assert {
    condition     = alltrue([for setting in azurerm_monitor_diagnostic_setting.this : setting.log_analytics_workspace_id == azurerm_log_analytics_workspace.this.id]) && length(azurerm_monitor_diagnostic_setting.this) == 2
    error_message = "a target reports elsewhere"
  }

  assert {
    condition     = toset([for log in azurerm_monitor_diagnostic_setting.this["aks"].enabled_log : log.category]) == toset(["kube-audit", "guard"]) && toset([for metric in azurerm_monitor_diagnostic_setting.this["blob"].enabled_metric : metric.category]) == toset(["Transaction"])
    error_message = "the categories are not those asked for"
  }
}

run "t132_cert_manager_may_write_the_zone_and_nothing_else" {
  command = apply

  module {
    source = "./infra/modules/dns"
  }

  variables {
    resource_group_name        = "langsmith-rg"
    location                   = "eastus"
    zone_name                  = "example.com"
    record_name                = "langsmith"
    record_enabled             = true
    record_address             = "203.0.113.9"
    record_alias               = ""
    cert_manager_enabled       = true
    cert_manager_identity_name = "langsmith-cert-manager"
    oidc_issuer_url            = "https://issuer.example.com/"
    tags                       = {}
  }

  assert {
    condition     = azurerm_federated_identity_credential.cert_manager[0].subject == "system:serviceaccount:cert-manager:cert-manager" && azurerm_federated_identity_credential.cert_manager[0].audience == tolist(["api://AzureADTokenExchange"]) && azurerm_federated_identity_credential.cert_manager[0].issuer == "https://issuer.example.com/"
    error_message = "no token of cert-manager would match"
  }

  assert {
    condition     = azurerm_role_assignment.cert_manager_dns[0].role_definition_name == "DNS Zone Contributor" && azurerm_role_assignment.cert_manager_dns[0].scope == azurerm_dns_zone.this.id && azurerm_role_assignment.cert_manager_dns[0].principal_type == "ServicePrincipal"
    error_message = "the grant is too wide, or not accepted under a condition"
  }

  assert {
    condition     = azurerm_dns_a_record.langsmith[0].name == "langsmith" && azurerm_dns_a_record.langsmith[0].records == toset(["203.0.113.9"]) && azurerm_dns_a_record.langsmith[0].ttl == 300
    error_message = "the record is not the one asked for"
  }

  assert {
    condition     = length(output.nameservers) == 1 && output.cert_manager_identity_client_id == "cccccccc-1111-2222-3333-444444444444"
    error_message = "the outputs do not say whom to delegate to"
  }
}

run "a_zone_whose_address_is_not_known_yet_has_no_record" {
  command = plan

  module {
    source = "./infra/modules/dns"
  }

  variables {
    resource_group_name        = "langsmith-rg"
    location                   = "eastus"
    zone_name                  = "example.com"
    record_name                = "@"
    record_enabled             = false
    record_address             = ""
    record_alias               = ""
    cert_manager_enabled       = false
    cert_manager_identity_name = ""
    oidc_issuer_url            = "https://issuer.example.com/"
    tags                       = {}
  }

  assert {
    condition     = length(azurerm_dns_a_record.langsmith) + length(azurerm_dns_cname_record.langsmith) + length(azurerm_user_assigned_identity.cert_manager) + length(azurerm_role_assignment.cert_manager_dns) == 0 && azurerm_dns_zone.this.name == "example.com"
    error_message = "more than the zone would be made"
  }
}
