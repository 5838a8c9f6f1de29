resource "azurerm_storage_account" "this" {
  name                     = var.storage_account_name
  location                 = var.location
  resource_group_name      = var.resource_group_name
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = "LRS"
  tags                     = merge(var.tags, { module = "storage" })

  # Pods come with a token of the application identity: no key, no signature derived from one, and no anonymous read works.
  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  allow_nested_items_to_be_public  = false
  local_user_enabled               = false
  cross_tenant_replication_enabled = false
  https_traffic_only_enabled       = true
  min_tls_version                  = "TLS1_2"

  # Public in name only: the rules below admit the AKS subnet and what the user lists.
  public_network_access_enabled = true

  network_rules {
    default_action             = "Deny"
    bypass                     = ["AzureServices"]
    ip_rules                   = var.allowed_ips
    virtual_network_subnet_ids = var.allowed_subnet_ids
  }

  # A deleted or overwritten payload can be had back for a week; the lifecycle rules count from creation either way.
  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = local.soft_delete_days
    }

    container_delete_retention_policy {
      days = local.soft_delete_days
    }
  }
}

resource "azurerm_storage_container" "this" {
  name                  = var.container_name
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

resource "azurerm_storage_management_policy" "ttl" {
  count = var.ttl_enabled ? 1 : 0

  storage_account_id = azurerm_storage_account.this.id

  dynamic "rule" {
    for_each = local.ttl_rules

    content {
      name    = rule.key
      enabled = true

      filters {
        blob_types   = ["blockBlob"]
        prefix_match = ["${azurerm_storage_container.this.name}/${rule.value.prefix}"]
      }

      # With versioning on, deleting a blob only makes its content a version: both go by the same age.
      actions {
        base_blob {
          delete_after_days_since_creation_greater_than = rule.value.days
        }

        snapshot {
          delete_after_days_since_creation_greater_than = rule.value.days
        }

        version {
          delete_after_days_since_creation = rule.value.days
        }
      }
    }
  }
}

# On the container rather than the account: it is all the pods use.
resource "azurerm_role_assignment" "application_blob_contributor" {
  scope                = azurerm_storage_container.this.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = var.application_identity_principal_id
  principal_type       = "ServicePrincipal"
}
