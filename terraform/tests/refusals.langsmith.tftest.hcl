mock_provider "azurerm" {
  source = "./tests/mocks"
}

run "a_namespace_kubernetes_would_refuse_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_namespace = "Langsmith"
  }

  expect_failures = [var.langsmith_namespace]
}

run "a_release_name_that_leaves_no_room_for_its_service_accounts_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_release_name = "langsmith-for-all-of-our-many-teams"
  }

  expect_failures = [var.langsmith_release_name]
}

run "a_release_name_that_ends_in_a_hyphen_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_release_name = "langsmith-"
  }

  expect_failures = [var.langsmith_release_name]
}

run "a_release_name_the_chart_would_extend_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_release_name = "tracing"
  }

  expect_failures = [var.langsmith_release_name]
}

run "a_url_is_refused_as_a_domain" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_domain = "https://langsmith.example.com"
  }

  expect_failures = [var.langsmith_domain]
}

run "a_domain_of_azure_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_domain = "ours.eastus.cloudapp.azure.com"
  }

  expect_failures = [var.langsmith_domain]
}

run "t163_t187_dns01_without_a_domain_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "dns01"
  }

  expect_failures = [var.langsmith_domain]
}

run "a_label_with_a_dot_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    dns_label = "lang.smith"
  }

  expect_failures = [var.dns_label]
}

run "a_label_that_nothing_would_carry_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "none"
    tls_certificate_source = "existing"
    langsmith_domain       = "langsmith.example.com"
  }

  expect_failures = [var.dns_label]
}

run "an_unknown_ingress_controller_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "traefik"
    tls_certificate_source = "existing"
  }

  expect_failures = [var.ingress_controller]
}

run "a_revision_that_is_a_version_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "istio-addon"
    tls_certificate_source = "none"
    istio_addon_revision   = "1.29.1"
  }

  expect_failures = [var.istio_addon_revision]
}

run "t053_the_istio_addon_without_a_revision_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "istio-addon"
    tls_certificate_source = "none"
  }

  expect_failures = [var.istio_addon_revision]
}

run "a_revision_without_the_istio_addon_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    istio_addon_revision = "asm-1-29"
  }

  expect_failures = [var.istio_addon_revision]
}

run "an_unknown_certificate_source_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    tls_certificate_source = "self-signed"
  }

  expect_failures = [var.tls_certificate_source]
}

run "t173_a_certificate_over_http_is_refused_with_the_istio_addon" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller   = "istio-addon"
    istio_addon_revision = "asm-1-29"
  }

  expect_failures = [var.tls_certificate_source]
}

run "t173_a_certificate_over_http_is_refused_without_an_ingress" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller = "none"
    dns_label          = ""
    langsmith_domain   = "langsmith.example.com"
  }

  expect_failures = [var.tls_certificate_source]
}

run "a_contact_that_is_no_address_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    letsencrypt_email = "operator"
  }

  expect_failures = [var.letsencrypt_email]
}

run "letsencrypt_without_a_contact_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    letsencrypt_email = ""
  }

  expect_failures = [var.letsencrypt_email]
}

run "dns01_without_a_contact_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    letsencrypt_email      = ""
    tls_certificate_source = "dns01"
    create_dns_zone        = true
    langsmith_domain       = "langsmith.example.com"
    ingress_ip             = "203.0.113.20"
  }

  expect_failures = [var.letsencrypt_email]
}

run "an_unknown_sizing_profile_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    sizing_profile = "small"
  }

  expect_failures = [var.sizing_profile]
}

run "the_istio_addon_with_dns01_is_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "istio-addon"
    istio_addon_revision   = "asm-1-29"
    tls_certificate_source = "dns01"
    create_dns_zone        = true
    ingress_ip             = "203.0.113.20"
    langsmith_domain       = "langsmith.example.com"
  }
}

run "t157_ones_own_ingress_and_certificate_are_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "none"
    tls_certificate_source = "existing"
    langsmith_domain       = "langsmith.example.com"
    dns_label              = ""
    letsencrypt_email      = ""
  }
}

run "t196_ones_own_ingress_names_the_namespaces_to_let_in" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "none"
    ingress_namespaces     = ["traefik"]
    tls_certificate_source = "existing"
    langsmith_domain       = "langsmith.example.com"
    dns_label              = ""
    letsencrypt_email      = ""
  }

  assert {
    condition     = tolist(output.ingress_namespaces) == tolist(["traefik"])
    error_message = "The platform must learn whom to let in."
  }
}

run "namespaces_to_let_in_are_refused_beside_an_ingress_controller" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_namespaces = ["traefik"]
  }

  expect_failures = [var.ingress_namespaces]
}

run "a_namespace_that_is_no_name_is_refused" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    ingress_controller     = "none"
    ingress_namespaces     = ["Traefik"]
    tls_certificate_source = "existing"
    langsmith_domain       = "langsmith.example.com"
    dns_label              = ""
    letsencrypt_email      = ""
  }

  expect_failures = [var.ingress_namespaces]
}

run "a_release_name_of_34_characters_is_accepted" {
  command = plan

  module {
    source = "./infra"
  }

  variables {
    langsmith_release_name = "langsmith-for-all-of-our-nice-team"
  }
}
