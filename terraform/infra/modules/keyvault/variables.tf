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

variable "keyvault_name" {
  description = "Name of the vault."
  type        = string
  nullable    = false
}

variable "tenant_id" {
  description = "Entra tenant whose principals the vault accepts."
  type        = string
  nullable    = false
}

variable "deployer_object_id" {
  description = "Object id of the principal that writes secrets."
  type        = string
  nullable    = false
}

variable "default_action" {
  description = "What the firewall does with callers it does not list: Deny or Allow."
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

variable "purge_protection_enabled" {
  description = "Keep a deleted vault for its whole retention period."
  type        = bool
  nullable    = false
}

variable "soft_delete_retention_days" {
  description = "Days a deleted vault or secret can be recovered."
  type        = number
  nullable    = false
}

variable "secret_names" {
  description = "Secrets to keep."
  type        = list(string)
  nullable    = false
}

variable "secret_values" {
  description = "Secret name -> value."
  type        = map(string)
  nullable    = false
  ephemeral   = true
  sensitive   = true
}

variable "secret_versions" {
  description = "Secret name -> number whose rise writes the value again."
  type        = map(number)
  nullable    = false
}

variable "tags" {
  description = "Tags of the vault."
  type        = map(string)
  nullable    = false
}
