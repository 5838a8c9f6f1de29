provider "azurerm" {
  subscription_id = var.subscription_id

  # Exactly the namespaces this root creates resources in. The 4.x default registers several dozen; 5.x registers none.
  resource_provider_registrations = "none"
  resource_providers_to_register = concat(
    [
      "Microsoft.Authorization",
      "Microsoft.Compute",
      "Microsoft.ContainerService",
      "Microsoft.KeyVault",
      "Microsoft.ManagedIdentity",
      "Microsoft.Network",
      "Microsoft.Storage",
    ],
    var.postgres_source == "external" ? ["Microsoft.DBforPostgreSQL"] : [],
    var.redis_source == "external" ? ["Microsoft.Cache"] : [],
    var.create_diagnostics ? ["Microsoft.Insights", "Microsoft.OperationalInsights"] : [],
  )

  # Shared keys are off on the storage account.
  storage_use_azuread = true

  features {
    key_vault {
      # Salts and encryption keys in the vault cannot be made again: destroy leaves them recoverable, and the next apply
      # under the same name recovers vault and secrets instead of starting a second set.
      purge_soft_delete_on_destroy          = false
      purge_soft_deleted_secrets_on_destroy = false
      recover_soft_deleted_key_vaults       = true
      recover_soft_deleted_secrets          = true
    }

    storage {
      # The account's firewall admits the AKS subnet only. 4.x otherwise waits for a data plane the runner cannot reach;
      # 5.x no longer asks, and this block goes.
      data_plane_available = false
    }
  }
}
