mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "one_subnet_reaches_storage_and_vault_over_service_endpoints" {
  command = plan

  module {
    source = "./infra/modules/networking"
  }

  variables {
    resource_group_name       = "langsmith-rg"
    location                  = "eastus"
    virtual_network_name      = "langsmith-vnet"
    address_space             = ["10.0.0.0/17"]
    aks_subnet_name           = "langsmith-vnet-subnet-0"
    aks_subnet_address_prefix = ["10.0.0.0/19"]
    tags                      = { project = "langsmith" }
  }

  assert {
    condition     = toset(azurerm_subnet.aks.service_endpoints) == toset(["Microsoft.KeyVault", "Microsoft.Storage"])
    error_message = "the firewalls of storage and vault cannot admit this subnet"
  }

  assert {
    condition = (
      azurerm_subnet.aks.name == "langsmith-vnet-subnet-0" &&
      azurerm_subnet.aks.virtual_network_name == "langsmith-vnet" &&
      tolist(azurerm_subnet.aks.address_prefixes) == tolist(["10.0.0.0/19"])
    )
    error_message = "the subnet is not the one asked for"
  }

  assert {
    condition     = toset(azurerm_virtual_network.this.address_space) == toset(["10.0.0.0/17"]) && azurerm_virtual_network.this.tags == tomap({ project = "langsmith", module = "networking" })
    error_message = "the virtual network is not the one asked for"
  }
}
