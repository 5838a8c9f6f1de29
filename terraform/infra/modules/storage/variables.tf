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

variable "storage_account_name" {
  description = "Name of the storage account."
  type        = string
  nullable    = false
}

variable "container_name" {
  description = "Name of the blob container."
  type        = string
  nullable    = false
}

variable "allowed_ips" {
  description = "Public IPv4 addresses or ranges the firewall admits."
  type        = list(string)
  nullable    = false
}

variable "allowed_subnet_ids" {
  description = "Subnets the firewall admits."
  type        = list(string)
  nullable    = false
}

variable "ttl_enabled" {
  description = "Delete payloads by age."
  type        = bool
  nullable    = false
}

variable "ttl_short_days" {
  description = "Age in days at which payloads of short retention are deleted."
  type        = number
  nullable    = false
}

variable "ttl_long_days" {
  description = "Age in days at which payloads of long retention are deleted."
  type        = number
  nullable    = false
}

variable "application_identity_principal_id" {
  description = "Object id of the identity that reads and writes payloads."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
