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

variable "bastion_name" {
  description = "Name of the Bastion host."
  type        = string
  nullable    = false
}

variable "public_ip_name" {
  description = "Name of its public address."
  type        = string
  nullable    = false
}

variable "subnet_id" {
  description = "Subnet named AzureBastionSubnet."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
