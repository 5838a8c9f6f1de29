variable "storage_account_name" {
  description = "Name of the storage account instead of the computed one. Fixed at the first apply."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9]{3,24})?$", var.storage_account_name))
    error_message = "storage_account_name must be empty or 3 to 24 lower-case letters and digits."
  }
}

variable "storage_allowed_ips" {
  description = "Public IPv4 addresses or ranges that may reach Blob storage besides the cluster."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition = alltrue([
      for ip in var.storage_allowed_ips :
      can(regex("^[0-9]{1,3}(\\.[0-9]{1,3}){3}(/([0-9]|[12][0-9]|30))?$", ip)) &&
      try(cidrhost(strcontains(ip, "/") ? ip : "${ip}/32", 0) == split("/", ip)[0], false) &&
      !can(regex("^(10|127|192\\.168|172\\.(1[6-9]|2[0-9]|3[01]))\\.", ip))
    ])
    error_message = "storage_allowed_ips must list public IPv4 addresses, or ranges without host bits up to /30: Azure refuses private addresses, /31 and /32 here."
  }
}

variable "blob_ttl_enabled" {
  description = "Delete trace payloads by age. Retention in LangSmith itself does not empty Blob storage."
  type        = bool
  nullable    = false
  default     = true
}

variable "blob_ttl_short_days" {
  description = "Age in days at which payloads of short retention (prefix ttl_s/) are deleted."
  type        = number
  nullable    = false
  default     = 14

  validation {
    condition     = var.blob_ttl_short_days >= 1 && var.blob_ttl_short_days <= 99999 && floor(var.blob_ttl_short_days) == var.blob_ttl_short_days
    error_message = "blob_ttl_short_days must be a whole number of days from 1 to 99999."
  }
}

variable "blob_ttl_long_days" {
  description = "Age in days at which payloads of long retention (prefix ttl_l/) are deleted."
  type        = number
  nullable    = false
  default     = 400

  validation {
    condition     = var.blob_ttl_long_days <= 99999 && floor(var.blob_ttl_long_days) == var.blob_ttl_long_days
    error_message = "blob_ttl_long_days must be a whole number of days up to 99999."
  }

  validation {
    condition     = var.blob_ttl_long_days >= var.blob_ttl_short_days
    error_message = "blob_ttl_long_days must not be below blob_ttl_short_days (${var.blob_ttl_short_days})."
  }
}

variable "keyvault_name" {
  description = "Name of the Key Vault instead of the computed one. Fixed at the first apply."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^([a-zA-Z](-?[a-zA-Z0-9])+)?$", var.keyvault_name)) && (var.keyvault_name == "" || length(var.keyvault_name) >= 3 && length(var.keyvault_name) <= 24)
    error_message = "keyvault_name must be empty or 3 to 24 letters, digits and single hyphens, start with a letter and not end with a hyphen."
  }
}

variable "keyvault_default_action" {
  description = "What the vault's firewall does with callers that neither keyvault_allowed_ips nor the AKS subnet covers."
  type        = string
  nullable    = false
  default     = "Deny"

  validation {
    condition     = contains(["Deny", "Allow"], var.keyvault_default_action)
    error_message = "keyvault_default_action must be Deny or Allow."
  }
}

variable "keyvault_allowed_ips" {
  description = "Public IPv4 addresses or ranges that may reach the vault besides the cluster. The machine that applies must be among them while the firewall denies."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition = alltrue([
      for ip in var.keyvault_allowed_ips :
      can(regex("^[0-9]{1,3}(\\.[0-9]{1,3}){3}(/[0-9]+)?$", ip)) &&
      try(cidrhost(strcontains(ip, "/") ? ip : "${ip}/32", 0) == split("/", ip)[0], false) &&
      !can(regex("^(10|127|192\\.168|172\\.(1[6-9]|2[0-9]|3[01]))\\.", ip))
    ])
    error_message = "keyvault_allowed_ips must list public IPv4 addresses, or ranges without host bits: Azure refuses private addresses here."
  }
}

variable "keyvault_purge_protection" {
  description = "Keep a deleted vault for its whole retention period. Azure never lets it be switched off again."
  type        = bool
  nullable    = false
  default     = true
}

variable "keyvault_soft_delete_retention_days" {
  description = "Days a deleted vault or secret can be recovered. Fixed at the first apply."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = var.keyvault_soft_delete_retention_days >= 7 && var.keyvault_soft_delete_retention_days <= 90 && floor(var.keyvault_soft_delete_retention_days) == var.keyvault_soft_delete_retention_days
    error_message = "keyvault_soft_delete_retention_days must be a whole number from 7 to 90."
  }
}

variable "secret_versions" {
  description = "Key Vault secret name -> version to write, 1 where absent. Raising a number writes the value that came with this run; nothing else ever rewrites a secret."
  type        = map(number)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.secret_versions), local.secret_names)) == 0
    error_message = "secret_versions may only name secrets of this deployment: ${join(", ", local.secret_names)}."
  }

  validation {
    condition     = alltrue([for version in values(var.secret_versions) : version >= 1 && floor(version) == version])
    error_message = "secret_versions must be whole numbers of at least 1."
  }
}
