locals {
  values   = "${path.module}/${var.values_directory}"
  releases = yamldecode(file("${local.values}/releases.yaml"))
  addons   = local.releases.addons
  timeout  = var.timeout_minutes * 60

  # Kubernetes Secret -> key -> pieces of its value, in order. Each piece is { text }, { secret } or { secret, encode = "url" }.
  secrets = yamldecode(file("${local.values}/secrets.yaml"))

  pieces = flatten([for secret in values(local.secrets) : [for key, pieces in secret.data : pieces]])
  asked  = toset(concat([for piece in local.pieces : piece.secret if can(piece.secret)], values(local.releases.langsmith.write_only)))

  # What is not in Key Vault is named in the file, because which secrets are read must not depend on values.
  vault_names = setsubtract(local.asked, local.releases.not_in_vault)
}
