mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_license_key_with_a_line_break_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_license_key = "value\n"
  }

  expect_failures = [var.langsmith_license_key]
}

run "an_admin_password_with_a_line_break_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_admin_password = "value\n"
  }

  expect_failures = [var.langsmith_admin_password]
}

run "an_admin_email_with_a_line_break_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_admin_email = "value\n"
  }

  expect_failures = [var.langsmith_admin_email]
}

run "an_api_key_salt_with_a_line_break_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_api_key_salt = "value\n"
  }

  expect_failures = [var.langsmith_api_key_salt]
}

run "a_jwt_secret_with_a_line_break_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_jwt_secret = "value\n"
  }

  expect_failures = [var.langsmith_jwt_secret]
}

run "a_postgres_password_with_a_line_break_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    postgres_admin_password = "value\n"
  }

  expect_failures = [var.postgres_admin_password]
}

run "a_clickhouse_password_with_a_line_break_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_password = "value\n"
  }

  expect_failures = [var.clickhouse_password]
}

run "an_empty_license_key_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_license_key = ""
  }

  expect_failures = [var.langsmith_license_key]
}

run "a_deployments_encryption_key_in_the_wrong_base64_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_deployments_encryption_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
  }

  expect_failures = [var.langsmith_deployments_encryption_key]
}

run "an_agent_builder_encryption_key_in_the_wrong_base64_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_agent_builder_encryption_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
  }

  expect_failures = [var.langsmith_agent_builder_encryption_key]
}

run "an_insights_encryption_key_in_the_wrong_base64_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_insights_encryption_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
  }

  expect_failures = [var.langsmith_insights_encryption_key]
}

run "a_polly_encryption_key_in_the_wrong_base64_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_polly_encryption_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/="
  }

  expect_failures = [var.langsmith_polly_encryption_key]
}
