mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "t193_t195_a_firewall_alone_makes_its_gateway_and_warns_that_nobody_watches" {
  command = apply

  module {
    source = "./infra"
  }

  variables {
    create_waf = true
  }

  assert {
    condition     = output.application_gateway_id != "" && output.waf_attach_command == "" && contains(keys(output.names), "application_gateway_subnet")
    error_message = "the gateway has no place"
  }

  expect_failures = [check.waf_is_observed]
}

run "t193_a_gateway_that_was_given_is_named_with_what_attaches_the_policy" {
  command = apply

  module {
    source = "./infra"
  }

  variables {
    create_waf             = true
    application_gateway_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/applicationGateways/ours"
  }

  assert {
    condition     = endswith(output.application_gateway_id, "/applicationGateways/ours") && strcontains(output.waf_attach_command, "--ids ${output.application_gateway_id} --set firewallPolicy.id=${output.waf_policy_id}") && !contains(keys(output.names), "application_gateway")
    error_message = "the policy would stay unattached"
  }
}

run "diagnostics_alone" {
  command = apply

  module {
    source = "./infra"
  }

  variables {
    create_diagnostics = true
  }

  assert {
    condition     = endswith(output.log_analytics_workspace_id, "/workspaces/langsmith-logs")
    error_message = "there is no workspace"
  }
}

run "bastion_alone" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_bastion = true
  }

  assert {
    condition     = output.bastion_name == "langsmith-bastion" && output.names.bastion_subnet == "AzureBastionSubnet"
    error_message = "there is no bastion"
  }
}

run "t163_a_zone_alone_is_that_of_the_domain" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_dns_zone  = true
    langsmith_domain = "langsmith.example.com"
    ingress_ip       = "203.0.113.9"
  }

  assert {
    condition     = output.dns_zone_name == "langsmith.example.com" && local.dns_record_name == "@" && output.cert_manager_identity_client_id == ""
    error_message = "the zone is not that of the domain"
  }
}

run "t135_dns01_plans_before_anything_exists" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "dns01"
    langsmith_domain       = "langsmith.example.com"
    dns_zone_name          = "example.com"
    create_dns_zone        = true
  }

  assert {
    condition     = output.dns_zone_name == "example.com" && local.dns_record_name == "langsmith" && contains(keys(output.names), "cert_manager_identity")
    error_message = "cert-manager cannot prove the domain"
  }
}

run "a_record_below_the_zone_is_an_alias_of_azures_name_and_needs_no_address" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "dns01"
    langsmith_domain       = "langsmith.example.com"
    dns_zone_name          = "example.com"
    create_dns_zone        = true
    dns_label              = "langsmith-demo"
  }

  assert {
    condition     = output.dns_record == "langsmith-demo.${var.location}.cloudapp.azure.com" && output.langsmith_hostname == "langsmith.example.com" && !local.has_address_record
    error_message = "the record does not lead to the ingress before its address is known"
  }
}

run "an_address_that_is_given_takes_the_place_of_the_alias" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "dns01"
    langsmith_domain       = "langsmith.example.com"
    dns_zone_name          = "example.com"
    create_dns_zone        = true
    dns_label              = "langsmith-demo"
    ingress_ip             = "203.0.113.9"
  }

  assert {
    condition     = output.dns_record == "203.0.113.9" && local.dns_record_alias == ""
    error_message = "the record is not the address"
  }
}

run "the_zones_own_name_is_no_alias_and_its_record_waits_for_the_address" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "dns01"
    langsmith_domain       = "langsmith.example.com"
    create_dns_zone        = true
    dns_label              = "langsmith-demo"
  }

  expect_failures = [check.the_domain_has_a_record]

  assert {
    condition     = output.dns_record == ""
    error_message = "an alias stands at the name of the zone, which Azure refuses"
  }
}

run "every_module_together_in_production" {
  command = apply

  module {
    source = "./infra"
  }

  variables {
    create_waf             = true
    create_diagnostics     = true
    create_bastion         = true
    create_dns_zone        = true
    tls_certificate_source = "dns01"
    langsmith_domain       = "langsmith.example.com"
    dns_zone_name          = "example.com"
    ingress_ip             = "203.0.113.9"
    postgres_source        = "external"
    redis_source           = "external"
  }

  assert {
    condition     = output.waf_policy_id != "" && output.bastion_name != "" && output.dns_zone_name == "example.com" && output.log_analytics_workspace_id != "" && output.postgres_host != "" && output.redis_host != ""
    error_message = "a module is missing"
  }

  assert {
    condition     = length([for name in keys(output.names) : name if endswith(name, "_subnet")]) == 5
    error_message = "a subnet is missing"
  }

  assert {
    condition     = output.cert_manager_identity_client_id == "cccccccc-1111-2222-3333-444444444444" && tolist(output.dns_nameservers) == tolist(["ns1-01.azure-dns.com."])
    error_message = "the outputs do not say whom to delegate to"
  }
}

run "a_certificate_on_the_gateway_makes_the_address_https" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    create_waf                           = true
    create_diagnostics                   = true
    tls_certificate_source               = "none"
    application_gateway_certificate_name = "langsmith"
  }

  assert {
    condition     = startswith(output.langsmith_url, "https://")
    error_message = "the address says http"
  }
}
