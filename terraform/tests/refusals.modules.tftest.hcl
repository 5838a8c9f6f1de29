mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "settings_of_modules_in_the_wrong_shape_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_waf                           = true
    create_diagnostics                   = true
    waf_mode                             = "Block"
    log_retention_days                   = 29
    ingress_ip                           = "203.0.113.300"
    application_gateway_certificate_name = "our.certificate"
  }

  expect_failures = [
    var.waf_mode,
    var.log_retention_days,
    var.ingress_ip,
    var.application_gateway_certificate_name,
  ]
}

run "a_gateway_name_is_refused_as_its_id" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_waf             = true
    create_diagnostics     = true
    application_gateway_id = "ours"
  }

  expect_failures = [var.application_gateway_id]
}

run "t014_settings_of_modules_that_are_off_are_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    application_gateway_certificate_name = "ours"
    ingress_ip                           = "203.0.113.9"
    dns_zone_name                        = "example.com"
    langsmith_domain                     = "langsmith.example.com"
  }

  expect_failures = [
    var.application_gateway_certificate_name,
    var.ingress_ip,
    var.dns_zone_name,
  ]
}

run "t014_a_gateway_without_a_policy_for_it_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    application_gateway_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/applicationGateways/ours"
  }

  expect_failures = [var.application_gateway_id]
}

run "t163_a_zone_without_a_domain_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_dns_zone = true
  }

  expect_failures = [var.create_dns_zone]
}

run "dns01_without_a_zone_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "dns01"
    langsmith_domain       = "langsmith.example.com"
  }

  expect_failures = [var.create_dns_zone]
}

run "a_zone_of_another_domain_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_dns_zone  = true
    langsmith_domain = "langsmith.example.com"
    dns_zone_name    = "example.org"
  }

  expect_failures = [var.dns_zone_name]
}

run "a_zone_of_a_single_label_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_dns_zone  = true
    langsmith_domain = "langsmith.example.com"
    dns_zone_name    = "com"
  }

  expect_failures = [var.dns_zone_name]
}
