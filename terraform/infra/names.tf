# Every name this root gives to anything in Azure. Nothing else, here or in the action, may compute one (output `names`).
locals {
  # Storage accounts, vaults, databases and caches each share one namespace worldwide: the hash keeps two subscriptions, two deployments, or one
  # deployment before and after a change of name_salt, apart.
  unique_suffix = substr(sha256(join("/", [lower(var.subscription_id), var.identifier, var.name_salt])), 0, 6)

  virtual_network_name = "langsmith-vnet${var.identifier}"

  # Only what this deployment builds: a name nobody uses can neither be taken nor too long.
  names = merge(
    {
      resource_group       = "langsmith-rg${var.identifier}"
      aks_cluster          = "langsmith-aks${var.identifier}"
      application_identity = "k8s-app-identity"
      storage_account = (
        var.storage_account_name != "" ? var.storage_account_name : "langsmithblob${replace(var.identifier, "-", "")}${local.unique_suffix}"
      )
      storage_container = "langsmith-blob${var.identifier}-container"
      key_vault         = var.keyvault_name != "" ? var.keyvault_name : "langsmith-kv${var.identifier}-${local.unique_suffix}"
    },
    local.creates_network ? { virtual_network = local.virtual_network_name } : {},
    { for subnet, name in local.subnet_names : "${subnet}_subnet" => name if contains(keys(local.carved_subnets), subnet) },
    local.manages_postgres ? { postgres = var.postgres_name != "" ? var.postgres_name : "langsmith-postgres${var.identifier}-${local.unique_suffix}" } : {},
    local.manages_redis ? { redis = var.redis_name != "" ? var.redis_name : "langsmith-redis${var.identifier}-${local.unique_suffix}" } : {},
    local.manages_redis && var.redis_kind == "managed" ? { redis_private_endpoint = "langsmith-redis${var.identifier}-endpoint" } : {},
    var.create_waf ? { waf_policy = "langsmith-waf${var.identifier}" } : {},
    local.creates_gateway ? {
      application_gateway          = "langsmith-agw${var.identifier}"
      application_gateway_ip       = "langsmith-agw${var.identifier}-ip"
      application_gateway_identity = "langsmith-agw${var.identifier}-identity"
    } : {},
    var.create_diagnostics ? { log_analytics_workspace = "langsmith-logs${var.identifier}" } : {},
    var.create_bastion ? { bastion = "langsmith-bastion${var.identifier}", bastion_ip = "langsmith-bastion${var.identifier}-ip" } : {},
    local.issues_over_dns ? { cert_manager_identity = "langsmith-cert-manager${var.identifier}" } : {},
  )

  # In a network of the user's own the prefix still tells whose subnets these are.
  subnet_names = {
    aks                 = "${local.virtual_network_name}-subnet-0"
    postgres            = "${local.virtual_network_name}-subnet-postgres"
    redis               = "${local.virtual_network_name}-subnet-redis"
    application_gateway = "${local.virtual_network_name}-subnet-agw"
    bastion             = "AzureBastionSubnet"
  }

  # The cluster's limit is that of its DNS prefix, which is the same string.
  name_limits = {
    resource_group          = { length = 90, remedy = "shorten identifier" }
    virtual_network         = { length = 64, remedy = "shorten identifier" }
    aks_subnet              = { length = 80, remedy = "shorten identifier" }
    aks_cluster             = { length = 54, remedy = "shorten identifier" }
    storage_account         = { length = 24, remedy = "shorten identifier or set storage_account_name, for example \"lsblob${local.unique_suffix}\"" }
    storage_container       = { length = 63, remedy = "shorten identifier" }
    key_vault               = { length = 24, remedy = "shorten identifier or set keyvault_name, for example \"langsmith-kv-${local.unique_suffix}\"" }
    postgres                = { length = 63, remedy = "shorten identifier or set postgres_name" }
    redis                   = { length = var.redis_kind == "managed" ? 60 : 63, remedy = "shorten identifier or set redis_name" }
    redis_private_endpoint  = { length = 80, remedy = "shorten identifier" }
    application_gateway     = { length = 80, remedy = "shorten identifier" }
    log_analytics_workspace = { length = 63, remedy = "shorten identifier" }
    bastion                 = { length = 80, remedy = "shorten identifier" }
  }

  name_problems = [
    for resource, limit in local.name_limits :
    "${resource} \"${local.names[resource]}\" has ${length(local.names[resource])} characters, at most ${limit.length} are allowed: ${limit.remedy}."
    if length(lookup(local.names, resource, "")) > limit.length
  ]
}
