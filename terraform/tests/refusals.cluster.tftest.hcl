mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t050_a_patch_version_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    kubernetes_version = "1.36.3"
  }

  expect_failures = [var.kubernetes_version]
}

run "a_version_with_a_prefix_and_a_tier_azure_does_not_sell_and_a_vm_size_without_its_family_and_more_pods_per_node_than_aks_allows_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    kubernetes_version         = "v1.36"
    aks_sku_tier               = "standard"
    default_node_pool_vm_size  = "D8s_v5"
    default_node_pool_max_pods = 251
  }

  expect_failures = [
    var.kubernetes_version,
    var.aks_sku_tier,
    var.default_node_pool_vm_size,
    var.default_node_pool_max_pods,
  ]
}

run "a_default_pool_without_nodes_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    default_node_pool_min_count = 0
  }

  expect_failures = [var.default_node_pool_min_count]
}

run "half_a_node_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    default_node_pool_min_count = 1.5
  }

  expect_failures = [var.default_node_pool_min_count]
}

run "a_maximum_below_the_minimum_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    default_node_pool_max_count = 2
  }

  expect_failures = [var.default_node_pool_max_count]
}

run "t052_too_few_pods_per_node_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    default_node_pool_max_pods = 29
  }

  expect_failures = [var.default_node_pool_max_pods]
}

run "a_zone_that_does_not_exist_and_a_group_name_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    availability_zones         = ["4"]
    aks_admin_group_object_ids = ["platform-admins"]
  }

  expect_failures = [
    var.availability_zones,
    var.aks_admin_group_object_ids,
  ]
}

run "a_zone_named_twice_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    availability_zones = ["1", "1"]
  }

  expect_failures = [var.availability_zones]
}

run "a_pool_name_without_room_for_its_stand_in_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { clickhouse = { vm_size = "Standard_D8s_v5", min_count = 0, max_count = 2 } }
  }

  expect_failures = [var.additional_node_pools]
}

run "a_second_default_pool_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { default = { vm_size = "Standard_D8s_v5", min_count = 0, max_count = 2 } }
  }

  expect_failures = [var.additional_node_pools]
}

run "a_pool_of_no_vm_size_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { large = { vm_size = "huge", min_count = 0, max_count = 2 } }
  }

  expect_failures = [var.additional_node_pools]
}

run "a_pool_that_can_never_have_a_node_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { large = { vm_size = "Standard_D8s_v5", min_count = 0, max_count = 0 } }
  }

  expect_failures = [var.additional_node_pools]
}

run "a_pool_with_its_counts_the_wrong_way_round_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { large = { vm_size = "Standard_D8s_v5", min_count = 3, max_count = 2 } }
  }

  expect_failures = [var.additional_node_pools]
}

run "a_pool_with_too_many_pods_per_node_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { large = { vm_size = "Standard_D8s_v5", min_count = 0, max_count = 2, max_pods = 300 } }
  }

  expect_failures = [var.additional_node_pools]
}

run "a_taint_without_an_effect_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    additional_node_pools = { large = { vm_size = "Standard_D8s_v5", min_count = 0, max_count = 2, taints = ["dedicated=large"] } }
  }

  expect_failures = [var.additional_node_pools]
}

run "a_lone_address_is_refused_as_an_authorized_range" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_authorized_ip_ranges = ["203.0.113.7"]
  }

  expect_failures = [var.aks_authorized_ip_ranges]
}

run "a_small_cluster_in_zones_is_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    aks_sku_tier                = "Free"
    default_node_pool_min_count = 1
    default_node_pool_max_count = 1
    availability_zones          = ["2", "3"]
    aks_authorized_ip_ranges    = ["203.0.113.7/32"]
    additional_node_pools       = { gpu = { vm_size = "Standard_NC4as_T4_v3", min_count = 0, max_count = 1, taints = ["nvidia.com/gpu=:NoExecute"] } }
  }
}
