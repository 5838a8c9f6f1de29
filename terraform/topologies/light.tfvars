# Light topology: PostgreSQL and Redis run inside the cluster. Read before the user's own terraform.tfvars, which wins.
postgres_source = "in-cluster"
redis_source    = "in-cluster"
sizing_profile  = "dev"
