variable "postgres_source" {
  description = "Where PostgreSQL runs: as a pod of the chart, or as Azure Database for PostgreSQL in the virtual network."
  type        = string
  nullable    = false
  default     = "in-cluster"

  validation {
    condition     = contains(["in-cluster", "external"], var.postgres_source)
    error_message = "postgres_source must be in-cluster or external."
  }
}

variable "postgres_name" {
  description = "Name of the PostgreSQL server instead of the computed one. Fixed at the first apply."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$", var.postgres_name)) && (var.postgres_name == "" || length(var.postgres_name) >= 3 && length(var.postgres_name) <= 63)
    error_message = "postgres_name must be empty or 3 to 63 lower-case letters, digits and hyphens, and start and end with a letter or digit."
  }
}

variable "postgres_version" {
  description = "PostgreSQL major version. Raising it upgrades the server in place: downtime, and no way back."
  type        = string
  nullable    = false
  default     = "16"

  validation {
    condition     = contains(["14", "15", "16", "17"], var.postgres_version)
    error_message = "postgres_version must be 14, 15, 16 or 17."
  }
}

variable "postgres_sku_name" {
  description = "Compute size of the PostgreSQL server: tier (B, GP or MO) and VM size."
  type        = string
  nullable    = false
  default     = "GP_Standard_D2ds_v5"

  validation {
    condition     = can(regex("^(B|GP|MO)_Standard_[A-Za-z0-9_]+$", var.postgres_sku_name))
    error_message = "postgres_sku_name must be a tier B, GP or MO and a VM size, for example \"GP_Standard_D2ds_v5\" (`az postgres flexible-server list-skus`)."
  }
}

variable "postgres_storage_mb" {
  description = "Storage of the PostgreSQL server in MiB. It can be raised and never lowered."
  type        = number
  nullable    = false
  default     = 32768

  validation {
    condition     = contains([32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4193280, 4194304, 8388608, 16777216, 33553408], var.postgres_storage_mb)
    error_message = "postgres_storage_mb must be one of the sizes Azure sells: 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4193280, 4194304, 8388608, 16777216 or 33553408."
  }
}

variable "postgres_backup_retention_days" {
  description = "Days any point in time of the PostgreSQL server can be restored."
  type        = number
  nullable    = false
  default     = 14

  validation {
    condition     = var.postgres_backup_retention_days >= 7 && var.postgres_backup_retention_days <= 35 && floor(var.postgres_backup_retention_days) == var.postgres_backup_retention_days
    error_message = "postgres_backup_retention_days must be a whole number from 7 to 35."
  }
}

variable "postgres_geo_redundant_backup" {
  description = "Keep backups in the paired region as well. Fixed when the server is made; not every region has a pair."
  type        = bool
  nullable    = false
  default     = false
}

variable "postgres_high_availability" {
  description = "Keep a standby of the PostgreSQL server in another zone, which doubles its price."
  type        = bool
  nullable    = false
  default     = false

  validation {
    condition     = !var.postgres_high_availability || !startswith(var.postgres_sku_name, "B_")
    error_message = "postgres_high_availability needs a postgres_sku_name of tier GP or MO: Azure has no standby for the tier B."
  }
}

variable "postgres_standby_availability_zone" {
  description = "Zone of the standby; empty leaves it to Azure."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = contains(["", "1", "2", "3"], var.postgres_standby_availability_zone)
    error_message = "postgres_standby_availability_zone must be empty, \"1\", \"2\" or \"3\"."
  }

  validation {
    condition     = var.postgres_standby_availability_zone == "" || var.postgres_high_availability
    error_message = "postgres_standby_availability_zone must be empty unless postgres_high_availability is true: it places the standby and does not ask for one."
  }

  # A pinned standby next to a primary wherever Azure put it can land in the same zone.
  validation {
    condition     = var.postgres_standby_availability_zone == "" || try(var.availability_zones[0], "") != "" && try(var.availability_zones[0], "") != var.postgres_standby_availability_zone
    error_message = "postgres_standby_availability_zone needs a primary pinned to another zone: the primary takes the first of availability_zones."
  }
}

variable "postgres_admin_username" {
  description = "Login of the PostgreSQL administrator, which LangSmith signs in with. Fixed when the server is made."
  type        = string
  nullable    = false
  default     = "langsmith"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.postgres_admin_username)) && !startswith(var.postgres_admin_username, "pg_") && !contains(["azure_superuser", "azure_pg_admin", "admin", "administrator", "root", "guest", "public"], var.postgres_admin_username)
    error_message = "postgres_admin_username must be 1 to 63 lower-case letters, digits and underscores, start with a letter, not start with pg_ and be none of azure_superuser, azure_pg_admin, admin, administrator, root, guest and public."
  }
}

variable "postgres_database_name" {
  description = "Database of LangSmith. Fixed when the server is made."
  type        = string
  nullable    = false
  default     = "langsmith"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.postgres_database_name)) && !contains(["postgres", "azure_maintenance", "azure_sys"], var.postgres_database_name)
    error_message = "postgres_database_name must be 1 to 63 lower-case letters, digits and underscores, start with a letter and be none of postgres, azure_maintenance and azure_sys."
  }
}

variable "postgres_private_dns_zone_id" {
  description = "Private DNS zone privatelink.postgres.database.azure.com to use instead of creating one, for networks where a central zone is linked already; it must be linked to the virtual network. Empty creates zone and link."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.postgres_private_dns_zone_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/privateDnsZones/privatelink\\.postgres\\.database\\.azure\\.com$", var.postgres_private_dns_zone_id))
    error_message = "postgres_private_dns_zone_id must be empty or the resource id of a private DNS zone named privatelink.postgres.database.azure.com."
  }

  validation {
    condition     = var.postgres_private_dns_zone_id == "" || var.postgres_source == "external"
    error_message = "postgres_private_dns_zone_id must be empty while postgres_source is in-cluster: nothing would use it."
  }
}
