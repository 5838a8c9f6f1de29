# Every name this root gives to anything in Azure. Nothing else, here or in the action, may compute one (output `names`).
locals {
  # Storage accounts and vaults share one namespace worldwide: the hash keeps two subscriptions, two deployments, or one
  # deployment before and after a change of name_salt, apart.
  unique_suffix = substr(sha256(join("/", [lower(var.subscription_id), var.identifier, var.name_salt])), 0, 6)

  virtual_network_name = "langsmith-vnet${var.identifier}"

  names = {
    resource_group       = "langsmith-rg${var.identifier}"
    virtual_network      = local.virtual_network_name
    aks_subnet           = "${local.virtual_network_name}-subnet-0"
    aks_cluster          = "langsmith-aks${var.identifier}"
    application_identity = "k8s-app-identity"
    storage_account = (
      var.storage_account_name != "" ? var.storage_account_name : "langsmithblob${replace(var.identifier, "-", "")}${local.unique_suffix}"
    )
    storage_container = "langsmith-blob${var.identifier}-container"
    key_vault         = var.keyvault_name != "" ? var.keyvault_name : "langsmith-kv${var.identifier}-${local.unique_suffix}"
  }

  # The cluster's limit is that of its DNS prefix, which is the same string.
  name_limits = {
    resource_group    = { length = 90, remedy = "shorten identifier" }
    virtual_network   = { length = 64, remedy = "shorten identifier" }
    aks_subnet        = { length = 80, remedy = "shorten identifier" }
    aks_cluster       = { length = 54, remedy = "shorten identifier" }
    storage_account   = { length = 24, remedy = "shorten identifier or set storage_account_name, for example \"lsblob${local.unique_suffix}\"" }
    storage_container = { length = 63, remedy = "shorten identifier" }
    key_vault         = { length = 24, remedy = "shorten identifier or set keyvault_name, for example \"langsmith-kv-${local.unique_suffix}\"" }
  }

  name_problems = [
    for resource, limit in local.name_limits :
    "${resource} \"${local.names[resource]}\" has ${length(local.names[resource])} characters, at most ${limit.length} are allowed: ${limit.remedy}."
    if length(local.names[resource]) > limit.length
  ]
}
