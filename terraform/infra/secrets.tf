locals {
  # Key Vault secret name -> the variable that carries its value. The values stay ephemeral: they reach the provider as
  # write-only arguments and are in neither state nor plan.
  secret_values = {
    langsmith-license-key                  = var.langsmith_license_key
    langsmith-admin-password               = var.langsmith_admin_password
    langsmith-admin-email                  = var.langsmith_admin_email
    langsmith-api-key-salt                 = var.langsmith_api_key_salt
    langsmith-jwt-secret                   = var.langsmith_jwt_secret
    langsmith-deployments-encryption-key   = var.langsmith_deployments_encryption_key
    langsmith-agent-builder-encryption-key = var.langsmith_agent_builder_encryption_key
    langsmith-insights-encryption-key      = var.langsmith_insights_encryption_key
    langsmith-polly-encryption-key         = var.langsmith_polly_encryption_key
    postgres-admin-password                = var.postgres_admin_password
    clickhouse-password                    = var.clickhouse_password
  }

  # Every deployment has all of them: which secrets exist never depends on which values happen to be at hand.
  secret_names = keys(local.secret_values)

  secret_versions = { for name in local.secret_names : name => lookup(var.secret_versions, name, 1) }
}
