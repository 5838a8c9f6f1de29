# What Azure would answer, shaped so that the real provider's own checks accept it where one resource refers to another.
mock_data "azurerm_client_config" {
  defaults = {
    tenant_id = "aaaaaaaa-1111-2222-3333-444444444444"
    object_id = "bbbbbbbb-1111-2222-3333-444444444444"
  }
}

mock_resource "azurerm_resource_group" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg"
  }
}

mock_resource "azurerm_virtual_network" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/virtualNetworks/langsmith-vnet"
  }
}

mock_resource "azurerm_subnet" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/virtualNetworks/langsmith-vnet/subnets/langsmith-vnet-subnet-0"
  }
}

mock_resource "azurerm_kubernetes_cluster" {
  defaults = {
    id              = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.ContainerService/managedClusters/langsmith-aks"
    oidc_issuer_url = "https://eastus.oic.prod-aks.azure.com/aaaaaaaa-1111-2222-3333-444444444444/issuer/"
  }
}

mock_resource "azurerm_user_assigned_identity" {
  defaults = {
    id           = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/k8s-app-identity"
    client_id    = "cccccccc-1111-2222-3333-444444444444"
    principal_id = "dddddddd-1111-2222-3333-444444444444"
  }
}

mock_resource "azurerm_storage_account" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Storage/storageAccounts/langsmithblob"
  }
}

mock_resource "azurerm_storage_container" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Storage/storageAccounts/langsmithblob/blobServices/default/containers/langsmith-blob-container"
  }
}

mock_resource "azurerm_key_vault" {
  defaults = {
    id        = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.KeyVault/vaults/langsmith-kv"
    vault_uri = "https://langsmith-kv.vault.azure.net/"
  }
}
