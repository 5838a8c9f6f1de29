# With a virtual network of the user's own nothing of ours is built but the subnets that were not supplied, inside that network.
resource "azurerm_virtual_network" "this" {
  count = var.existing_virtual_network == null ? 1 : 0

  name                = var.virtual_network_name
  location            = var.location
  resource_group_name = var.resource_group_name
  address_space       = var.address_space
  tags                = merge(var.tags, { module = "networking" })
}

resource "azurerm_subnet" "aks" {
  count = contains(keys(var.carved_subnets), "aks") ? 1 : 0

  name                 = var.carved_subnets.aks.name
  resource_group_name  = local.virtual_network.resource_group_name
  virtual_network_name = local.virtual_network.name
  address_prefixes     = var.carved_subnets.aks.address_prefixes

  # The firewalls of the storage account and the vault admit this subnet, which Azure allows only with these endpoints.
  service_endpoints = ["Microsoft.KeyVault", "Microsoft.Storage"]
}

resource "azurerm_subnet" "postgres" {
  count = contains(keys(var.carved_subnets), "postgres") ? 1 : 0

  name                 = var.carved_subnets.postgres.name
  resource_group_name  = local.virtual_network.resource_group_name
  virtual_network_name = local.virtual_network.name
  address_prefixes     = var.carved_subnets.postgres.address_prefixes

  delegation {
    name = "postgres"

    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }

  lifecycle {
    # The database service adds Microsoft.Storage by itself minutes after it moved in; taking it away again would cut off backups.
    ignore_changes = [service_endpoints]
  }
}

# Never delegated: neither a private endpoint nor an injected cache may live in a delegated subnet.
resource "azurerm_subnet" "redis" {
  count = contains(keys(var.carved_subnets), "redis") ? 1 : 0

  name                 = var.carved_subnets.redis.name
  resource_group_name  = local.virtual_network.resource_group_name
  virtual_network_name = local.virtual_network.name
  address_prefixes     = var.carved_subnets.redis.address_prefixes
}

# Azure Bastion looks for its subnet by this name.
resource "azurerm_subnet" "bastion" {
  count = contains(keys(var.carved_subnets), "bastion") ? 1 : 0

  name                 = var.carved_subnets.bastion.name
  resource_group_name  = local.virtual_network.resource_group_name
  virtual_network_name = local.virtual_network.name
  address_prefixes     = var.carved_subnets.bastion.address_prefixes
}

resource "azurerm_subnet" "application_gateway" {
  count = contains(keys(var.carved_subnets), "application_gateway") ? 1 : 0

  name                 = var.carved_subnets.application_gateway.name
  resource_group_name  = local.virtual_network.resource_group_name
  virtual_network_name = local.virtual_network.name
  address_prefixes     = var.carved_subnets.application_gateway.address_prefixes

  delegation {
    name = "application-gateway"

    service_delegation {
      name    = "Microsoft.Network/applicationGateways"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }

  lifecycle {
    ignore_changes = [service_endpoints]
  }
}
