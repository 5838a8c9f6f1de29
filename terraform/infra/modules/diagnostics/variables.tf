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

variable "workspace_name" {
  description = "Name of the Log Analytics workspace."
  type        = string
  nullable    = false
}

variable "retention_days" {
  description = "Days logs are kept."
  type        = number
  nullable    = false
}

variable "targets" {
  description = "What to watch, by a name for the setting."
  type = map(object({
    resource_id = string
    logs        = list(string)
    metrics     = list(string)
  }))
  nullable = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
