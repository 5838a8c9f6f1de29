# Outputs of terraform/infra, in infra.auto.tfvars.json. The action writes that file; README.md says how to do it by hand.

variable "subscription_id" {
  description = "Subscription of the Key Vault."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", var.subscription_id))
    error_message = "subscription_id must be a GUID."
  }
}

variable "keyvault_id" {
  description = "ARM id of the Key Vault that holds every secret."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.KeyVault/vaults/[^/]+$", var.keyvault_id))
    error_message = "keyvault_id must be the ARM id of a Key Vault."
  }
}

variable "langsmith_namespace" {
  description = "Namespace of LangSmith."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.langsmith_namespace))
    error_message = "langsmith_namespace must be a DNS label: 1 to 63 lower-case letters, digits and hyphens."
  }
}

variable "langsmith_release_name" {
  description = "Name of the LangSmith release."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$", var.langsmith_release_name))
    error_message = "langsmith_release_name must have 1 to 53 lower-case letters, digits and hyphens."
  }
}
