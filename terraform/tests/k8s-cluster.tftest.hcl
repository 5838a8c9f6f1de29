mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  resource_group_name    = "langsmith-rg"
  location               = "eastus"
  cluster_name           = "langsmith-aks"
  kubernetes_version     = "1.36"
  sku_tier               = "Standard"
  subnet_id              = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/virtualNetworks/langsmith-vnet/subnets/langsmith-vnet-subnet-0"
  pod_cidr               = "10.244.0.0/16"
  service_cidr           = "172.16.0.0/16"
  dns_service_ip         = "172.16.0.10"
  authorized_ip_ranges   = []
  tenant_id              = "aaaaaaaa-1111-2222-3333-444444444444"
  admin_group_object_ids = ["eeeeeeee-1111-2222-3333-444444444444"]
  deployer_object_id     = "bbbbbbbb-1111-2222-3333-444444444444"
  default_node_pool      = { name = "default", vm_size = "Standard_D8s_v5", min_count = 3, max_count = 10, max_pods = 60 }
  additional_node_pools = {
    large = {
      vm_size   = "Standard_D16s_v5"
      min_count = 0
      max_count = 2
      max_pods  = 60
      labels    = { "langsmith.io/pool" = "large" }
      taints    = ["langsmith.io/pool=large:NoSchedule"]
    }
  }
  availability_zones        = []
  max_surge                 = "10%"
  istio_addon_revision      = ""
  application_identity_name = "k8s-app-identity"
  langsmith_namespace       = "langsmith"
  langsmith_release_name    = "langsmith"
  tags                      = { project = "langsmith" }
}

run "t059_only_entra_opens_the_cluster" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.local_account_disabled && azurerm_kubernetes_cluster.this.role_based_access_control_enabled
    error_message = "local accounts are open or RBAC is off"
  }

  assert {
    condition = (
      azurerm_kubernetes_cluster.this.azure_active_directory_role_based_access_control[0].azure_rbac_enabled &&
      azurerm_kubernetes_cluster.this.azure_active_directory_role_based_access_control[0].tenant_id == "aaaaaaaa-1111-2222-3333-444444444444" &&
      tolist(azurerm_kubernetes_cluster.this.azure_active_directory_role_based_access_control[0].admin_group_object_ids) == tolist(["eeeeeeee-1111-2222-3333-444444444444"])
    )
    error_message = "Azure roles do not decide what a signed-in user may do"
  }

  assert {
    condition = (
      azurerm_role_assignment.deployer_cluster_admin.role_definition_name == "Azure Kubernetes Service RBAC Cluster Admin" &&
      azurerm_role_assignment.deployer_cluster_admin.principal_id == "bbbbbbbb-1111-2222-3333-444444444444"
    )
    error_message = "the deployer cannot install into the cluster"
  }
}

run "t028_pods_take_addresses_from_an_overlay_with_cilium" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  assert {
    condition = (
      azurerm_kubernetes_cluster.this.network_profile[0].network_plugin == "azure" &&
      azurerm_kubernetes_cluster.this.network_profile[0].network_plugin_mode == "overlay" &&
      azurerm_kubernetes_cluster.this.network_profile[0].network_data_plane == "cilium" &&
      azurerm_kubernetes_cluster.this.network_profile[0].network_policy == "cilium"
    )
    error_message = "the network is not Azure CNI overlay with Cilium"
  }

  assert {
    condition = (
      azurerm_kubernetes_cluster.this.network_profile[0].pod_cidr == "10.244.0.0/16" &&
      azurerm_kubernetes_cluster.this.network_profile[0].service_cidr == "172.16.0.0/16" &&
      azurerm_kubernetes_cluster.this.network_profile[0].dns_service_ip == "172.16.0.10"
    )
    error_message = "the ranges are not the ones asked for"
  }
}

run "t062_both_pools_scale_on_their_own_and_upgrade_gently" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  assert {
    condition = (
      azurerm_kubernetes_cluster.this.default_node_pool[0].auto_scaling_enabled &&
      azurerm_kubernetes_cluster.this.default_node_pool[0].min_count == 3 &&
      azurerm_kubernetes_cluster.this.default_node_pool[0].max_count == 10 &&
      azurerm_kubernetes_cluster.this.default_node_pool[0].max_pods == 60 &&
      azurerm_kubernetes_cluster.this.default_node_pool[0].temporary_name_for_rotation == "defaulttmp" &&
      azurerm_kubernetes_cluster.this.default_node_pool[0].upgrade_settings[0].max_surge == "10%"
    )
    error_message = "the default pool is not the one asked for"
  }

  assert {
    condition = (
      azurerm_kubernetes_cluster_node_pool.this["large"].mode == "User" &&
      azurerm_kubernetes_cluster_node_pool.this["large"].auto_scaling_enabled &&
      azurerm_kubernetes_cluster_node_pool.this["large"].min_count == 0 &&
      azurerm_kubernetes_cluster_node_pool.this["large"].max_count == 2 &&
      azurerm_kubernetes_cluster_node_pool.this["large"].max_pods == 60 &&
      azurerm_kubernetes_cluster_node_pool.this["large"].temporary_name_for_rotation == "largetmp" &&
      azurerm_kubernetes_cluster_node_pool.this["large"].upgrade_settings[0].max_surge == "10%"
    )
    error_message = "the large pool is not the one asked for"
  }

  assert {
    condition = (
      azurerm_kubernetes_cluster_node_pool.this["large"].node_labels["langsmith.io/pool"] == "large" &&
      tolist(azurerm_kubernetes_cluster_node_pool.this["large"].node_taints) == tolist(["langsmith.io/pool=large:NoSchedule"])
    )
    error_message = "nothing tells the scheduler what the large pool is for"
  }

  assert {
    condition = (
      azurerm_kubernetes_cluster.this.default_node_pool[0].vnet_subnet_id == var.subnet_id &&
      azurerm_kubernetes_cluster_node_pool.this["large"].vnet_subnet_id == var.subnet_id
    )
    error_message = "a pool is outside the subnet that storage and vault admit"
  }
}

