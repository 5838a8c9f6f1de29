variable "kubeconfig" {
  description = "Path of the kubeconfig of the cluster."
  type        = string
  nullable    = false
  ephemeral   = true
}

variable "kube_context" {
  description = "Context in that file. Null: its current one."
  type        = string
  default     = null
}

variable "values_directory" {
  description = "Folder that holds what is deployed, relative to this root: releases.yaml, secrets.yaml and the values files. No file in it holds a secret."
  type        = string
  nullable    = false
  default     = "values"

  validation {
    condition     = fileexists("${path.module}/${var.values_directory}/releases.yaml") && fileexists("${path.module}/${var.values_directory}/secrets.yaml")
    error_message = "values_directory must hold releases.yaml and secrets.yaml. The action writes them; README.md says how to get them by hand."
  }
}

variable "secret_values" {
  description = "Values of the secrets that are not in Key Vault, by name: the key of an Azure cache."
  type        = map(string)
  nullable    = false
  default     = {}
  ephemeral   = true
  sensitive   = true
}

variable "secret_revisions" {
  description = "Kubernetes Secret -> number. Its data is written when the Secret is new or this number changes, and at no other time: raise it when a value changed in Key Vault."
  type        = map(number)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for revision in values(var.secret_revisions) : revision >= 1 && floor(revision) == revision])
    error_message = "secret_revisions must be whole numbers from 1."
  }
}

variable "langsmith_values_revision" {
  description = "Raise it with every change of the LangSmith release: chart values that are secret are handed over only when it rises, and an upgrade without them is refused by the chart."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.langsmith_values_revision >= 1 && floor(var.langsmith_values_revision) == var.langsmith_values_revision
    error_message = "langsmith_values_revision must be a whole number from 1."
  }
}

variable "timeout_minutes" {
  description = "Bound of each Helm hook and of each wait for an add-on."
  type        = number
  nullable    = false
  default     = 20

  validation {
    condition     = var.timeout_minutes >= 1 && var.timeout_minutes <= 120
    error_message = "timeout_minutes must be from 1 to 120."
  }
}
