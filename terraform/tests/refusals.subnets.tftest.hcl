mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_network_name_is_refused_as_its_id" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id          = "hub"
    aks_service_cidr = "172.20.0.0/16"
  }

  expect_failures = [var.vnet_id]
}

run "a_network_of_another_subscription_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id          = "/subscriptions/87654321-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "172.20.0.0/16"
  }

  expect_failures = [var.vnet_id]
}

run "t014_ranges_for_a_network_that_exists_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id          = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr = "172.20.0.0/16"
    aks_subnet_id    = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    address_space    = ["10.64.0.0/16"]
  }

  expect_failures = [var.address_space]
}

run "subnet_names_are_refused_as_their_ids" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id                       = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr              = "172.20.0.0/16"
    postgres_source               = "external"
    redis_source                  = "external"
    create_bastion                = true
    create_waf                    = true
    create_diagnostics            = true
    aks_subnet_id                 = "nodes"
    postgres_subnet_id            = "database"
    redis_subnet_id               = "cache"
    bastion_subnet_id             = "AzureBastionSubnet"
    application_gateway_subnet_id = "gateway"
  }

  expect_failures = [
    var.aks_subnet_id,
    var.postgres_subnet_id,
    var.redis_subnet_id,
    var.bastion_subnet_id,
    var.application_gateway_subnet_id,
  ]
}

run "t014_subnets_without_their_network_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source    = "external"
    redis_source       = "external"
    aks_subnet_id      = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    postgres_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/database"
  }

  expect_failures = [
    var.aks_subnet_id,
    var.postgres_subnet_id,
  ]
}

run "t026_subnets_of_another_network_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id                       = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr              = "172.20.0.0/16"
    postgres_source               = "external"
    redis_source                  = "external"
    create_bastion                = true
    create_waf                    = true
    create_diagnostics            = true
    aks_subnet_id                 = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub2/subnets/nodes"
    postgres_subnet_id            = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub2/subnets/database"
    redis_subnet_id               = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub2/subnets/cache"
    bastion_subnet_id             = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub2/subnets/AzureBastionSubnet"
    application_gateway_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub2/subnets/gateway"
  }

  expect_failures = [
    var.aks_subnet_id,
    var.postgres_subnet_id,
    var.redis_subnet_id,
    var.bastion_subnet_id,
    var.application_gateway_subnet_id,
  ]
}

run "t014_subnets_that_nothing_would_use_are_refused" {
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
    bastion_subnet_id             = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"
    application_gateway_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway"
  }

  expect_failures = [
    var.postgres_subnet_id,
    var.redis_subnet_id,
    var.bastion_subnet_id,
    var.application_gateway_subnet_id,
  ]
}

run "t037_a_bastion_subnet_of_another_name_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    vnet_id           = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    aks_service_cidr  = "172.20.0.0/16"
    create_bastion    = true
    aks_subnet_id     = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
    bastion_subnet_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/bastion"
  }

  expect_failures = [var.bastion_subnet_id]
}

run "ranges_with_host_bits_are_refused_for_every_subnet" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_subnet_address_prefix            = ["10.0.32.1/20"]
    redis_subnet_address_prefix               = ["10.0.48.0"]
    bastion_subnet_address_prefix             = ["10.0.80.0/26", "10.0.81.0/26"]
    application_gateway_subnet_address_prefix = []
  }

  expect_failures = [
    var.postgres_subnet_address_prefix,
    var.redis_subnet_address_prefix,
    var.bastion_subnet_address_prefix,
    var.application_gateway_subnet_address_prefix,
  ]
}

run "ranges_too_small_for_their_service_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_subnet_address_prefix            = ["10.0.32.0/29"]
    redis_subnet_address_prefix               = ["10.0.48.0/29"]
    bastion_subnet_address_prefix             = ["10.0.80.0/27"]
    application_gateway_subnet_address_prefix = ["10.0.96.0/27"]
  }

  expect_failures = [
    var.postgres_subnet_address_prefix,
    var.redis_subnet_address_prefix,
    var.bastion_subnet_address_prefix,
    var.application_gateway_subnet_address_prefix,
  ]
}

run "t033_subnets_outside_the_network_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source = "external"
    redis_source    = "external"
    address_space   = ["10.0.0.0/18"]
    create_bastion  = true
  }

  assert {
    condition     = length(local.network_problems) == 1 && strcontains(local.network_problems[0], "bastion_subnet_address_prefix (10.0.80.0/26)")
    error_message = "the refusal does not name the range"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "subnets_that_overlap_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_source             = "external"
    redis_source                = "external"
    redis_subnet_address_prefix = ["10.0.40.0/21"]
  }

  assert {
    condition     = length(local.network_problems) == 1 && local.network_problems[0] == "postgres_subnet_address_prefix (10.0.32.0/20) overlaps redis_subnet_address_prefix (10.0.40.0/21)."
    error_message = "the refusal does not name both ranges"
  }

  expect_failures = [azurerm_resource_group.this]
}

run "ranges_that_nothing_would_use_may_lie_anywhere" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    redis_subnet_address_prefix    = ["192.168.0.0/24"]
    postgres_subnet_address_prefix = ["10.0.0.0/20"]
  }
}
