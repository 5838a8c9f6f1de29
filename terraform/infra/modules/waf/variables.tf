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

variable "policy_name" {
  description = "Name of the policy."
  type        = string
  nullable    = false
}

variable "mode" {
  description = "Detection or Prevention."
  type        = string
  nullable    = false
}

variable "gateway_enabled" {
  description = "Create an Application Gateway that carries the policy."
  type        = bool
  nullable    = false
}

variable "gateway_name" {
  description = "Name of the gateway."
  type        = string
  nullable    = false
}

variable "public_ip_name" {
  description = "Name of the gateway's public address."
  type        = string
  nullable    = false
}

variable "identity_name" {
  description = "Name of the identity that fetches the certificate."
  type        = string
  nullable    = false
}

variable "subnet_id" {
  description = "Subnet delegated to the gateway; empty without one."
  type        = string
  nullable    = false
}

variable "hostname" {
  description = "Host name the backend is asked for."
  type        = string
  nullable    = false
}

variable "backend_address" {
  description = "IPv4 address of the ingress; empty until it is known."
  type        = string
  nullable    = false
}

variable "backend_tls_enabled" {
  description = "The ingress answers over TLS."
  type        = bool
  nullable    = false
}

variable "keyvault_id" {
  description = "Vault that holds the certificate."
  type        = string
  nullable    = false
}

variable "keyvault_uri" {
  description = "Data plane address of that vault."
  type        = string
  nullable    = false
}

variable "certificate_name" {
  description = "Certificate in that vault; empty serves plain HTTP."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
