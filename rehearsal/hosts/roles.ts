/** What one built-in role allows, as ARM's `permissions` list shows it. */
export interface RoleActions {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

const SECRETS = 'Microsoft.KeyVault/vaults/secrets';
const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';
const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const CLUSTERS = 'Microsoft.ContainerService/managedClusters';

/** Built-in roles a deploying identity may hold. Data actions are shown here and enforced by the services themselves. */
const ROLES: Readonly<Record<string, RoleActions>> = {
  Owner: role(['*']),
  Contributor: {
    ...role(['*']),
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
      'Microsoft.Blueprint/blueprintAssignments/write',
      'Microsoft.Blueprint/blueprintAssignments/delete',
    ],
  },
  Reader: role(['*/read']),
  'Role Based Access Control Administrator': role([
    'Microsoft.Authorization/roleAssignments/write',
    'Microsoft.Authorization/roleAssignments/delete',
    '*/read',
    'Microsoft.Support/*',
  ]),
  'User Access Administrator': role(['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*']),
  'Azure Kubernetes Service Cluster User Role': role([`${CLUSTERS}/listClusterUserCredential/action`, `${CLUSTERS}/read`]),
  'Azure Kubernetes Service Cluster Admin Role': role([`${CLUSTERS}/listClusterAdminCredential/action`, `${CLUSTERS}/read`]),
  'Azure Kubernetes Service RBAC Cluster Admin': role([`${CLUSTERS}/listClusterUserCredential/action`], [`${CLUSTERS}/*`]),
  'Key Vault Administrator': role(['Microsoft.KeyVault/*/read'], ['Microsoft.KeyVault/vaults/*']),
  'Key Vault Secrets Officer': role(['Microsoft.KeyVault/*/read'], [`${SECRETS}/*`]),
  'Key Vault Secrets User': role([], [`${SECRETS}/getSecret/action`, `${SECRETS}/readMetadata/action`]),
  'Storage Blob Data Owner': role([`${CONTAINERS}/*`], [`${BLOBS}/*`]),
  'Storage Blob Data Contributor': role(
    [`${CONTAINERS}/delete`, `${CONTAINERS}/read`, `${CONTAINERS}/write`],
    [`${BLOBS}/delete`, `${BLOBS}/read`, `${BLOBS}/write`, `${BLOBS}/move/action`, `${BLOBS}/add/action`],
  ),
  'Storage Blob Data Reader': role([`${CONTAINERS}/read`], [`${BLOBS}/read`]),
};

function role(actions: readonly string[], dataActions: readonly string[] = []): RoleActions {
  return { actions, notActions: [], dataActions, notDataActions: [] };
}

/** Throws for a role the table does not know: the rehearsal must not guess what it allows. */
export function roleActions(roleName: string): RoleActions {
  const known = ROLES[roleName];
  if (!known) throw new Error(`role "${roleName}" is missing from rehearsal/hosts/roles.ts`);
  return known;
}

/** Does the role allow a management action such as `Microsoft.KeyVault/vaults/read`? */
export function roleAllows(roleName: string, action: string): boolean {
  const { actions, notActions } = roleActions(roleName);
  return actions.some((pattern) => covers(pattern, action)) && !notActions.some((pattern) => covers(pattern, action));
}

function covers(pattern: string, action: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.\\/]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 'i').test(action);
}
