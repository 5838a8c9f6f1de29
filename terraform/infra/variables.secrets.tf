# Secrets. Each is the Key Vault secret of the same name with hyphens for underscores. They are ephemeral: every plan, that of a
# destroy too, needs the values (null is refused by name), yet one is written only when its secret is new or its number in
# secret_versions rises.

variable "langsmith_license_key" {
  description = "LangSmith licence key."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_license_key == null || try(var.langsmith_license_key != "" && trimspace(var.langsmith_license_key) == var.langsmith_license_key, false)
    error_message = "langsmith_license_key must not be empty and must not start or end with white space or a line break."
  }
}

variable "langsmith_admin_password" {
  description = "Password of the first organisation's administrator, used at the first sign-in only."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_admin_password == null || try(var.langsmith_admin_password != "" && trimspace(var.langsmith_admin_password) == var.langsmith_admin_password, false)
    error_message = "langsmith_admin_password must not be empty and must not start or end with white space or a line break."
  }
}

variable "langsmith_admin_email" {
  description = "E-mail address the first organisation's administrator signs in with."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_admin_email == null || try(var.langsmith_admin_email != "" && trimspace(var.langsmith_admin_email) == var.langsmith_admin_email, false)
    error_message = "langsmith_admin_email must not be empty and must not start or end with white space or a line break."
  }
}

variable "langsmith_api_key_salt" {
  description = "Salt of the API key hashes. Changing it invalidates every API key."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_api_key_salt == null || try(var.langsmith_api_key_salt != "" && trimspace(var.langsmith_api_key_salt) == var.langsmith_api_key_salt, false)
    error_message = "langsmith_api_key_salt must not be empty and must not start or end with white space or a line break."
  }
}

variable "langsmith_jwt_secret" {
  description = "Signs sessions. Changing it signs everybody out."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_jwt_secret == null || try(var.langsmith_jwt_secret != "" && trimspace(var.langsmith_jwt_secret) == var.langsmith_jwt_secret, false)
    error_message = "langsmith_jwt_secret must not be empty and must not start or end with white space or a line break."
  }
}

variable "langsmith_deployments_encryption_key" {
  description = "Encrypts the secrets of agent deployments. What was written under another key cannot be read again."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_deployments_encryption_key == null || can(regex("^[A-Za-z0-9_-]{43}=$", var.langsmith_deployments_encryption_key))
    error_message = "langsmith_deployments_encryption_key must be a Fernet key: 32 random bytes in URL-safe base64, 44 characters ending in \"=\"."
  }
}

variable "langsmith_agent_builder_encryption_key" {
  description = "Encrypts the data of Agent Builder. What was written under another key cannot be read again."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_agent_builder_encryption_key == null || can(regex("^[A-Za-z0-9_-]{43}=$", var.langsmith_agent_builder_encryption_key))
    error_message = "langsmith_agent_builder_encryption_key must be a Fernet key: 32 random bytes in URL-safe base64, 44 characters ending in \"=\"."
  }
}

variable "langsmith_insights_encryption_key" {
  description = "Encrypts the data of Insights. What was written under another key cannot be read again."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_insights_encryption_key == null || can(regex("^[A-Za-z0-9_-]{43}=$", var.langsmith_insights_encryption_key))
    error_message = "langsmith_insights_encryption_key must be a Fernet key: 32 random bytes in URL-safe base64, 44 characters ending in \"=\"."
  }
}

variable "langsmith_polly_encryption_key" {
  description = "Encrypts the data of Polly. What was written under another key cannot be read again."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.langsmith_polly_encryption_key == null || can(regex("^[A-Za-z0-9_-]{43}=$", var.langsmith_polly_encryption_key))
    error_message = "langsmith_polly_encryption_key must be a Fernet key: 32 random bytes in URL-safe base64, 44 characters ending in \"=\"."
  }
}

variable "postgres_admin_password" {
  description = "Password of the PostgreSQL administrator."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.postgres_admin_password == null || try(var.postgres_admin_password != "" && trimspace(var.postgres_admin_password) == var.postgres_admin_password, false)
    error_message = "postgres_admin_password must not be empty and must not start or end with white space or a line break."
  }

  # Azure's own rule, which it states only after everything else has been built.
  validation {
    condition = var.postgres_source != "external" || var.postgres_admin_password == null || try(
      length(var.postgres_admin_password) >= 8 && length(var.postgres_admin_password) <= 128 &&
      length([for class in ["[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"] : class if can(regex(class, var.postgres_admin_password))]) >= 3 &&
      !strcontains(lower(var.postgres_admin_password), lower(var.postgres_admin_username)),
      false
    )
    error_message = "postgres_admin_password must have 8 to 128 characters of three kinds out of lower case, upper case, digits and symbols, and must not contain postgres_admin_username."
  }
}

variable "clickhouse_password" {
  description = "Password of ClickHouse."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = var.clickhouse_password == null || try(var.clickhouse_password != "" && trimspace(var.clickhouse_password) == var.clickhouse_password, false)
    error_message = "clickhouse_password must not be empty and must not start or end with white space or a line break."
  }
}
