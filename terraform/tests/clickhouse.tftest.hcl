mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t227_an_external_clickhouse_without_its_address_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_source = "external"
  }

  expect_failures = [var.clickhouse_host]
}

run "t014_an_address_of_a_clickhouse_that_runs_in_the_cluster_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_host = "ch.example.com"
  }

  expect_failures = [var.clickhouse_host]
}

run "a_clickhouse_address_with_a_scheme_and_settings_that_cannot_be_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_source      = "external"
    clickhouse_host        = "https://ch.example.com:8443"
    clickhouse_native_port = 65536
    clickhouse_username    = ""
    clickhouse_database    = "lang-smith"
  }

  expect_failures = [var.clickhouse_host, var.clickhouse_native_port, var.clickhouse_username, var.clickhouse_database]
}

run "one_port_for_both_protocols_of_clickhouse_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_source = "external"
    clickhouse_host   = "ch.example.com"
    clickhouse_port   = 9440
  }

  expect_failures = [var.clickhouse_native_port]
}

run "ports_of_clickhouse_that_are_no_whole_numbers_and_a_user_that_would_tear_a_url_apart_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_source   = "external"
    clickhouse_host     = "ch.example.com"
    clickhouse_port     = 8443.5
    clickhouse_username = "lang@smith"
  }

  expect_failures = [var.clickhouse_port, var.clickhouse_username]
}

run "t228_the_outputs_say_everything_about_an_external_clickhouse_but_its_password" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    clickhouse_source   = "external"
    clickhouse_host     = "ch.example.com"
    clickhouse_port     = 443
    clickhouse_username = "langsmith"
  }

  assert {
    condition = (
      output.clickhouse_source == "external" &&
      output.clickhouse_host == "ch.example.com" &&
      output.clickhouse_port == 443 &&
      output.clickhouse_native_port == 9440 &&
      output.clickhouse_username == "langsmith" &&
      output.clickhouse_database == "default" &&
      output.clickhouse_tls
    )
    error_message = "the outputs do not say how to reach ClickHouse"
  }
}

run "a_clickhouse_in_the_cluster_has_no_address_in_the_outputs" {
  command = plan

  module {
    source = "./infra"
  }

  assert {
    condition = (
      output.clickhouse_source == "in-cluster" &&
      output.clickhouse_host == "" &&
      output.clickhouse_port == 0 &&
      output.clickhouse_native_port == 0 &&
      output.clickhouse_username == "" &&
      output.clickhouse_database == "" &&
      !output.clickhouse_tls
    )
    error_message = "the outputs tell an address nobody may use"
  }
}
