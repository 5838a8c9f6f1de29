locals {
  soft_delete_days = 7

  # LangSmith writes each payload under the prefix of its retention.
  ttl_rules = {
    short-retention = { prefix = "ttl_s/", days = var.ttl_short_days }
    long-retention  = { prefix = "ttl_l/", days = var.ttl_long_days }
  }
}
