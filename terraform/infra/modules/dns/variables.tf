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

variable "zone_name" {
  description = "Name of the public zone."
  type        = string
  nullable    = false
}

variable "record_name" {
  description = "Record inside the zone; @ is the zone itself."
  type        = string
  nullable    = false
}

variable "record_enabled" {
  description = "Create the record: the address is known."
  type        = bool
  nullable    = false
}

variable "record_address" {
  description = "IPv4 address the record points at."
  type        = string
  nullable    = false
}

variable "record_alias" {
  description = "Host name the record is an alias of; empty makes none."
  type        = string
  nullable    = false
}

variable "cert_manager_enabled" {
  description = "Let cert-manager prove ownership of the zone."
  type        = bool
  nullable    = false
}

variable "cert_manager_identity_name" {
  description = "Name of the identity cert-manager acts as."
  type        = string
  nullable    = false
}

variable "oidc_issuer_url" {
  description = "Issuer of the cluster's service account tokens."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
