# Reads secrets, creates nothing.
provider "azurerm" {
  subscription_id                 = var.subscription_id
  resource_provider_registrations = "none"

  features {}
}

# Both find the cluster by a kubeconfig. A file whose token is in a file of its own can be renewed while a long apply runs, which a
# token in a variable cannot; and neither is in state or plan.
provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.kube_context
}

provider "helm" {
  kubernetes = {
    config_path    = var.kubeconfig
    config_context = var.kube_context
  }
}
