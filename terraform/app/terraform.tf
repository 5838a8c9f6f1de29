terraform {
  # 1.11 is the first release with write-only arguments, which keep every secret out of state and plan.
  required_version = ">= 1.11.0"

  required_providers {
    # The versions of terraform/infra.
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.73.0, < 5.0.0"
    }
    # 3.1 can take objects over that are there already.
    helm = {
      source  = "hashicorp/helm"
      version = ">= 3.1.1, < 4.0.0"
    }
    # Earlier releases fail on Secrets with write-only data under Terraform 1.12 and newer.
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 3.2.1, < 4.0.0"
    }
  }

  # Storage account, container and key come from `-backend-config`; Entra sign-in needs neither an account key nor ARM.
  backend "azurerm" {
    use_azuread_auth = true
    use_oidc         = true
  }
}
