# Subnets. Each can be supplied or left to this deployment, independently of the others; network.tf checks how they fit together.

variable "vnet_id" {
  description = "Resource id of a virtual network to deploy into; empty creates one. Fixed at the first apply. Planning reads it, so the deployer needs read access to it."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.vnet_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualNetworks/[^/]+$", var.vnet_id))
    error_message = "vnet_id must be empty or the resource id of a virtual network (`az network vnet show --query id`)."
  }

  validation {
    condition     = var.vnet_id == "" || try(lower(split("/", var.vnet_id)[2]) == lower(var.subscription_id), true)
    error_message = "vnet_id must be in subscription_id: the network is read, and subnets are made, with the same sign-in."
  }
}

variable "aks_subnet_id" {
  description = "Subnet of the nodes, with the service endpoints Microsoft.KeyVault and Microsoft.Storage; empty carves one out of the virtual network."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.aks_subnet_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualNetworks/[^/]+/subnets/[^/]+$", var.aks_subnet_id))
    error_message = "aks_subnet_id must be empty or the resource id of a subnet (`az network vnet subnet show --query id`)."
  }

  validation {
    condition     = var.aks_subnet_id == "" || var.vnet_id != "" && startswith(lower(var.aks_subnet_id), lower("${var.vnet_id}/subnets/"))
    error_message = "aks_subnet_id must lie in the virtual network vnet_id names: without vnet_id this deployment makes its own network and subnets."
  }
}

variable "postgres_subnet_id" {
  description = "Subnet of PostgreSQL, delegated to Microsoft.DBforPostgreSQL/flexibleServers and used by nothing else; empty carves one out of the virtual network."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.postgres_subnet_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualNetworks/[^/]+/subnets/[^/]+$", var.postgres_subnet_id))
    error_message = "postgres_subnet_id must be empty or the resource id of a subnet (`az network vnet subnet show --query id`)."
  }

  validation {
    condition     = var.postgres_subnet_id == "" || var.vnet_id != "" && startswith(lower(var.postgres_subnet_id), lower("${var.vnet_id}/subnets/"))
    error_message = "postgres_subnet_id must lie in the virtual network vnet_id names: without vnet_id this deployment makes its own network and subnets."
  }

  validation {
    condition     = var.postgres_subnet_id == "" || var.postgres_source == "external"
    error_message = "postgres_subnet_id must be empty while postgres_source is in-cluster: nothing would use it."
  }
}

variable "postgres_subnet_address_prefix" {
  description = "Range of the subnet that is delegated to PostgreSQL, inside the virtual network."
  type        = list(string)
  nullable    = false
  default     = ["10.0.32.0/20"]

  validation {
    condition = length(var.postgres_subnet_address_prefix) == 1 && alltrue([
      for range in var.postgres_subnet_address_prefix : try(can(regex("^[0-9.]+/[0-9]+$", range)) && cidrhost(range, 0) == split("/", range)[0], false)
    ])
    error_message = "postgres_subnet_address_prefix must list exactly one IPv4 range without host bits, for example [\"10.0.32.0/20\"]."
  }

  validation {
    condition     = alltrue([for range in var.postgres_subnet_address_prefix : try(tonumber(split("/", range)[1]) <= 28, true)])
    error_message = "postgres_subnet_address_prefix must be /28 or larger: the service needs the addresses, and Azure keeps five."
  }
}

variable "redis_subnet_id" {
  description = "Subnet of Redis, not delegated; empty carves one out of the virtual network."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.redis_subnet_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualNetworks/[^/]+/subnets/[^/]+$", var.redis_subnet_id))
    error_message = "redis_subnet_id must be empty or the resource id of a subnet (`az network vnet subnet show --query id`)."
  }

  validation {
    condition     = var.redis_subnet_id == "" || var.vnet_id != "" && startswith(lower(var.redis_subnet_id), lower("${var.vnet_id}/subnets/"))
    error_message = "redis_subnet_id must lie in the virtual network vnet_id names: without vnet_id this deployment makes its own network and subnets."
  }

  validation {
    condition     = var.redis_subnet_id == "" || var.redis_source == "external"
    error_message = "redis_subnet_id must be empty while redis_source is in-cluster: nothing would use it."
  }
}

