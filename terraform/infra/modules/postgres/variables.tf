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

variable "server_name" {
  description = "Name of the server."
  type        = string
  nullable    = false
}

variable "server_version" {
  description = "PostgreSQL major version."
  type        = string
  nullable    = false
}

variable "sku_name" {
  description = "Compute size."
  type        = string
  nullable    = false
}

variable "storage_mb" {
  description = "Storage in MiB."
  type        = number
  nullable    = false
}

variable "backup_retention_days" {
  description = "Days a point in time can be restored."
  type        = number
  nullable    = false
}

variable "geo_redundant_backup_enabled" {
  description = "Keep backups in the paired region as well."
  type        = bool
  nullable    = false
}

variable "availability_zone" {
  description = "Zone of the primary; empty leaves it to Azure."
  type        = string
  nullable    = false
}

variable "high_availability_enabled" {
  description = "Keep a standby in another zone."
  type        = bool
  nullable    = false
}

variable "standby_availability_zone" {
  description = "Zone of the standby; empty leaves it to Azure."
  type        = string
  nullable    = false
}

variable "virtual_network_id" {
  description = "Virtual network the server answers in."
  type        = string
  nullable    = false
}

variable "subnet_id" {
  description = "Subnet delegated to the server."
  type        = string
  nullable    = false
}

variable "private_dns_zone_id" {
  description = "Private DNS zone to use instead of creating one; it must be linked to the virtual network. Empty creates zone and link."
  type        = string
  nullable    = false
}

variable "administrator_login" {
  description = "Login of the administrator."
  type        = string
  nullable    = false
}

variable "administrator_password" {
  description = "Password of the administrator."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "administrator_password_version" {
  description = "Number whose rise writes the password again."
  type        = number
  nullable    = false
}

variable "database_name" {
  description = "Database to create."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