run "t054_no_zones_means_no_zone_request" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.default_node_pool[0].zones == null && azurerm_kubernetes_cluster_node_pool.this["large"].zones == null
    error_message = "an empty list of zones reached Azure"
  }
}

run "zones_reach_every_pool" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  variables {
    availability_zones = ["1", "3"]
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.default_node_pool[0].zones == toset(["1", "3"]) && azurerm_kubernetes_cluster_node_pool.this["large"].zones == toset(["1", "3"])
    error_message = "the zones did not reach both pools"
  }
}

run "every_service_account_that_reads_blobs_has_a_federated_credential" {
  command = apply

  module {
    source = "./infra/modules/k8s-cluster"
  }

  variables {
    langsmith_namespace    = "tracing"
    langsmith_release_name = "langsmith-eu"
  }

  assert {
    condition = toset([for credential in azurerm_federated_identity_credential.application : credential.subject]) == toset([
      "system:serviceaccount:tracing:langsmith-eu-backend",
      "system:serviceaccount:tracing:langsmith-eu-platform-backend",
      "system:serviceaccount:tracing:langsmith-eu-queue",
      "system:serviceaccount:tracing:langsmith-eu-ingest-queue",
      "system:serviceaccount:tracing:langsmith-eu-host-backend",
      "system:serviceaccount:tracing:langsmith-eu-listener",
      "system:serviceaccount:tracing:langsmith-eu-agent-builder-tool-server",
      "system:serviceaccount:tracing:langsmith-eu-agent-builder-trigger-server",
      "system:serviceaccount:tracing:langsmith-eu-agent-bootstrap",
      "system:serviceaccount:tracing:langsmith-ksa",
    ])
    error_message = "the subjects are not the service accounts of the pods that read blobs"
  }

  assert {
    condition = alltrue([
      for credential in azurerm_federated_identity_credential.application :
      credential.issuer == azurerm_kubernetes_cluster.this.oidc_issuer_url &&
      tolist(credential.audience) == tolist(["api://AzureADTokenExchange"]) &&
      credential.user_assigned_identity_id == azurerm_user_assigned_identity.application.id
    ])
    error_message = "a credential does not trust this cluster for this identity"
  }

  assert {
    condition     = toset(output.workload_identity_service_accounts) == toset([for credential in azurerm_federated_identity_credential.application : split(":", credential.subject)[3]])
    error_message = "the output and the credentials name different service accounts"
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.oidc_issuer_enabled && azurerm_kubernetes_cluster.this.workload_identity_enabled
    error_message = "the cluster issues no tokens to exchange"
  }
}

run "the_api_server_is_open_unless_ranges_are_given" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  assert {
    condition     = length(azurerm_kubernetes_cluster.this.api_server_access_profile) == 0
    error_message = "an empty list of ranges closed the API server"
  }
}

run "authorized_ranges_close_the_api_server" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  variables {
    authorized_ip_ranges = ["203.0.113.0/24"]
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.api_server_access_profile[0].authorized_ip_ranges == toset(["203.0.113.0/24"])
    error_message = "the ranges did not reach the API server"
  }
}

run "no_mesh_without_a_revision" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  assert {
    condition     = length(azurerm_kubernetes_cluster.this.service_mesh_profile) == 0
    error_message = "the Istio add-on was installed unasked"
  }
}

run "the_istio_addon_brings_its_external_gateway" {
  command = plan

  module {
    source = "./infra/modules/k8s-cluster"
  }

  variables {
    istio_addon_revision = "asm-1-29"
  }

  assert {
    condition = (
      tolist(azurerm_kubernetes_cluster.this.service_mesh_profile[0].revisions) == tolist(["asm-1-29"]) &&
      azurerm_kubernetes_cluster.this.service_mesh_profile[0].external_ingress_gateway_enabled &&
      !azurerm_kubernetes_cluster.this.service_mesh_profile[0].internal_ingress_gateway_enabled
    )
    error_message = "the mesh is not the one asked for"
  }
}
