variable "langsmith_namespace" {
  description = "Kubernetes namespace of LangSmith. Federated credentials name it."
  type        = string
  nullable    = false
  default     = "langsmith"

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.langsmith_namespace))
    error_message = "langsmith_namespace must be 1 to 63 lower-case letters, digits and hyphens, and start and end with a letter or digit."
  }
}

variable "langsmith_release_name" {
  description = "Helm release name, which the service accounts start with. Federated credentials name them."
  type        = string
  nullable    = false
  default     = "langsmith"

  # `-agent-builder-trigger-server` is appended, and Kubernetes cuts names off at 63 characters.
  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]*[a-z0-9])?$", var.langsmith_release_name)) && length(var.langsmith_release_name) <= 34
    error_message = "langsmith_release_name must be 1 to 34 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }

  validation {
    condition     = strcontains(var.langsmith_release_name, "langsmith")
    error_message = "langsmith_release_name must contain \"langsmith\": for any other name the chart calls its service accounts <release>-langsmith-..., which no federated credential would match."
  }
}

variable "langsmith_domain" {
  description = "Host name LangSmith answers at, in a DNS zone of the user's own; empty uses dns_label."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.langsmith_domain == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.langsmith_domain)) && length(var.langsmith_domain) <= 253
    error_message = "langsmith_domain must be empty or a full host name in lower case without scheme or path, for example \"langsmith.example.com\"."
  }

  validation {
    condition     = !endswith(var.langsmith_domain, ".cloudapp.azure.com")
    error_message = "langsmith_domain must be a domain of your own: set dns_label to answer under cloudapp.azure.com."
  }

  validation {
    condition     = var.tls_certificate_source != "dns01" || var.langsmith_domain != ""
    error_message = "langsmith_domain is required when tls_certificate_source is dns01: the proof is a record in your own zone, and cloudapp.azure.com is not yours."
  }
}

variable "dns_label" {
  description = "Label Azure puts on the ingress address: <dns_label>.<location>.cloudapp.azure.com."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]{1,61}[a-z0-9])?$", var.dns_label))
    error_message = "dns_label must be empty or 3 to 63 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }

  validation {
    condition     = var.ingress_controller != "none" || var.dns_label == ""
    error_message = "dns_label must be empty when ingress_controller is none: there is no public address to label. Set langsmith_domain."
  }
}

variable "ingress_controller" {
  description = "What receives traffic from outside. `none` leaves that to the user."
  type        = string
  nullable    = false
  default     = "nginx"

  validation {
    condition     = contains(["nginx", "istio-addon", "istio", "envoy-gateway", "none"], var.ingress_controller)
    error_message = "ingress_controller must be nginx, istio-addon, istio, envoy-gateway or none."
  }
}

variable "ingress_namespaces" {
  description = "Namespaces of an ingress of your own whose pods may reach LangSmith; only with ingress_controller none. Empty lets in nothing from outside."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for name in var.ingress_namespaces : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "ingress_namespaces must list names of Kubernetes namespaces."
  }

  validation {
    condition     = var.ingress_controller == "none" || length(var.ingress_namespaces) == 0
    error_message = "ingress_namespaces must be empty unless ingress_controller is none: the namespace of an ingress controller installed here is let in by itself."
  }
}

variable "istio_addon_revision" {
  description = "Revision of the AKS Istio add-on. Regions retire revisions, so there is no default."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^(asm-1-[0-9]{2})?$", var.istio_addon_revision))
    error_message = "istio_addon_revision must be empty or a revision such as \"asm-1-29\" (`az aks mesh get-revisions`)."
  }

  validation {
    condition     = (var.ingress_controller == "istio-addon") == (var.istio_addon_revision != "")
    error_message = "istio_addon_revision is required when ingress_controller is istio-addon and must be empty otherwise."
  }
}

variable "tls_certificate_source" {
  description = "Where the certificate comes from: ACME over HTTP (letsencrypt), ACME over DNS (dns01), a secret the user provides (existing), or none."
  type        = string
  nullable    = false
  default     = "letsencrypt"

  validation {
    condition     = contains(["letsencrypt", "dns01", "existing", "none"], var.tls_certificate_source)
    error_message = "tls_certificate_source must be letsencrypt, dns01, existing or none."
  }

  validation {
    condition     = var.tls_certificate_source != "letsencrypt" || contains(["nginx", "istio", "envoy-gateway"], var.ingress_controller)
    error_message = "tls_certificate_source letsencrypt answers its challenge through the ingress, which works with nginx, istio and envoy-gateway: with ${var.ingress_controller} use dns01, existing or none."
  }
}

variable "letsencrypt_email" {
  description = "Contact of the ACME account."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.letsencrypt_email == "" || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.letsencrypt_email))
    error_message = "letsencrypt_email must be empty or one e-mail address."
  }

  validation {
    condition     = !contains(["letsencrypt", "dns01"], var.tls_certificate_source) || var.letsencrypt_email != ""
    error_message = "letsencrypt_email is required when tls_certificate_source is ${var.tls_certificate_source}: expiry warnings go there."
  }
}

variable "sizing_profile" {
  description = "Requests, limits and replicas of the LangSmith pods."
  type        = string
  nullable    = false
  default     = "production"

  validation {
    condition     = contains(["minimum", "dev", "production", "production-large"], var.sizing_profile)
    error_message = "sizing_profile must be minimum, dev, production or production-large."
  }
}

variable "enable_polly" {
  description = "Polly, the assistant in the product; it comes with pass 5."
  type        = bool
  nullable    = false
  default     = false
}
