variable "clickhouse_source" {
  description = "Where ClickHouse runs: as a pod of the chart, or at an address the user operates."
  type        = string
  nullable    = false
  default     = "in-cluster"

  validation {
    condition     = contains(["in-cluster", "external"], var.clickhouse_source)
    error_message = "clickhouse_source must be in-cluster or external."
  }
}

variable "clickhouse_host" {
  description = "Host name of an external ClickHouse, as pods in the virtual network resolve it."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*)?$", var.clickhouse_host))
    error_message = "clickhouse_host must be a host name or an IPv4 address, without scheme, port and path."
  }

  validation {
    condition     = var.clickhouse_source != "external" || var.clickhouse_host != ""
    error_message = "clickhouse_host must be set while clickhouse_source is external: nobody else knows the address."
  }

  validation {
    condition     = var.clickhouse_source != "in-cluster" || var.clickhouse_host == ""
    error_message = "clickhouse_host must be empty while clickhouse_source is in-cluster: nothing would use it."
  }
}

variable "clickhouse_port" {
  description = "HTTP port of an external ClickHouse; 8443 is usual with TLS, 8123 without."
  type        = number
  nullable    = false
  default     = 8443

  validation {
    condition     = var.clickhouse_port >= 1 && var.clickhouse_port <= 65535 && floor(var.clickhouse_port) == var.clickhouse_port
    error_message = "clickhouse_port must be a whole number from 1 to 65535."
  }
}

variable "clickhouse_native_port" {
  description = "Port of the native protocol of an external ClickHouse; 9440 is usual with TLS, 9000 without."
  type        = number
  nullable    = false
  default     = 9440

  validation {
    condition     = var.clickhouse_native_port >= 1 && var.clickhouse_native_port <= 65535 && floor(var.clickhouse_native_port) == var.clickhouse_native_port
    error_message = "clickhouse_native_port must be a whole number from 1 to 65535."
  }

  # Both protocols are used, and no server speaks both on one port.
  validation {
    condition     = var.clickhouse_native_port != var.clickhouse_port
    error_message = "clickhouse_native_port must differ from clickhouse_port (${var.clickhouse_port})."
  }
}

variable "clickhouse_username" {
  description = "Login of an external ClickHouse. Its password is the secret clickhouse-password."
  type        = string
  nullable    = false
  default     = "default"

  validation {
    condition     = can(regex("^[^\\s:@/]+$", var.clickhouse_username))
    error_message = "clickhouse_username must not be empty nor hold white space, \":\", \"@\" or \"/\"."
  }
}

variable "clickhouse_database" {
  description = "Database of LangSmith in an external ClickHouse."
  type        = string
  nullable    = false
  default     = "default"

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]*$", var.clickhouse_database))
    error_message = "clickhouse_database must be letters, digits and underscores and not start with a digit."
  }
}

variable "clickhouse_tls" {
  description = "Speak TLS to an external ClickHouse, on both ports."
  type        = bool
  nullable    = false
  default     = true
}
