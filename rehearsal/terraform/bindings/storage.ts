import { armBinding, inGroup, mirrored, under } from './arm.js';
import { block, ProviderError, required, text, type Binding } from './binding.js';

const accountType = 'Microsoft.Storage/storageAccounts';
const SERVICES = ['blob', 'dfs', 'file', 'queue', 'table', 'web'];

/** `primary_blob_endpoint`, `primary_blob_host` and so on. The web host carries a zone, which is invented. */
function endpoints(name: string): Record<string, string> {
  return Object.fromEntries(
    SERVICES.flatMap((service) => {
      const host = `${name}.${service === 'web' ? 'z13.' : ''}${service}.core.windows.net`;
      return [
        [`primary_${service}_endpoint`, `https://${host}/`],
        [`primary_${service}_host`, host],
      ];
    }),
  );
}

const storageAccount = armBinding({
  terraformType: 'azurerm_storage_account',
  type: accountType,
  id: inGroup(accountType),
  learn(attributes, id, { world, ledger }) {
    const name = text(attributes, 'name');
    if (world.resources.list(accountType).some((account) => account.name === name)) {
      throw new ProviderError(
        `creating Storage Account (${id}): unexpected status 409 (409 Conflict) with error: StorageAccountAlreadyTaken: The storage account named ${name} is already taken.`,
      );
    }
    const [primary = '', secondary = ''] = ['primary', 'secondary'].map((which) =>
      Buffer.from(ledger.hex(`${id} ${which}`, 64) + ledger.hex(id, 64), 'hex').toString('base64'),
    );
    const connection = (key: string) =>
      `DefaultEndpointsProtocol=https;AccountName=${name};AccountKey=${key};EndpointSuffix=core.windows.net`;
    return {
      ...endpoints(name),
      primary_location: text(attributes, 'location'),
      primary_access_key: primary,
      secondary_access_key: secondary,
      primary_connection_string: connection(primary),
      secondary_connection_string: connection(secondary),
      access_tier: attributes.access_tier === 'Cool' ? 'Cool' : 'Hot',
      large_file_share_enabled: attributes.large_file_share_enabled === true,
      ...(block(attributes, 'network_rules')
        ? {}
        : {
            network_rules: [
              { bypass: ['AzureServices'], default_action: 'Allow', ip_rules: [], virtual_network_subnet_ids: [], private_link_access: [] },
            ],
          }),
    };
  },
  properties: (attributes) => ({
    primaryEndpoints: { blob: attributes.primary_blob_endpoint },
    allowSharedKeyAccess: attributes.shared_access_key_enabled,
    allowBlobPublicAccess: attributes.allow_nested_items_to_be_public,
    minimumTlsVersion: attributes.min_tls_version,
    networkAcls: { defaultAction: block(attributes, 'network_rules')?.default_action ?? 'Allow' },
  }),
  drift: (properties) => ({
    ...(typeof properties.allowSharedKeyAccess === 'boolean' ? { shared_access_key_enabled: properties.allowSharedKeyAccess } : {}),
    ...(typeof properties.allowBlobPublicAccess === 'boolean' ? { allow_nested_items_to_be_public: properties.allowBlobPublicAccess } : {}),
    ...(typeof properties.minimumTlsVersion === 'string' ? { min_tls_version: properties.minimumTlsVersion } : {}),
  }),
});

const storageContainer = armBinding({
  terraformType: 'azurerm_storage_container',
  type: `${accountType}/blobServices/containers`,
  id: (attributes) => under('storage_account_id', 'blobServices/default/containers')(attributes),
  parent: (attributes) => text(attributes, 'storage_account_id'),
  learn: (_attributes, id) => ({
    resource_manager_id: id,
    has_immutability_policy: false,
    has_legal_hold: false,
    default_encryption_scope: '$account-encryption-key',
    encryption_scope_override_enabled: true,
    metadata: {},
  }),
  ...mirrored({ container_access_type: 'publicAccess' }),
});

/** azurerm_storage_management_policy: there is one per account, called `default`. */
const managementPolicy = armBinding({
  terraformType: 'azurerm_storage_management_policy',
  type: `${accountType}/managementPolicies`,
  id: (attributes) => `${text(attributes, 'storage_account_id')}/managementPolicies/default`,
  learn(attributes, _id, context) {
    required(context, text(attributes, 'storage_account_id'));
    return {};
  },
  ...mirrored({ rule: 'rules' }),
});

/** azurerm_* types of Microsoft.Storage. */
export const STORAGE: Readonly<Record<string, Binding>> = {
  azurerm_storage_account: storageAccount,
  azurerm_storage_container: storageContainer,
  azurerm_storage_management_policy: managementPolicy,
};
