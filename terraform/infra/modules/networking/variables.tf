variable "resource_group_name" {
  description = "Resource group to create the virtual network in."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Azure region."
  type        = string
  nullable    = false
}

variable "existing_virtual_network" {
  description = "Virtual network to use instead of creating one; null creates one."
  type = object({
    id                  = string
    name                = string
    resource_group_name = string
  })
  default = null
}

variable "virtual_network_name" {
  description = "Name of the virtual network to create."
  type        = string
  nullable    = false
}

variable "address_space" {
  description = "IPv4 ranges of the virtual network to create."
  type        = list(string)
  nullable    = false
}

variable "carved_subnets" {
  description = "Subnets to create, by what they are for: aks, postgres, redis, bastion, application_gateway."
  type = map(object({
    name             = string
    address_prefixes = list(string)
  }))
  nullable = false
}

variable "existing_subnet_ids" {
  description = "Resource ids of the subnets the user supplied, under the same keys. They are used as they are, never written."
  type        = map(string)
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
