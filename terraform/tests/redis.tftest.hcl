mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  resource_group_name       = "langsmith-rg"
  location                  = "eastus"
  kind                      = "managed"
  cache_name                = "langsmith-redis-abc123"
  cache_location            = "eastus2"
  sku_name                  = "Balanced_B1"
  high_availability_enabled = true
  premium_capacity          = 2
  virtual_network_id        = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
  subnet_id                 = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/cache"
  private_endpoint_name     = "langsmith-redis-endpoint"
  private_dns_zone_id       = ""
  tags                      = { project = "langsmith" }
}

run "t090_t092_t094_the_managed_cache_is_private_and_any_client_can_talk_to_it" {
  command = plan

  module {
    source = "./infra/modules/redis"
  }

  assert {
    condition     = azurerm_managed_redis.this[0].public_network_access == "Disabled"
    error_message = "the cache has a public address"
  }

  assert {
    condition     = azurerm_managed_redis.this[0].default_database[0].clustering_policy == "EnterpriseCluster" && azurerm_managed_redis.this[0].default_database[0].client_protocol == "Encrypted"
    error_message = "chart 0.13.28 could not talk to the cache"
  }

  assert {
    condition     = azurerm_managed_redis.this[0].default_database[0].access_keys_authentication_enabled
    error_message = "chart 0.13.28 could not sign in"
  }

  assert {
    condition     = azurerm_managed_redis.this[0].sku_name == "Balanced_B1" && length(azurerm_redis_cache.this) == 0
    error_message = "the cache is not the one asked for"
  }
}

run "t093_the_managed_cache_answers_at_a_private_endpoint_on_port_10000" {
  command = apply

  module {
    source = "./infra/modules/redis"
  }

  assert {
    condition     = azurerm_private_endpoint.this[0].private_service_connection[0].subresource_names == tolist(["redisEnterprise"]) && azurerm_private_endpoint.this[0].subnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/cache"
    error_message = "the endpoint is not that of the cache"
  }

  assert {
    condition     = azurerm_private_dns_zone.this[0].name == "privatelink.redis.azure.net" && azurerm_private_dns_zone_virtual_network_link.this[0].virtual_network_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    error_message = "the cluster cannot resolve the name"
  }

  assert {
    condition     = output.port == 10000 && endswith(output.cache_id, "/redisEnterprise/langsmith-redis")
    error_message = "the connection facts are incomplete"
  }
}

run "t096_the_cache_may_live_in_another_region_and_its_endpoint_stays_with_the_subnet" {
  command = plan

  module {
    source = "./infra/modules/redis"
  }

  assert {
    condition     = azurerm_managed_redis.this[0].location == "eastus2" && azurerm_private_endpoint.this[0].location == "eastus"
    error_message = "the endpoint left the network, or the cache its region"
  }
}

run "t095_the_replica_is_switched_by_its_variable" {
  command = plan

  module {
    source = "./infra/modules/redis"
  }

  variables {
    high_availability_enabled = false
  }

  assert {
    condition     = azurerm_managed_redis.this[0].high_availability_enabled == false
    error_message = "the switch does nothing"
  }
}

run "a_zone_that_is_linked_already_is_used_and_none_is_made" {
  command = plan

  module {
    source = "./infra/modules/redis"
  }

  variables {
    private_dns_zone_id = "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/langsmith-rg/providers/Microsoft.Network/privateDnsZones/privatelink.redis.azure.net"
  }

  assert {
    condition     = length(azurerm_private_dns_zone.this) == 0 && length(azurerm_private_dns_zone_virtual_network_link.this) == 0 && endswith(azurerm_private_endpoint.this[0].private_dns_zone_group[0].private_dns_zone_ids[0], "/privatelink.redis.azure.net")
    error_message = "a second zone of the same name would be linked"
  }
}

run "a_premium_cache_is_injected_into_the_subnet_and_speaks_tls_only" {
  command = apply

  module {
    source = "./infra/modules/redis"
  }

  variables {
    kind = "premium"
  }

  assert {
    condition     = azurerm_redis_cache.this[0].sku_name == "Premium" && azurerm_redis_cache.this[0].capacity == 2 && azurerm_redis_cache.this[0].subnet_id == "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/cache"
    error_message = "the cache is not the one asked for"
  }

  assert {
    condition     = azurerm_redis_cache.this[0].public_network_access_enabled == false && azurerm_redis_cache.this[0].non_ssl_port_enabled == false && azurerm_redis_cache.this[0].minimum_tls_version == "1.2"
    error_message = "the cache can be reached from outside, or without TLS"
  }

  assert {
    condition     = output.port == 6380 && endswith(output.cache_id, "/redis/langsmith-redis")
    error_message = "the connection facts are those of another kind"
  }

  assert {
    condition     = length(azurerm_managed_redis.this) + length(azurerm_private_endpoint.this) + length(azurerm_private_dns_zone.this) == 0
    error_message = "parts of a managed cache would be made"
  }
}
