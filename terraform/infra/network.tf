# Which network, which subnets, and whether they fit together. Whether two ranges overlap is explained in variables.network.tf.
locals {
  creates_network = var.vnet_id == ""

  existing_virtual_network = local.creates_network ? null : {
    id                  = var.vnet_id
    name                = split("/", var.vnet_id)[8]
    resource_group_name = split("/", var.vnet_id)[4]
  }

  # Ranges of the network, whoever made it.
  network_ranges = local.creates_network ? var.address_space : data.azurerm_virtual_network.existing[0].address_space

  subnets = {
    aks      = { wanted = true, id = var.aks_subnet_id, address_prefixes = var.aks_subnet_address_prefix }
    postgres = { wanted = local.manages_postgres, id = var.postgres_subnet_id, address_prefixes = var.postgres_subnet_address_prefix }
    redis    = { wanted = local.manages_redis, id = var.redis_subnet_id, address_prefixes = var.redis_subnet_address_prefix }
    bastion  = { wanted = var.create_bastion, id = var.bastion_subnet_id, address_prefixes = var.bastion_subnet_address_prefix }
    application_gateway = {
      wanted           = local.creates_gateway
      id               = var.application_gateway_subnet_id
      address_prefixes = var.application_gateway_subnet_address_prefix
    }
  }

  carved_subnets      = { for subnet, settings in local.subnets : subnet => settings if settings.wanted && settings.id == "" }
  existing_subnet_ids = { for subnet, settings in local.subnets : subnet => settings.id if settings.wanted && settings.id != "" }

  # Subnets that somebody else made in the network cannot be seen here; Azure refuses an overlap with those.
  carved_pairs = flatten([
    for left in keys(local.carved_ranges) : [
      for right in keys(local.carved_ranges) :
      { left = left, left_range = local.carved_ranges[left], right = right, right_range = local.carved_ranges[right] }
      if index(keys(local.carved_ranges), left) < index(keys(local.carved_ranges), right)
    ]
  ])
  carved_ranges = { for subnet, settings in local.carved_subnets : subnet => settings.address_prefixes[0] }

  # Azure's firewalls admit a subnet only with these. It is read and never written: a write would replace the list others rely on.
  required_service_endpoints = ["Microsoft.KeyVault", "Microsoft.Storage"]

  network_problems = concat(
    [
      for subnet, range in local.carved_ranges :
      "${subnet}_subnet_address_prefix (${range}) lies outside the virtual network (${join(", ", local.network_ranges)})."
      if !anytrue([
        for outer in local.network_ranges : try(
          tonumber(split("/", range)[1]) >= tonumber(split("/", outer)[1]) &&
          cidrhost("${split("/", range)[0]}/${split("/", outer)[1]}", 0) == cidrhost(outer, 0),
          false
        )
      ])
    ],
    [
      for pair in local.carved_pairs :
      "${pair.left}_subnet_address_prefix (${pair.left_range}) overlaps ${pair.right}_subnet_address_prefix (${pair.right_range})."
      if cidrhost("${split("/", pair.left_range)[0]}/${min(split("/", pair.left_range)[1], split("/", pair.right_range)[1])}", 0) ==
      cidrhost("${split("/", pair.right_range)[0]}/${min(split("/", pair.left_range)[1], split("/", pair.right_range)[1])}", 0)
    ],
    [
      for range in local.creates_network ? [] : local.network_ranges :
      "The virtual network's range ${range} overlaps the pod range ${local.aks_pod_cidr} or a range AKS reserves (${join(", ", local.aks_reserved_cidrs)})."
      if anytrue([
        for other in concat([local.aks_pod_cidr], local.aks_reserved_cidrs) : try(
          cidrhost("${split("/", range)[0]}/${min(split("/", range)[1], split("/", other)[1])}", 0) ==
          cidrhost("${split("/", other)[0]}/${min(split("/", range)[1], split("/", other)[1])}", 0),
          false
        )
      ])
    ],
    length(distinct([for id in values(local.existing_subnet_ids) : lower(id)])) == length(local.existing_subnet_ids) ? [] : [
      "Two of the supplied subnet ids name the same subnet: ${join(", ", values(local.existing_subnet_ids))}."
    ],
    flatten([
      for subnet in data.azurerm_subnet.aks : [
        for endpoint in local.required_service_endpoints :
        "aks_subnet_id has no service endpoint ${endpoint}, without which the firewalls of storage and vault cannot admit it. Its owner adds it with `az network vnet subnet update`, which must list the existing endpoints as well."
        if !contains(subnet.service_endpoints, endpoint)
      ]
    ]),
    flatten([
      for subnet in data.azurerm_subnet.aks : [
        for range in subnet.address_prefixes :
        "aks_subnet_id (${range}) is too small: the node pools reach ${local.aks_peak_nodes} nodes during an upgrade at full scale, and Azure keeps five addresses."
        if try(pow(2, 32 - split("/", range)[1]) - 5 < local.aks_peak_nodes, false)
      ]
    ]),
  )
}
