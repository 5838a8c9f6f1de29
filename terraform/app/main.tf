# Every release: failed and pending ones are rolled forward, never back, because migrations do not go back. `upgrade_install` is what
# lets an apply go on after a first installation failed (the provider then forgets the release), and what adopts a release that Helm alone
# has installed. Nothing is deleted when the namespace is not made here: `create_namespace` never removes one.

resource "helm_release" "addon" {
  for_each = { for name, addon in local.addons : name => addon if addon.wave == 1 }

  name             = each.key
  namespace        = each.value.namespace
  repository       = each.value.repository
  chart            = each.value.chart
  version          = each.value.version
  values           = [file("${local.values}/addons/${each.key}.yaml")]
  take_ownership   = each.value.take_ownership
  create_namespace = true
  upgrade_install  = true
  reset_values     = true
  max_history      = 10
  timeout          = local.timeout
}

# Add-ons that want others to run first.
resource "helm_release" "addon_second" {
  for_each = { for name, addon in local.addons : name => addon if addon.wave == 2 }

  name             = each.key
  namespace        = each.value.namespace
  repository       = each.value.repository
  chart            = each.value.chart
  version          = each.value.version
  values           = [file("${local.values}/addons/${each.key}.yaml")]
  take_ownership   = each.value.take_ownership
  create_namespace = true
  upgrade_install  = true
  reset_values     = true
  max_history      = 10
  timeout          = local.timeout

  depends_on = [helm_release.addon]
}

resource "helm_release" "addon_third" {
  for_each = { for name, addon in local.addons : name => addon if addon.wave == 3 }

  name             = each.key
  namespace        = each.value.namespace
  repository       = each.value.repository
  chart            = each.value.chart
  version          = each.value.version
  values           = [file("${local.values}/addons/${each.key}.yaml")]
  take_ownership   = each.value.take_ownership
  create_namespace = true
  upgrade_install  = true
  reset_values     = true
  max_history      = 10
  timeout          = local.timeout

  depends_on = [helm_release.addon_second]
}

# What LangSmith's namespace needs of the add-ons, and the service account of agents.
resource "helm_release" "platform" {
  name             = local.releases.platform.name
  namespace        = var.langsmith_namespace
  chart            = local.releases.platform.chart
  version          = local.releases.platform.version
  values           = [file("${local.values}/platform.yaml")]
  take_ownership   = true
  create_namespace = true
  upgrade_install  = true
  reset_values     = true
  max_history      = 10
  timeout          = local.timeout
  wait             = false

  depends_on = [helm_release.addon, helm_release.addon_second, helm_release.addon_third]
}

# Migrations are post-install hooks: waiting for Deployments that may need the migrated schema before running them could never end.
resource "helm_release" "langsmith" {
  name            = var.langsmith_release_name
  namespace       = var.langsmith_namespace
  repository      = local.releases.langsmith.repository
  chart           = local.releases.langsmith.chart
  version         = local.releases.langsmith.version
  values          = [file("${local.values}/merged.yaml")]
  set_wo          = [for path, name in local.releases.langsmith.write_only : { name = path, value = replace(replace(local.secret_value[name], "\\", "\\\\"), ",", "\\,"), type = "string" }]
  set_wo_revision = var.langsmith_values_revision
  upgrade_install = true
  reset_values    = true
  max_history     = 10
  timeout         = max(local.timeout, local.releases.langsmith.least_timeout_minutes * 60)
  wait            = false

  depends_on = [kubernetes_secret_v1.langsmith]
}
