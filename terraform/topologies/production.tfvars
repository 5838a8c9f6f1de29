# Production topology: PostgreSQL and Redis are services of Azure, reachable from the virtual network only. Read before the user's
# own terraform.tfvars, which wins.
postgres_source    = "external"
redis_source       = "external"
sizing_profile     = "production"
create_diagnostics = true
