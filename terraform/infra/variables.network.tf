# Two ranges overlap exactly when both have the same network address at the shorter of their two prefixes. Terraform has
# no function of the user's own, so each rule spells that out. `try(..., true)` leaves a malformed value to the rule that
# judges its form.

variable "address_space" {
  description = "IPv4 ranges of the virtual network this deployment creates."
  type        = list(string)
  nullable    = false
  default     = ["10.0.0.0/17"]

  validation {
    condition     = var.vnet_id == "" || var.address_space == tolist(["10.0.0.0/17"])
    error_message = "address_space must be left out when vnet_id is set: the network has its own ranges."
  }

  validation {
    condition = length(var.address_space) > 0 && alltrue([
      for range in var.address_space : try(can(regex("^[0-9.]+/[0-9]+$", range)) && cidrhost(range, 0) == split("/", range)[0], false)
    ])
    error_message = "address_space must list at least one IPv4 range without host bits, for example [\"10.0.0.0/17\"]."
  }

  validation {
    condition = alltrue(flatten([
      for range in var.address_space : [
        for other in concat([local.aks_pod_cidr], local.aks_reserved_cidrs) : try(
          cidrhost("${split("/", range)[0]}/${min(split("/", range)[1], split("/", other)[1])}", 0) !=
          cidrhost("${split("/", other)[0]}/${min(split("/", range)[1], split("/", other)[1])}", 0),
          true
        )
      ]
    ]))
    error_message = "address_space must not overlap the pod range ${local.aks_pod_cidr} or the ranges AKS reserves (${join(", ", local.aks_reserved_cidrs)})."
  }
}

variable "aks_subnet_address_prefix" {
  description = "Range of the node subnet, inside the virtual network. Only nodes take addresses from it; pods have an overlay."
  type        = list(string)
  nullable    = false
  default     = ["10.0.0.0/19"]

  validation {
    condition = length(var.aks_subnet_address_prefix) == 1 && alltrue([
      for range in var.aks_subnet_address_prefix : try(can(regex("^[0-9.]+/[0-9]+$", range)) && cidrhost(range, 0) == split("/", range)[0], false)
    ])
    error_message = "aks_subnet_address_prefix must list exactly one IPv4 range without host bits, for example [\"10.0.0.0/19\"]."
  }

  validation {
    condition = var.vnet_id != "" || alltrue([
      for prefix in var.aks_subnet_address_prefix : anytrue([
        for range in var.address_space : try(
          tonumber(split("/", prefix)[1]) >= tonumber(split("/", range)[1]) &&
          cidrhost("${split("/", prefix)[0]}/${split("/", range)[1]}", 0) == cidrhost(range, 0),
          true
        )
      ])
    ])
    error_message = "aks_subnet_address_prefix must lie inside address_space (${join(", ", var.address_space)})."
  }

  # Azure keeps five addresses of every subnet for itself.
  validation {
    condition     = alltrue([for prefix in var.aks_subnet_address_prefix : try(pow(2, 32 - split("/", prefix)[1]) - 5 >= local.aks_peak_nodes, true)])
    error_message = "aks_subnet_address_prefix is too small: the node pools reach ${local.aks_peak_nodes} nodes during an upgrade at full scale, and Azure keeps five addresses."
  }
}

variable "aks_service_cidr" {
  description = "Range of Kubernetes service addresses, outside the virtual network and the pod range; empty takes 172.16.0.0/16, which a network of the user's own (vnet_id) may use already: there it must be set."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition = var.aks_service_cidr == "" || try(
      can(regex("^[0-9.]+/[0-9]+$", var.aks_service_cidr)) &&
      cidrhost(var.aks_service_cidr, 0) == split("/", var.aks_service_cidr)[0] &&
      tonumber(split("/", var.aks_service_cidr)[1]) >= 12 && tonumber(split("/", var.aks_service_cidr)[1]) <= 26,
      false
    )
    error_message = "aks_service_cidr must be empty or one IPv4 range without host bits, between /12 and /26, for example \"172.16.0.0/16\"."
  }

  validation {
    condition = alltrue([
      for range in [coalesce(var.aks_service_cidr, local.default_service_cidr)] : alltrue([
        for other in concat(local.network_ranges, [local.aks_pod_cidr], local.aks_reserved_cidrs) : try(
          cidrhost("${split("/", range)[0]}/${min(split("/", range)[1], split("/", other)[1])}", 0) !=
          cidrhost("${split("/", other)[0]}/${min(split("/", range)[1], split("/", other)[1])}", 0),
          true
        )
      ])
    ])
    error_message = "aks_service_cidr must not overlap the virtual network (${join(", ", local.network_ranges)}), the pod range ${local.aks_pod_cidr} or the ranges AKS reserves (${join(", ", local.aks_reserved_cidrs)})."
  }

  validation {
    condition     = var.vnet_id == "" || var.aks_service_cidr != ""
    error_message = "aks_service_cidr must be set when vnet_id is: choose a range that neither the network nor anything peered with it uses, which cannot be seen from here."
  }
}

variable "aks_dns_service_ip" {
  description = "Address of the cluster's DNS service, inside aks_service_cidr; empty takes the tenth."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition = var.aks_dns_service_ip == "" || try(
      can(regex("^[0-9.]+$", var.aks_dns_service_ip)) &&
      cidrhost("${var.aks_dns_service_ip}/${split("/", local.aks_service_cidr)[1]}", 0) == cidrhost(local.aks_service_cidr, 0) &&
      !contains([cidrhost(local.aks_service_cidr, 0), cidrhost(local.aks_service_cidr, 1)], var.aks_dns_service_ip),
      false
    )
    error_message = "aks_dns_service_ip must be empty or an IPv4 address inside aks_service_cidr (${local.aks_service_cidr}) other than its first two, which are the network and the Kubernetes API."
  }
}
