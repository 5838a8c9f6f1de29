variable "subscription_id" {
  description = "Azure subscription to deploy into."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", var.subscription_id)) && can(regex("[1-9a-fA-F]", var.subscription_id))
    error_message = "subscription_id must be the subscription's GUID, as in `az account show --query id`, not its name and not the all-zero placeholder."
  }
}

variable "location" {
  description = "Azure region of everything, by its short name."
  type        = string
  nullable    = false
  default     = "eastus"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]+$", var.location))
    error_message = "location must be a region's short name such as \"eastus\" or \"westeurope\" (`az account list-locations --query [].name`), not its display name."
  }
}

variable "identifier" {
  description = "Suffix of every name, which lets several deployments share a subscription. Fixed at the first apply: a new suffix is a new deployment."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^(-[a-z0-9]+)*$", var.identifier))
    error_message = "identifier must be empty or start with a hyphen and hold lower-case letters, digits and single hyphens, for example \"-prod\"."
  }
}

variable "name_salt" {
  description = "Changes the hash in the worldwide names (storage account, Key Vault) and nothing else: the way out when a name is held by a soft-deleted vault."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^[a-z0-9-]{0,32}$", var.name_salt))
    error_message = "name_salt must be empty or at most 32 lower-case letters, digits and hyphens."
  }
}

variable "environment" {
  description = "Value of the tag `environment`."
  type        = string
  nullable    = false
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$", var.environment))
    error_message = "environment must be 1 to 64 letters, digits, spaces, dots, underscores and hyphens, and start with a letter or digit."
  }
}

variable "owner" {
  description = "Value of the tag `owner`; empty leaves the tag out."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = length(var.owner) <= 256
    error_message = "owner must have at most 256 characters, the limit of an Azure tag value."
  }
}

variable "cost_center" {
  description = "Value of the tag `cost_center`; empty leaves the tag out."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = length(var.cost_center) <= 256
    error_message = "cost_center must have at most 256 characters, the limit of an Azure tag value."
  }
}

variable "tags" {
  description = "Further tags on every resource."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.tags), ["environment", "project", "managed_by", "owner", "cost_center", "module"])) == 0
    error_message = "tags must not set environment, project, managed_by, owner, cost_center or module: those have their own variables or are fixed."
  }

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for name, value in var.tags : can(regex("^[^<>%&\\\\?/]{1,128}$", name)) && length(value) <= 256])
    error_message = "tags must hold at most 40 entries with names of 1 to 128 characters without < > % & \\ ? / and values of at most 256 characters."
  }
}
