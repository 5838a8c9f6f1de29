mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  resource_group_name = "langsmith-rg"
  location            = "eastus"
  policy_name         = "langsmith-waf"
  mode                = "Detection"
  gateway_enabled     = true
  gateway_name        = "langsmith-agw"
  public_ip_name      = "langsmith-agw-ip"
  identity_name       = "langsmith-agw-identity"
  subnet_id           = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway"
  hostname            = "langsmith.example.com"
  backend_address     = ""
  backend_tls_enabled = true
  keyvault_id         = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.KeyVault/vaults/langsmith-kv"
  keyvault_uri        = "https://langsmith-kv.vault.azure.net/"
  certificate_name    = ""
  tags                = { project = "langsmith" }
}

run "t193_the_gateway_carries_the_policy_and_has_the_tier_for_it" {
  command = apply

  module {
    source = "./infra/modules/waf"
  }

  assert {
    condition     = azurerm_application_gateway.this[0].firewall_policy_id == azurerm_web_application_firewall_policy.this.id && azurerm_application_gateway.this[0].force_firewall_policy_association && azurerm_application_gateway.this[0].sku[0].tier == "WAF_v2" && azurerm_application_gateway.this[0].sku[0].name == "WAF_v2"
    error_message = "policy and tier do not go together"
  }

  assert {
    condition     = { for set in azurerm_web_application_firewall_policy.this.managed_rules[0].managed_rule_set : set.type => set.version } == { OWASP = "3.2", Microsoft_BotManagerRuleSet = "1.0" }
    error_message = "the rules are not those promised"
  }

  assert {
    condition     = azurerm_application_gateway.this[0].gateway_ip_configuration[0].subnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway" && output.gateway_address == "203.0.113.200"
    error_message = "the gateway is elsewhere"
  }

  assert {
    condition     = length(azurerm_application_gateway.this[0].http_listener) == 1 && alltrue([for listener in azurerm_application_gateway.this[0].http_listener : listener.protocol == "Http"])
    error_message = "a gateway without a certificate cannot serve TLS"
  }
}

run "t194_the_policy_begins_by_watching_and_refuses_no_body_for_its_length" {
  command = plan

  module {
    source = "./infra/modules/waf"
  }

  assert {
    condition     = azurerm_web_application_firewall_policy.this.policy_settings[0].mode == "Detection" && azurerm_web_application_firewall_policy.this.policy_settings[0].request_body_check && azurerm_web_application_firewall_policy.this.policy_settings[0].request_body_enforcement == false
    error_message = "large traces would be refused"
  }
}

run "with_a_certificate_port_80_only_sends_visitors_on" {
  command = apply

  module {
    source = "./infra/modules/waf"
  }

  variables {
    certificate_name = "langsmith"
    backend_address  = "203.0.113.9"
  }

  assert {
    condition     = { for rule in azurerm_application_gateway.this[0].request_routing_rule : rule.name => coalesce(rule.redirect_configuration_name, rule.backend_address_pool_name) } == { http = "to-https", https = "ingress" }
    error_message = "port 80 serves more than a redirect"
  }

  assert {
    condition     = one([for certificate in azurerm_application_gateway.this[0].ssl_certificate : certificate.key_vault_secret_id]) == "https://langsmith-kv.vault.azure.net/secrets/langsmith"
    error_message = "the certificate is another"
  }

  assert {
    condition     = endswith(azurerm_role_assignment.gateway_certificate[0].scope, "/vaults/langsmith-kv/secrets/langsmith") && azurerm_role_assignment.gateway_certificate[0].principal_type == "ServicePrincipal"
    error_message = "the gateway could read more than its certificate"
  }

  assert {
    condition     = one([for pool in azurerm_application_gateway.this[0].backend_address_pool : one(pool.ip_addresses)]) == "203.0.113.9"
    error_message = "the gateway forwards to nobody"
  }
}

run "a_gateway_that_was_given_gets_a_policy_and_no_twin" {
  command = plan

  module {
    source = "./infra/modules/waf"
  }

  variables {
    gateway_enabled = false
    mode            = "Prevention"
  }

  assert {
    condition     = length(azurerm_application_gateway.this) + length(azurerm_public_ip.gateway) == 0 && azurerm_web_application_firewall_policy.this.policy_settings[0].mode == "Prevention"
    error_message = "a second gateway would be made"
  }
}
