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

variable "virtual_network_name" {
  description = "Name of the virtual network."
  type        = string
  nullable    = false
}

variable "address_space" {
  description = "IPv4 ranges of the virtual network."
  type        = list(string)
  nullable    = false
}

variable "aks_subnet_name" {
  description = "Name of the node subnet."
  type        = string
  nullable    = false
}

variable "aks_subnet_address_prefix" {
  description = "Range of the node subnet."
  type        = list(string)
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
