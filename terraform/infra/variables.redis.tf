variable "redis_source" {
  description = "Where Redis runs: as a pod of the chart, or as a cache of Azure in the virtual network."
  type        = string
  nullable    = false
  default     = "in-cluster"

  validation {
    condition     = contains(["in-cluster", "external"], var.redis_source)
    error_message = "redis_source must be in-cluster or external."
  }
}

variable "redis_kind" {
  description = "Which of Azure's caches: managed is Azure Managed Redis behind a private endpoint, premium the classic cache injected into the subnet, which Azure refuses to new customers and switches off in 2028. A change replaces the cache."
  type        = string
  nullable    = false
  default     = "managed"

  validation {
    condition     = contains(["managed", "premium"], var.redis_kind)
    error_message = "redis_kind must be managed or premium."
  }
}

variable "redis_name" {
  description = "Name of the cache instead of the computed one. Fixed at the first apply."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9](-?[a-z0-9])*)?$", var.redis_name)) && (var.redis_name == "" || length(var.redis_name) >= 3 && length(var.redis_name) <= 60)
    error_message = "redis_name must be empty or 3 to 60 lower-case letters, digits and single hyphens, and start and end with a letter or digit."
  }
}

variable "redis_sku_name" {
  description = "Size of a managed cache. Balanced_B0 often fails to allocate and has no replica."
  type        = string
  nullable    = false
  default     = "Balanced_B1"

  validation {
    condition     = can(regex("^(Balanced_B|MemoryOptimized_M|ComputeOptimized_X|FlashOptimized_A)[0-9]+$", var.redis_sku_name))
    error_message = "redis_sku_name must be Balanced_B, MemoryOptimized_M, ComputeOptimized_X or FlashOptimized_A and a number, for example \"Balanced_B1\"."
  }
}

variable "redis_high_availability" {
  description = "Keep a replica of a managed cache. Without one it loses its data at every maintenance; a change replaces it."
  type        = bool
  nullable    = false
  default     = true

  validation {
    condition     = !var.redis_high_availability || var.redis_sku_name != "Balanced_B0"
    error_message = "redis_high_availability must be false with redis_sku_name Balanced_B0, which has no replica: set redis_sku_name to Balanced_B1 or larger."
  }
}

variable "redis_location" {
  description = "Region of a managed cache, for when location has no capacity; empty takes location. The private endpoint stays in the virtual network. A change replaces the cache."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9]+)?$", var.redis_location))
    error_message = "redis_location must be empty or a region's short name such as \"eastus2\"."
  }

  validation {
    condition     = var.redis_location == "" || var.redis_kind == "managed" && var.redis_source == "external"
    error_message = "redis_location must be empty unless redis_source is external and redis_kind is managed: a premium cache lives in the subnet, and so in location."
  }
}

variable "redis_premium_capacity" {
  description = "Size of a premium cache: 1 (6 GB), 2 (13 GB), 3 (26 GB), 4 (53 GB) or 5 (120 GB)."
  type        = number
  nullable    = false
  default     = 2

  validation {
    condition     = contains([1, 2, 3, 4, 5], var.redis_premium_capacity)
    error_message = "redis_premium_capacity must be 1, 2, 3, 4 or 5."
  }
}

variable "redis_private_dns_zone_id" {
  description = "Private DNS zone privatelink.redis.azure.net to use instead of creating one, for networks where a central zone is linked already; it must be linked to the virtual network. Empty creates zone and link."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.redis_private_dns_zone_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/privateDnsZones/privatelink\\.redis\\.azure\\.net$", var.redis_private_dns_zone_id))
    error_message = "redis_private_dns_zone_id must be empty or the resource id of a private DNS zone named privatelink.redis.azure.net."
  }

  validation {
    condition     = var.redis_private_dns_zone_id == "" || var.redis_source == "external" && var.redis_kind == "managed"
    error_message = "redis_private_dns_zone_id must be empty unless redis_source is external and redis_kind is managed: nothing would use it."
  }
}
