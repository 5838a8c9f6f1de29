resource "azurerm_web_application_firewall_policy" "this" {
  name                = var.policy_name
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = local.tags

  # Traces hold SQL, HTML and prompts of any size. Bodies are inspected up to the limit, but none is refused for its length.
  policy_settings {
    enabled                     = true
    mode                        = var.mode
    request_body_check          = true
    request_body_enforcement    = false
    max_request_body_size_in_kb = 128
    file_upload_limit_in_mb     = 100
  }

  managed_rules {
    managed_rule_set {
      type    = "OWASP"
      version = "3.2"
    }

    managed_rule_set {
      type    = "Microsoft_BotManagerRuleSet"
      version = "1.0"
    }
  }
}
