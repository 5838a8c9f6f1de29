# Optional modules: each is there or not, and any combination works.

variable "create_waf" {
  description = "Create a web application firewall policy, and an Application Gateway that carries it unless application_gateway_id names one."
  type        = bool
  nullable    = false
  default     = false
}

variable "waf_mode" {
  description = "What the firewall does with a request it objects to. Traces hold what its rules look for: begin with Detection, read the logs, then prevent."
  type        = string
  nullable    = false
  default     = "Detection"

  validation {
    condition     = contains(["Detection", "Prevention"], var.waf_mode)
    error_message = "waf_mode must be Detection or Prevention."
  }
}

variable "application_gateway_id" {
  description = "Resource id of an Application Gateway of the tier WAF_v2 that is to carry the policy; empty creates one. Terraform cannot write to a gateway it does not own: output waf_attach_command attaches the policy."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.application_gateway_id == "" || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/applicationGateways/[^/]+$", var.application_gateway_id))
    error_message = "application_gateway_id must be empty or the resource id of an Application Gateway (`az network application-gateway show --query id`)."
  }

  validation {
    condition     = var.application_gateway_id == "" || var.create_waf
    error_message = "application_gateway_id must be empty unless create_waf is true: there is no policy to attach."
  }
}

variable "application_gateway_certificate_name" {
  description = "Certificate in this deployment's Key Vault that the Application Gateway serves; empty serves plain HTTP, which lasts until the vault is there and the certificate in it."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^[0-9A-Za-z-]{0,127}$", var.application_gateway_certificate_name))
    error_message = "application_gateway_certificate_name must be empty or the name of a Key Vault certificate: letters, digits and hyphens."
  }

  validation {
    condition     = var.application_gateway_certificate_name == "" || var.create_waf && var.application_gateway_id == ""
    error_message = "application_gateway_certificate_name must be empty unless create_waf makes a gateway: nothing would serve it."
  }
}

variable "ingress_ip" {
  description = "IPv4 address of the ingress in the cluster, known once it runs: the A record points at it, or the Application Gateway created here forwards to it. Empty until then."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.ingress_ip == "" || can(regex("^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.|$)){4}", var.ingress_ip))
    error_message = "ingress_ip must be empty or one IPv4 address."
  }

  validation {
    condition     = var.ingress_ip == "" || var.create_dns_zone || var.create_waf && var.application_gateway_id == ""
    error_message = "ingress_ip must be empty unless create_dns_zone is true or create_waf makes a gateway: nothing would use it."
  }
}

variable "create_diagnostics" {
  description = "Create a Log Analytics workspace and send it the logs and metrics of the cluster, the Key Vault, Blob storage and what else there is of PostgreSQL, Redis and Application Gateway."
  type        = bool
  nullable    = false
  default     = false
}

variable "log_retention_days" {
  description = "Days the workspace keeps logs."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days must be a whole number from 30 to 730."
  }
}

variable "create_bastion" {
  description = "Create Azure Bastion (Standard): SSH to nodes from the browser, without a public address on any of them."
  type        = bool
  nullable    = false
  default     = false
}

variable "create_dns_zone" {
  description = "Create a public DNS zone for langsmith_domain, with a record for it: an alias of the name that dns_label gives, where langsmith_domain lies below dns_zone_name, or an A record once ingress_ip is known. Certificates by dns01 need it."
  type        = bool
  nullable    = false
  default     = false

  validation {
    condition     = !var.create_dns_zone || var.langsmith_domain != ""
    error_message = "create_dns_zone needs langsmith_domain: the zone is that of its name."
  }

  validation {
    condition     = var.tls_certificate_source != "dns01" || var.create_dns_zone
    error_message = "create_dns_zone must be true when tls_certificate_source is dns01: cert-manager proves ownership in a zone it may write, and gets that right in no other."
  }
}

variable "dns_zone_name" {
  description = "Name of the DNS zone; empty takes langsmith_domain itself."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.dns_zone_name == "" || var.create_dns_zone
    error_message = "dns_zone_name must be empty unless create_dns_zone is true: no zone would have that name."
  }

  validation {
    condition     = var.dns_zone_name == "" || var.langsmith_domain == var.dns_zone_name || endswith(var.langsmith_domain, ".${var.dns_zone_name}")
    error_message = "dns_zone_name must be langsmith_domain or a domain above it."
  }

  validation {
    condition     = var.dns_zone_name == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.dns_zone_name))
    error_message = "dns_zone_name must be empty or a domain of at least two labels in lower case, for example \"example.com\"."
  }
}
