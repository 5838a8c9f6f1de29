resource "azurerm_public_ip" "gateway" {
  count = var.gateway_enabled ? 1 : 0

  name                = var.public_ip_name
  location            = var.location
  resource_group_name = var.resource_group_name
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = local.tags
}

# Policy and tier go together: Azure refuses the policy on Standard_v2, and WAF_v2 without one, minutes into an apply.
resource "azurerm_application_gateway" "this" {
  count = var.gateway_enabled ? 1 : 0

  name                              = var.gateway_name
  location                          = var.location
  resource_group_name               = var.resource_group_name
  firewall_policy_id                = azurerm_web_application_firewall_policy.this.id
  force_firewall_policy_association = true
  tags                              = local.tags

  sku {
    name = "WAF_v2"
    tier = "WAF_v2"
  }

  autoscale_configuration {
    min_capacity = 1
    max_capacity = 10
  }

  ssl_policy {
    policy_type = "Predefined"
    policy_name = "AppGwSslPolicy20220101"
  }

  gateway_ip_configuration {
    name      = "gateway"
    subnet_id = var.subnet_id
  }

  frontend_ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.gateway[0].id
  }

  dynamic "frontend_port" {
    for_each = local.listeners

    content {
      name = frontend_port.key
      port = frontend_port.value.port
    }
  }

  dynamic "http_listener" {
    for_each = local.listeners

    content {
      name                           = http_listener.key
      protocol                       = http_listener.value.protocol
      frontend_ip_configuration_name = "public"
      frontend_port_name             = http_listener.key
      ssl_certificate_name           = http_listener.value.certificate
    }
  }

  dynamic "request_routing_rule" {
    for_each = local.listeners

    content {
      name                        = request_routing_rule.key
      priority                    = request_routing_rule.value.priority
      rule_type                   = "Basic"
      http_listener_name          = request_routing_rule.key
      backend_address_pool_name   = request_routing_rule.value.redirects ? null : "ingress"
      backend_http_settings_name  = request_routing_rule.value.redirects ? null : "ingress"
      redirect_configuration_name = request_routing_rule.value.redirects ? "to-https" : null
    }
  }

  dynamic "redirect_configuration" {
    for_each = local.tls_enabled ? ["to-https"] : []

    content {
      name                 = redirect_configuration.value
      redirect_type        = "Permanent"
      target_listener_name = "https"
      include_path         = true
      include_query_string = true
    }
  }

  dynamic "ssl_certificate" {
    for_each = local.tls_enabled ? [var.certificate_name] : []

    content {
      name                = ssl_certificate.value
      key_vault_secret_id = "${var.keyvault_uri}secrets/${ssl_certificate.value}"
    }
  }

  dynamic "identity" {
    for_each = azurerm_user_assigned_identity.gateway

    content {
      type         = "UserAssigned"
      identity_ids = [identity.value.id]
    }
  }

  backend_address_pool {
    name         = "ingress"
    ip_addresses = var.backend_address == "" ? null : [var.backend_address]
  }

  backend_http_settings {
    name                  = "ingress"
    port                  = var.backend_tls_enabled ? 443 : 80
    protocol              = var.backend_tls_enabled ? "Https" : "Http"
    host_name             = var.hostname
    cookie_based_affinity = "Disabled"
    # A trace batch or an agent's answer may take minutes.
    request_timeout = 300
    probe_name      = "ingress"
  }

  probe {
    name                                      = "ingress"
    protocol                                  = var.backend_tls_enabled ? "Https" : "Http"
    path                                      = "/health"
    pick_host_name_from_backend_http_settings = true
    interval                                  = 30
    timeout                                   = 30
    unhealthy_threshold                       = 3
  }

  # The gateway fetches the certificate while it is created.
  depends_on = [azurerm_role_assignment.gateway_certificate]
}

resource "azurerm_user_assigned_identity" "gateway" {
  count = local.tls_enabled ? 1 : 0

  name                = var.identity_name
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = local.tags
}

# On the one secret: the vault around it holds every key of LangSmith.
resource "azurerm_role_assignment" "gateway_certificate" {
  count = local.tls_enabled ? 1 : 0

  scope                = "${var.keyvault_id}/secrets/${var.certificate_name}"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.gateway[0].principal_id
  principal_type       = "ServicePrincipal"
}
