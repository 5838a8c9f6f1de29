# Secrets pass through memory only: read from Key Vault by each plan and apply, handed to the cluster as write-only data.
ephemeral "azurerm_key_vault_secret" "value" {
  for_each = local.vault_names

  name         = each.key
  key_vault_id = var.keyvault_id
}

locals {
  secret_value = merge(var.secret_values, { for name, secret in ephemeral.azurerm_key_vault_secret.value : name => secret.value })

  # urlencode writes a space as "+" and escapes five characters that need no escape in a URL; the Helm path writes the same data.
  secret_value_in_url = {
    for name, value in local.secret_value :
    name => replace(replace(replace(replace(replace(replace(urlencode(value), "+", "%20"), "%21", "!"), "%27", "'"), "%28", "("), "%29", ")"), "%2A", "*")
  }
}

resource "kubernetes_secret_v1" "langsmith" {
  for_each = local.secrets

  metadata {
    name      = each.key
    namespace = var.langsmith_namespace
    labels    = { "app.kubernetes.io/managed-by" = "langsmith-azure" }
    # The number that the action compares with what pods started with.
    annotations = { "langsmith-azure/data-version" = tostring(lookup(var.secret_revisions, each.key, 1)) }
  }

  data_wo = {
    for key, pieces in each.value.data : key => join("", [
      for piece in pieces : can(piece.text) ? piece.text : can(piece.encode) ? local.secret_value_in_url[piece.secret] : local.secret_value[piece.secret]
    ])
  }
  data_wo_revision = lookup(var.secret_revisions, each.key, 1)

  # The namespace, and what guards it.
  depends_on = [helm_release.platform]
}
