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

mock_data "azurerm_virtual_network" {
  defaults = {
    address_space = ["10.64.0.0/16"]
  }
}

mock_data "azurerm_subnet" {
  defaults = {
    address_prefixes  = ["10.64.0.0/20"]
    service_endpoints = ["Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.Sql"]
  }
}

mock_resource "azurerm_private_dns_zone" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.example.net"
  }
}

mock_resource "azurerm_postgresql_flexible_server" {
  defaults = {
    id   = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/langsmith-postgres"
    fqdn = "langsmith-postgres.postgres.database.azure.com"
  }
}

mock_resource "azurerm_managed_redis" {
  defaults = {
    id       = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Cache/redisEnterprise/langsmith-redis"
    hostname = "langsmith-redis.eastus.redis.azure.net"
  }
}

mock_resource "azurerm_redis_cache" {
  defaults = {
    id       = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Cache/redis/langsmith-redis"
    hostname = "langsmith-redis.redis.cache.windows.net"
  }
}

mock_resource "azurerm_web_application_firewall_policy" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/langsmith-waf"
  }
}

mock_resource "azurerm_application_gateway" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/applicationGateways/langsmith-agw"
  }
}

mock_resource "azurerm_public_ip" {
  defaults = {
    id         = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/publicIPAddresses/langsmith-ip"
    ip_address = "203.0.113.200"
  }
}

mock_resource "azurerm_log_analytics_workspace" {
  defaults = {
    id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.OperationalInsights/workspaces/langsmith-logs"
  }
}

mock_resource "azurerm_dns_zone" {
  defaults = {
    id           = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/dnsZones/example.com"
    name_servers = ["ns1-01.azure-dns.com."]
  }
}
