import type { Constraints } from '../engine/validate.js';

/** Rules the provider checks before it asks Azure, for the types where breaking them is easy. */
export const CONSTRAINTS: Readonly<Record<string, Constraints>> = {
  azurerm_federated_identity_credential: { exactlyOneOf: [['parent_id', 'user_assigned_identity_id']] },
  azurerm_key_vault: {
    pattern: {
      name: {
        matches: /^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/,
        message: '"name" may only contain alphanumeric characters and dashes and must be between 3-24 chars',
      },
    },
  },
  azurerm_key_vault_secret: {
    exactlyOneOf: [['value', 'value_wo']],
    pattern: { name: { matches: /^[0-9A-Za-z-]{1,127}$/, message: '"name" may only contain alphanumeric characters and dashes' } },
  },
  azurerm_kubernetes_cluster: { exactlyOneOf: [['dns_prefix', 'dns_prefix_private_cluster']] },
  azurerm_kubernetes_cluster_node_pool: {
    pattern: {
      name: {
        matches: /^[a-z][a-z0-9]{0,11}$/,
        message: 'a Node Pool name must start with a lowercase letter and contain at most 12 lowercase letters and digits',
      },
    },
  },
  azurerm_role_assignment: { exactlyOneOf: [['role_definition_id', 'role_definition_name']] },
  azurerm_storage_account: {
    pattern: {
      name: {
        matches: /^[a-z0-9]{3,24}$/,
        message: '"name" can only consist of lowercase letters and numbers, and must be between 3 and 24 characters long',
      },
    },
  },
  azurerm_storage_container: { exactlyOneOf: [['storage_account_id', 'storage_account_name']] },
  azurerm_subnet: { exactlyOneOf: [['address_prefixes', 'ip_address_pool']] },
  azurerm_virtual_network: { exactlyOneOf: [['address_space', 'ip_address_pool']] },
};
