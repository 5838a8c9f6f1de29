import type { Settings } from '../../../src/preflight/settings.js';

/** The light topology in westeurope, as Terraform evaluates it, with other variables where a test says so. */
export function settingsFor(variables: Readonly<Record<string, unknown>> = {}, overrides: Partial<Settings> = {}): Settings {
  return {
    location: 'westeurope',
    names: {
      resource_group: 'langsmith-rg',
      aks_cluster: 'langsmith-aks',
      storage_account: 'langsmithblob123456',
      key_vault: 'langsmith-kv-123456',
      postgres: 'langsmith-postgres-123456',
    },
    nameProblems: [],
    variables: {
      postgres_source: 'in-cluster',
      redis_source: 'in-cluster',
      postgres_sku_name: 'GP_Standard_D2ds_v5',
      postgres_version: '16',
      kubernetes_version: '1.36',
      ingress_controller: 'nginx',
      dns_label: 'langsmith',
      default_node_pool_vm_size: 'Standard_D8s_v5',
      default_node_pool_min_count: 3,
      default_node_pool_max_count: 10,
      additional_node_pools: { large: { vm_size: 'Standard_D16s_v5', min_count: 0, max_count: 2 } },
      availability_zones: [],
      keyvault_default_action: 'Deny',
      keyvault_allowed_ips: ['203.0.113.10'],
      ...variables,
    },
    ...overrides,
  };
}
