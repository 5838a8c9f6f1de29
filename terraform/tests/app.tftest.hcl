# helm and kubernetes are mocked. azurerm is not: mocks know no ephemeral resources, so the vault is the stand-in's
# (scripts/test-terraform.ts puts it there).
mock_provider "helm" {}
mock_provider "kubernetes" {}

variables {
  subscription_id        = "22222222-aaaa-4bbb-8ccc-000000000002"
  keyvault_id            = "/subscriptions/22222222-aaaa-4bbb-8ccc-000000000002/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/app-test"
  langsmith_namespace    = "langsmith"
  langsmith_release_name = "langsmith"
  kubeconfig             = "./kubeconfig"
  values_directory       = "../tests/fixtures/app"
  secret_values          = { redis-access-key = "key+/=" }
}

run "t156_deploys_what_the_files_say_in_the_order_they_say" {
  command = apply

  module {
    source = "./app"
  }

  assert {
    condition     = keys(helm_release.addon) == ["envoy-gateway"] && keys(helm_release.addon_second) == ["cert-manager"] && length(helm_release.addon_third) == 0
    error_message = "the add-ons are not those of the file, in its waves"
  }

  assert {
    condition = (
      helm_release.addon["envoy-gateway"].values == tolist(["replicas: 2\n"]) &&
      helm_release.addon["envoy-gateway"].repository == "oci://docker.io/envoyproxy" &&
      helm_release.addon_second["cert-manager"].version == "v1.21.0"
    )
    error_message = "an add-on is not installed from its chart with its values file"
  }

  assert {
    condition = (
      helm_release.platform.namespace == "langsmith" &&
      helm_release.platform.chart == "../../helm/langsmith-platform" &&
      helm_release.platform.values == tolist(["quota: {}\n"])
    )
    error_message = "the platform chart is not the one of this repository with its values file"
  }

  assert {
    condition = (
      helm_release.langsmith.chart == "langsmith" && helm_release.langsmith.version == "0.13.28" &&
      helm_release.langsmith.values == tolist(["config: { hostname: langsmith.example.com }\n"]) &&
      helm_release.langsmith.wait == false && helm_release.langsmith.timeout == 1800 &&
      helm_release.platform.timeout == 1200
    )
    error_message = "LangSmith is not released with the merged values, its Deployments are waited for before the migrations, or its hooks get less time than they need"
  }
}

run "t158_owns_what_failed_or_was_there_before_and_never_rolls_it_back" {
  command = plan

  module {
    source = "./app"
  }

  assert {
    condition = alltrue([
      for release in concat(values(helm_release.addon), values(helm_release.addon_second), [helm_release.platform, helm_release.langsmith]) :
      release.upgrade_install && release.reset_values && !coalesce(release.atomic, false) && !coalesce(release.cleanup_on_fail, false)
    ])
    error_message = "a release would refuse what is there, keep old values, or be rolled back by Helm"
  }
}

run "t100_keeps_no_secret_and_writes_only_when_its_number_changes" {
  command = apply

  module {
    source = "./app"
  }

  variables {
    secret_revisions          = { langsmith-redis-secret = 3 }
    langsmith_values_revision = 7
  }

  assert {
    condition = (
      keys(kubernetes_secret_v1.langsmith) == ["langsmith-config-secret", "langsmith-redis-secret"] &&
      kubernetes_secret_v1.langsmith["langsmith-config-secret"].data_wo_revision == 1 &&
      kubernetes_secret_v1.langsmith["langsmith-redis-secret"].data_wo_revision == 3 &&
      kubernetes_secret_v1.langsmith["langsmith-redis-secret"].metadata[0].annotations["langsmith-azure/data-version"] == "3"
    )
    error_message = "the Secrets are not those of the file, or their numbers are not the ones asked for"
  }

  assert {
    condition = (
      kubernetes_secret_v1.langsmith["langsmith-config-secret"].data_wo == null &&
      helm_release.langsmith.set_wo == null && helm_release.langsmith.set_wo_revision == 7
    )
    error_message = "a value is in the state"
  }
}

run "refuses_a_folder_without_what_is_deployed" {
  command = plan

  module {
    source = "./app"
  }

  variables {
    values_directory = "../tests/fixtures/preset"
  }

  expect_failures = [var.values_directory]
}

run "refuses_numbers_that_write_nothing" {
  command = plan

  module {
    source = "./app"
  }

  variables {
    secret_revisions          = { langsmith-config-secret = 0 }
    langsmith_values_revision = 1.5
    timeout_minutes           = 0
  }

  expect_failures = [var.secret_revisions, var.langsmith_values_revision, var.timeout_minutes]
}

run "refuses_names_that_are_none" {
  command = plan

  module {
    source = "./app"
  }

  variables {
    subscription_id        = "mine"
    keyvault_id            = "app-test"
    langsmith_namespace    = "Lang_Smith"
    langsmith_release_name = "Lang_Smith"
  }

  expect_failures = [var.subscription_id, var.keyvault_id, var.langsmith_namespace, var.langsmith_release_name]
}
