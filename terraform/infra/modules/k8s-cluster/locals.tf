locals {
  tags = merge(var.tags, { module = "k8s-cluster" })

  # Azure reads an empty list as a request for no zone at all, and then reports a difference on every plan.
  zones = length(var.availability_zones) > 0 ? var.availability_zones : null

  drain_timeout_minutes = 30

  # Every service account whose pods read Blob storage. A pod that reads it under an account missing here panics at its
  # health check with AADSTS700213. Azure allows 20 per identity.
  service_accounts_for_workload_identity = concat(
    [
      for component in [
        "backend",
        "platform-backend",
        "queue",
        "ingest-queue",
        "host-backend",
        "listener",
        "agent-builder-tool-server",
        "agent-builder-trigger-server",
        "agent-bootstrap",
      ] : "${var.langsmith_release_name}-${component}"
    ],
    # Agent deployments, which the operator creates at run time.
    ["langsmith-ksa"],
  )

  node_pools = concat(
    [merge(var.default_node_pool, { labels = tomap({}), taints = tolist([]) })],
    [for name, pool in var.additional_node_pools : merge(pool, { name = name })],
  )
}
