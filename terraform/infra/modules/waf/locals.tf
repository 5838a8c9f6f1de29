locals {
  tags        = merge(var.tags, { module = "waf" })
  tls_enabled = var.gateway_enabled && var.certificate_name != ""

  # With a certificate port 80 only sends visitors on to port 443.
  listeners = merge(
    { http = { port = 80, protocol = "Http", certificate = null, redirects = local.tls_enabled, priority = 100 } },
    local.tls_enabled ? { https = { port = 443, protocol = "Https", certificate = var.certificate_name, redirects = false, priority = 110 } } : {},
  )
}