variable "redis_subnet_address_prefix" {
  description = "Range of the subnet that Redis answers in, inside the virtual network."
  type        = list(string)
  nullable    = false
  default     = ["10.0.48.0/20"]

  validation {
    condition = length(var.redis_subnet_address_prefix) == 1 && alltrue([
      for range in var.redis_subnet_address_prefix : try(can(regex("^[0-9.]+/[0-9]+$", range)) && cidrhost(range, 0) == split("/", range)[0], false)
    ])
    error_message = "redis_subnet_address_prefix must list exactly one IPv4 range without host bits, for example [\"10.0.48.0/20\"]."
  }

  validation {
    condition     = alltrue([for range in var.redis_subnet_address_prefix : try(tonumber(split("/", range)[1]) <= 28, true)])
    error_message = "redis_subnet_address_prefix must be /28 or larger: the service needs the addresses, and Azure keeps five."
  }
}

variable "bastion_subnet_id" {
  description = "Subnet of Azure Bastion; empty carves one out of the virtual network."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.bastion_subnet_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualNetworks/[^/]+/subnets/[^/]+$", var.bastion_subnet_id))
    error_message = "bastion_subnet_id must be empty or the resource id of a subnet (`az network vnet subnet show --query id`)."
  }

  validation {
    condition     = var.bastion_subnet_id == "" || var.vnet_id != "" && startswith(lower(var.bastion_subnet_id), lower("${var.vnet_id}/subnets/"))
    error_message = "bastion_subnet_id must lie in the virtual network vnet_id names: without vnet_id this deployment makes its own network and subnets."
  }

  validation {
    condition     = var.bastion_subnet_id == "" || var.create_bastion
    error_message = "bastion_subnet_id must be empty unless create_bastion is true: nothing would use it."
  }

  validation {
    condition     = var.bastion_subnet_id == "" || endswith(lower(var.bastion_subnet_id), "/azurebastionsubnet")
    error_message = "bastion_subnet_id must name a subnet called AzureBastionSubnet, the only one Azure Bastion accepts."
  }
}

variable "bastion_subnet_address_prefix" {
  description = "Range of the subnet of Azure Bastion, inside the virtual network."
  type        = list(string)
  nullable    = false
  default     = ["10.0.80.0/26"]

  validation {
    condition = length(var.bastion_subnet_address_prefix) == 1 && alltrue([
      for range in var.bastion_subnet_address_prefix : try(can(regex("^[0-9.]+/[0-9]+$", range)) && cidrhost(range, 0) == split("/", range)[0], false)
    ])
    error_message = "bastion_subnet_address_prefix must list exactly one IPv4 range without host bits, for example [\"10.0.80.0/26\"]."
  }

  validation {
    condition     = alltrue([for range in var.bastion_subnet_address_prefix : try(tonumber(split("/", range)[1]) <= 26, true)])
    error_message = "bastion_subnet_address_prefix must be /26 or larger: the service needs the addresses, and Azure keeps five."
  }
}

variable "application_gateway_subnet_id" {
  description = "Subnet of the Application Gateway, delegated to Microsoft.Network/applicationGateways; empty carves one out of the virtual network."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.application_gateway_subnet_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualNetworks/[^/]+/subnets/[^/]+$", var.application_gateway_subnet_id))
    error_message = "application_gateway_subnet_id must be empty or the resource id of a subnet (`az network vnet subnet show --query id`)."
  }

  validation {
    condition     = var.application_gateway_subnet_id == "" || var.vnet_id != "" && startswith(lower(var.application_gateway_subnet_id), lower("${var.vnet_id}/subnets/"))
    error_message = "application_gateway_subnet_id must lie in the virtual network vnet_id names: without vnet_id this deployment makes its own network and subnets."
  }

  validation {
    condition     = var.application_gateway_subnet_id == "" || var.create_waf && var.application_gateway_id == ""
    error_message = "application_gateway_subnet_id must be empty unless create_waf makes a gateway: nothing would use it."
  }
}

variable "application_gateway_subnet_address_prefix" {
  description = "Range of the subnet of the Application Gateway, inside the virtual network."
  type        = list(string)
  nullable    = false
  default     = ["10.0.96.0/24"]

  validation {
    condition = length(var.application_gateway_subnet_address_prefix) == 1 && alltrue([
      for range in var.application_gateway_subnet_address_prefix : try(can(regex("^[0-9.]+/[0-9]+$", range)) && cidrhost(range, 0) == split("/", range)[0], false)
    ])
    error_message = "application_gateway_subnet_address_prefix must list exactly one IPv4 range without host bits, for example [\"10.0.96.0/24\"]."
  }

  validation {
    condition     = alltrue([for range in var.application_gateway_subnet_address_prefix : try(tonumber(split("/", range)[1]) <= 26, true)])
    error_message = "application_gateway_subnet_address_prefix must be /26 or larger: the service needs the addresses, and Azure keeps five."
  }
}
