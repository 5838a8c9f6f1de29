mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "the_light_topology_has_one_subnet_and_it_reaches_storage_and_vault" {
  command = plan

  module {
    source = "./infra/modules/networking"
  }

  variables {
    resource_group_name  = "langsmith-rg"
    location             = "eastus"
    virtual_network_name = "langsmith-vnet"
    address_space        = ["10.0.0.0/17"]
    tags                 = { project = "langsmith" }
    existing_subnet_ids  = {}
    carved_subnets       = { aks = { name = "langsmith-vnet-subnet-0", address_prefixes = ["10.0.0.0/19"] } }
  }

  assert {
    condition     = toset(azurerm_subnet.aks[0].service_endpoints) == toset(["Microsoft.KeyVault", "Microsoft.Storage"])
    error_message = "the firewalls of storage and vault cannot admit this subnet"
  }

  assert {
    condition     = azurerm_subnet.aks[0].name == "langsmith-vnet-subnet-0" && azurerm_subnet.aks[0].virtual_network_name == "langsmith-vnet" && tolist(azurerm_subnet.aks[0].address_prefixes) == tolist(["10.0.0.0/19"])
    error_message = "the subnet is not the one asked for"
  }

  assert {
    condition     = toset(azurerm_virtual_network.this[0].address_space) == toset(["10.0.0.0/17"]) && azurerm_virtual_network.this[0].tags == tomap({ project = "langsmith", module = "networking" })
    error_message = "the virtual network is not the one asked for"
  }

  assert {
    condition     = length(concat(azurerm_subnet.postgres, azurerm_subnet.redis, azurerm_subnet.bastion, azurerm_subnet.application_gateway)) == 0
    error_message = "a subnet nobody asked for would be made"
  }
}

run "t035_t036_every_subnet_is_delegated_to_the_service_that_needs_it_and_to_no_other" {
  command = apply

  module {
    source = "./infra/modules/networking"
  }

  variables {
    resource_group_name  = "langsmith-rg"
    location             = "eastus"
    virtual_network_name = "langsmith-vnet"
    address_space        = ["10.0.0.0/17"]
    tags                 = { project = "langsmith" }
    existing_subnet_ids  = {}
    carved_subnets = {
      aks                 = { name = "langsmith-vnet-subnet-0", address_prefixes = ["10.0.0.0/19"] }
      postgres            = { name = "langsmith-vnet-subnet-postgres", address_prefixes = ["10.0.32.0/20"] }
      redis               = { name = "langsmith-vnet-subnet-redis", address_prefixes = ["10.0.48.0/20"] }
      bastion             = { name = "AzureBastionSubnet", address_prefixes = ["10.0.80.0/26"] }
      application_gateway = { name = "langsmith-vnet-subnet-agw", address_prefixes = ["10.0.96.0/24"] }
    }
  }

  assert {
    condition     = azurerm_subnet.postgres[0].delegation[0].service_delegation[0].name == "Microsoft.DBforPostgreSQL/flexibleServers"
    error_message = "PostgreSQL cannot move into its subnet"
  }

  assert {
    condition     = azurerm_subnet.application_gateway[0].delegation[0].service_delegation[0].name == "Microsoft.Network/applicationGateways"
    error_message = "the gateway cannot move into its subnet"
  }

  assert {
    condition     = length(concat(azurerm_subnet.aks[0].delegation, azurerm_subnet.redis[0].delegation, azurerm_subnet.bastion[0].delegation)) == 0
    error_message = "a subnet is delegated that must not be"
  }

  assert {
    condition     = azurerm_subnet.bastion[0].name == "AzureBastionSubnet"
    error_message = "Azure Bastion would not find its subnet"
  }

  assert {
    condition     = length(output.subnet_ids) == 5
    error_message = "a subnet is not handed on"
  }
}

run "t020_t023_in_a_network_of_ones_own_with_every_subnet_supplied_nothing_is_made" {
  command = plan

  module {
    source = "./infra/modules/networking"
  }

  variables {
    resource_group_name  = "langsmith-rg"
    location             = "eastus"
    virtual_network_name = "langsmith-vnet"
    address_space        = ["10.0.0.0/17"]
    tags                 = { project = "langsmith" }
    existing_virtual_network = {
      id                  = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
      name                = "hub"
      resource_group_name = "hub-rg"
    }
    existing_subnet_ids = { aks = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes", postgres = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database" }
    carved_subnets      = {}
  }

  assert {
    condition     = length(azurerm_virtual_network.this) + length(concat(azurerm_subnet.aks, azurerm_subnet.postgres, azurerm_subnet.redis, azurerm_subnet.bastion, azurerm_subnet.application_gateway)) == 0
    error_message = "something in the network of another team would be written"
  }

  assert {
    condition     = output.virtual_network_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub" && output.subnet_ids.postgres == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database"
    error_message = "the supplied network is not handed on"
  }
}

run "t021_a_missing_subnet_is_carved_in_the_resource_group_of_the_network" {
  command = plan

  module {
    source = "./infra/modules/networking"
  }

  variables {
    resource_group_name  = "langsmith-rg"
    location             = "eastus"
    virtual_network_name = "langsmith-vnet"
    address_space        = ["10.0.0.0/17"]
    tags                 = { project = "langsmith" }
    existing_virtual_network = {
      id                  = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
      name                = "hub"
      resource_group_name = "hub-rg"
    }
    existing_subnet_ids = { aks = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes" }
    carved_subnets      = { redis = { name = "langsmith-vnet-subnet-redis", address_prefixes = ["10.64.48.0/24"] } }
  }

  assert {
    condition     = length(azurerm_virtual_network.this) == 0 && length(azurerm_subnet.aks) == 0
    error_message = "more than the missing subnet would be made"
  }

  assert {
    condition     = azurerm_subnet.redis[0].resource_group_name == "hub-rg" && azurerm_subnet.redis[0].virtual_network_name == "hub"
    error_message = "the subnet would be made in another network"
  }
}
