mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t001_a_subscription_name_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    subscription_id = "my-subscription"
  }

  expect_failures = [var.subscription_id]
}

run "t001_the_all_zero_placeholder_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    subscription_id = "00000000-0000-0000-0000-000000000000"
  }

  expect_failures = [var.subscription_id]
}

run "a_display_name_of_a_region_and_an_identifier_without_its_hyphen_and_a_salt_with_capitals_and_an_empty_environment_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    location    = "East US"
    identifier  = "prod"
    name_salt   = "Again"
    environment = ""
  }

  expect_failures = [
    var.location,
    var.identifier,
    var.name_salt,
    var.environment,
  ]
}

run "an_identifier_with_a_double_hyphen_and_an_owner_longer_than_a_tag_and_a_cost_center_longer_than_a_tag_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    identifier  = "-a--b"
    owner       = join("", [for i in range(257) : "a"])
    cost_center = join("", [for i in range(257) : "4"])
  }

  expect_failures = [
    var.identifier,
    var.owner,
    var.cost_center,
  ]
}

run "a_tag_with_a_variable_of_its_own_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tags = { owner = "someone" }
  }

  expect_failures = [var.tags]
}

run "a_tag_name_azure_forbids_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tags = { "a/b" = "c" }
  }

  expect_failures = [var.tags]
}

run "more_tags_than_azure_keeps_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tags = { for i in range(41) : "tag${i}" => "x" }
  }

  expect_failures = [var.tags]
}

run "unusual_but_legal_settings_are_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    subscription_id = "ABCDEF01-0000-0000-0000-000000000000"
    location        = "westus2"
    identifier      = "-a-b"
    name_salt       = "2"
    environment     = "Pre prod"
    tags            = { "cost.unit" = "" }
  }
}
