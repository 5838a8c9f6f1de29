mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_license_key_with_a_line_break_and_an_admin_password_with_a_line_break_and_an_admin_email_with_a_line_break_and_an_api_key_salt_with_a_line_break_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_license_key    = "value\n"
    langsmith_admin_password = "value\n"
    langsmith_admin_email    = "value\n"
    langsmith_api_key_salt   = "value\n"
  }

  expect_failures = [
    var.langsmith_license_key,
    var.langsmith_admin_password,
    var.langsmith_admin_email,
    var.langsmith_api_key_salt,
  ]
}

run "a_jwt_secret_with_a_line_break_and_a_postgres_password_with_a_line_break_and_a_clickhouse_password_with_a_line_break_and_an_empty_license_key_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_jwt_secret    = "value\n"
    postgres_admin_password = "value\n"
    clickhouse_password     = "value\n"
    langsmith_license_key   = ""
  }

  expect_failures = [
    var.langsmith_jwt_secret,
    var.postgres_admin_password,
    var.clickhouse_password,
    var.langsmith_license_key,
  ]
}

run "a_deployments_encryption_key_in_the_wrong_base64_and_an_agent_builder_encryption_key_in_the_wrong_base64_and_an_insights_encryption_key_in_the_wrong_base64_and_a_polly_encryption_key_in_the_wrong_base64_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_deployments_encryption_key   = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
    langsmith_agent_builder_encryption_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
    langsmith_insights_encryption_key      = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
    langsmith_polly_encryption_key         = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
  }

  expect_failures = [
    var.langsmith_deployments_encryption_key,
    var.langsmith_agent_builder_encryption_key,
    var.langsmith_insights_encryption_key,
    var.langsmith_polly_encryption_key,
  ]
}
