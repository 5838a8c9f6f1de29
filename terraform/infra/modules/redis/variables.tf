variable "resource_group_name" {
  description = "Resource group to create in."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Azure region."
  type        = string
  nullable    = false
}

variable "kind" {
  description = "managed (Azure Managed Redis) or premium (Azure Cache for Redis, injected into the subnet)."
  type        = string
  nullable    = false
}

variable "cache_name" {
  description = "Name of the cache."
  type        = string
  nullable    = false
}

variable "cache_location" {
  description = "Region of a managed cache; its private endpoint stays with the subnet."
  type        = string
  nullable    = false
}

variable "sku_name" {
  description = "Size of a managed cache."
  type        = string
  nullable    = false
}

variable "high_availability_enabled" {
  description = "Keep a replica of a managed cache."
  type        = bool
  nullable    = false
}

variable "premium_capacity" {
  description = "Size of a premium cache: 1 (6 GB) to 5 (120 GB)."
  type        = number
  nullable    = false
}

variable "virtual_network_id" {
  description = "Virtual network the cache answers in."
  type        = string
  nullable    = false
}

variable "subnet_id" {
  description = "Subnet of the private endpoint or the injected cache."
  type        = string
  nullable    = false
}

variable "private_endpoint_name" {
  description = "Name of the private endpoint of a managed cache."
  type        = string
  nullable    = false
}

variable "private_dns_zone_id" {
  description = "Private DNS zone to use instead of creating one; it must be linked to the virtual network. Empty creates zone and link."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
