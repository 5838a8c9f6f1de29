# Builds nothing: Terraform runs `terraform/tests` only from a directory that holds a configuration, and the tests span
# every root below this one.
terraform {
  required_version = ">= 1.11.0"
}
