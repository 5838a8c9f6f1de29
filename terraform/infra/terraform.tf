terraform {
  # 1.11 is the first release with write-only arguments, which keep every secret out of state and plan.
  required_version = ">= 1.11.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.73.0, < 5.0.0"
    }
  }

  # Storage account, container and key come from `-backend-config`; Entra sign-in needs neither an account key nor ARM.
  backend "azurerm" {
    use_azuread_auth = true
    use_oidc         = true
  }
}
