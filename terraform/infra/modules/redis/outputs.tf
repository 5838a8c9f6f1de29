output "cache_id" {
  description = "Resource id of the cache: whose keys to ask Azure for when a connection is made."
  value       = local.managed ? one(azurerm_managed_redis.this[*].id) : one(azurerm_redis_cache.this[*].id)
}

output "host" {
  description = "Host name, which resolves to a private address."
  value       = local.managed ? one(azurerm_managed_redis.this[*].hostname) : one(azurerm_redis_cache.this[*].hostname)
}

# A managed cache has one port, and the database's `port` is an attribute of a block that the plan does not know yet.
output "port" {
  description = "TLS port."
  value       = local.managed ? 10000 : 6380
}
