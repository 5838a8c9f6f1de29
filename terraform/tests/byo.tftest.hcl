mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t020_in_a_network_of_ones_own_with_every_subnet_supplied_no_network_is_named" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id            = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr   = "172.20.0.0/16"
    aks_subnet_id      = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    postgres_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database"
    redis_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/cache"
    postgres_source    = "external"
    redis_source       = "external"
  }

  assert {
    condition     = length([for name in keys(output.names) : name if endswith(name, "_subnet") || name == "virtual_network"]) == 0
    error_message = "a network or a subnet would be made"
  }

  assert {
    condition     = output.vnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub" && output.aks_subnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes" && output.postgres_subnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database" && output.redis_subnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/cache"
    error_message = "the supplied subnets are not used"
  }
}

run "t021_each_subnet_is_supplied_or_carved_on_its_own" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id                        = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr               = "172.20.0.0/16"
    postgres_source                = "external"
    redis_source                   = "external"
    aks_subnet_id                  = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    redis_subnet_id                = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/cache"
    postgres_subnet_address_prefix = ["10.64.32.0/24"]
  }

  assert {
    condition     = toset([for name in keys(output.names) : name if endswith(name, "_subnet")]) == toset(["postgres_subnet"])
    error_message = "the wrong subnets would be made"
  }
}

run "t038_every_module_finds_its_place_in_a_network_of_ones_own" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id                       = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr              = "172.20.0.0/16"
    aks_subnet_id                 = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    postgres_subnet_id            = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database"
    redis_subnet_id               = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/cache"
    postgres_source               = "external"
    redis_source                  = "external"
    create_waf                    = true
    create_bastion                = true
    create_diagnostics            = true
    bastion_subnet_id             = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"
    application_gateway_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway"
  }

  assert {
    condition     = length([for name in keys(output.names) : name if endswith(name, "_subnet") || name == "virtual_network"]) == 0
    error_message = "a network or a subnet would be made"
  }
}

run "t026_the_case_of_an_id_does_not_matter" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id          = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "172.20.0.0/16"
    aks_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourcegroups/hub-rg/providers/microsoft.network/virtualnetworks/hub/subnets/nodes"
  }
}

run "t033_a_carved_subnet_outside_the_network_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id          = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "172.20.0.0/16"
    aks_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    redis_source     = "external"
  }

  assert {
    condition     = length(local.network_problems) == 1 && strcontains(local.network_problems[0], "redis_subnet_address_prefix (10.0.48.0/20) lies outside the virtual network (10.64.0.0/16)")
    error_message = "the refusal does not name the variable and the range"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t022_a_node_subnet_without_the_service_endpoints_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  override_data {
    target = data.azurerm_subnet.aks
    values = { service_endpoints = ["Microsoft.Storage"], address_prefixes = ["10.64.0.0/20"] }
  }

  variables {
    vnet_id          = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "172.20.0.0/16"
    aks_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
  }

  assert {
    condition     = length(local.network_problems) == 1 && strcontains(local.network_problems[0], "Microsoft.KeyVault")
    error_message = "the refusal does not name the endpoint"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t028_a_supplied_node_subnet_too_small_for_every_node_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  override_data {
    target = data.azurerm_subnet.aks
    values = { service_endpoints = ["Microsoft.Storage", "Microsoft.KeyVault"], address_prefixes = ["10.64.0.0/28"] }
  }

  variables {
    vnet_id          = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "172.20.0.0/16"
    aks_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t036_one_subnet_for_two_services_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id            = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr   = "172.20.0.0/16"
    postgres_source    = "external"
    redis_source       = "external"
    aks_subnet_id      = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    postgres_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/data"
    redis_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/Data"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t029_a_network_over_the_pod_range_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  override_data {
    target = data.azurerm_virtual_network.existing
    values = { address_space = ["10.0.0.0/8"] }
  }

  variables {
    vnet_id          = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "172.20.0.0/16"
    aks_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "t029_the_service_range_is_not_guessed_in_a_network_of_ones_own" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id       = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
  }

  expect_failures = [var.aks_service_cidr]
}

run "t029_a_service_range_inside_the_network_of_ones_own_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id          = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "10.64.128.0/20"
    aks_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
  }

  expect_failures = [var.aks_service_cidr]
}
