mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_network_without_a_range_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    address_space = []
  }

  expect_failures = [var.address_space]
}

run "a_network_range_with_host_bits_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    address_space = ["10.0.0.1/17"]
  }

  expect_failures = [var.address_space]
}

run "an_ipv6_network_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    address_space = ["fd00::/48"]
  }

  expect_failures = [var.address_space]
}

run "a_network_over_the_pod_range_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    address_space = ["10.0.0.0/8"]
  }

  expect_failures = [var.address_space]
}

run "a_network_inside_a_range_aks_reserves_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    address_space = ["10.0.0.0/17", "172.31.4.0/24"]
  }

  expect_failures = [var.address_space]
}

run "two_subnet_ranges_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_subnet_address_prefix = ["10.0.0.0/20", "10.0.16.0/20"]
  }

  expect_failures = [var.aks_subnet_address_prefix]
}

run "a_subnet_range_that_is_no_range_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_subnet_address_prefix = ["10.0.0.0"]
  }

  expect_failures = [var.aks_subnet_address_prefix]
}

run "a_subnet_outside_the_network_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_subnet_address_prefix = ["10.1.0.0/19"]
  }

  expect_failures = [var.aks_subnet_address_prefix]
}

run "a_subnet_larger_than_the_network_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_subnet_address_prefix = ["10.0.0.0/16"]
  }

  expect_failures = [var.aks_subnet_address_prefix]
}

run "t028_a_subnet_too_small_for_every_node_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_subnet_address_prefix = ["10.0.0.0/28"]
  }

  expect_failures = [var.aks_subnet_address_prefix]
}

run "a_service_range_with_host_bits_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_service_cidr = "172.16.0.1/16"
  }

  expect_failures = [var.aks_service_cidr]
}

run "a_service_range_larger_than_aks_takes_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_service_cidr = "172.0.0.0/11"
  }

  expect_failures = [var.aks_service_cidr]
}

run "t030_a_service_range_inside_the_network_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_service_cidr = "10.0.64.0/20"
  }

  expect_failures = [var.aks_service_cidr]
}

run "a_service_range_around_the_network_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_service_cidr = "10.0.0.0/16"
  }

  expect_failures = [var.aks_service_cidr]
}

run "a_service_range_over_the_pod_range_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_service_cidr = "10.244.128.0/20"
  }

  expect_failures = [var.aks_service_cidr]
}

run "a_service_range_aks_reserves_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_service_cidr = "172.30.0.0/20"
  }

  expect_failures = [var.aks_service_cidr]
}

run "a_dns_address_outside_the_service_range_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_dns_service_ip = "172.17.0.10"
  }

  expect_failures = [var.aks_dns_service_ip]
}

run "the_address_of_the_kubernetes_api_is_refused_for_dns" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_dns_service_ip = "172.16.0.1"
  }

  expect_failures = [var.aks_dns_service_ip]
}

run "a_dns_address_that_is_no_address_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_dns_service_ip = "dns"
  }

  expect_failures = [var.aks_dns_service_ip]
}

run "a_network_of_several_ranges_is_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    address_space             = ["192.168.0.0/24", "10.8.0.0/16"]
    aks_subnet_address_prefix = ["10.8.4.0/22"]
    aks_service_cidr          = "10.9.0.0/24"
    aks_dns_service_ip        = "10.9.0.53"
  }
}

run "a_subnet_that_just_holds_every_node_is_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_subnet_address_prefix   = ["10.0.0.0/28"]
    default_node_pool_max_count = 10
    additional_node_pools       = {}
  }
}
