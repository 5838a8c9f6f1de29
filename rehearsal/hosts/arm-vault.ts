import type { Vault } from '../world/vaults.js';
import type { World } from '../world/world.js';
import { ArmError } from './arm-error.js';

const TAKEN =
  'is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name.';

/** The ARM property bag of a vault, network rules included. */
export function vaultProperties(vault: Vault): Record<string, unknown> {
  return {
    tenantId: vault.tenantId,
    sku: { family: 'A', name: 'standard' },
    vaultUri: vault.uri,
    enableRbacAuthorization: true,
    enableSoftDelete: true,
    // ARM leaves this out while it is off, and never says false.
    ...(vault.purgeProtection ? { enablePurgeProtection: true } : {}),
    publicNetworkAccess: 'Enabled',
    networkAcls: {
      bypass: 'AzureServices',
      defaultAction: vault.networkDefault,
      ipRules: vault.allowedIps.map((value) => ({ value: value.includes('/') ? value : `${value}/32` })),
      virtualNetworkRules: [],
    },
    provisioningState: 'Succeeded',
  };
}

/** PATCH of a vault: the network rules are all that anybody may change this way. Throws ArmError 400 for anything else. */
export function patchVault(vault: Vault, body: Record<string, unknown>): void {
  const { properties, ...others } = body;
  const { networkAcls, ...unknown } = (properties ?? {}) as { networkAcls?: NetworkAcls };
  const surplus = [...Object.keys(others), ...Object.keys(unknown)];
  if (!networkAcls || surplus.length > 0) {
    throw new ArmError(
      400,
      'BadRequest',
      `the rehearsal patches properties.networkAcls of a vault and nothing else; it was sent ${surplus.join(', ') || 'no networkAcls'}`,
    );
  }
  if (networkAcls.defaultAction !== undefined) vault.networkDefault = networkAcls.defaultAction;
  if (networkAcls.ipRules !== undefined) vault.allowedIps = networkAcls.ipRules.map(({ value }) => value.replace(/\/32$/, ''));
}

interface NetworkAcls {
  readonly defaultAction?: 'Allow' | 'Deny';
  readonly ipRules?: readonly { readonly value: string }[];
}

/** A soft-deleted vault as `deletedVaults` shows it. */
export function deletedVault(vault: Vault, world: World): object {
  const location = world.resources.get(vault.resourceId)?.location;
  return {
    id: `/subscriptions/${world.options.subscriptionId}/providers/Microsoft.KeyVault/locations/${location ?? 'eastus'}/deletedVaults/${vault.name}`,
    name: vault.name,
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: {
      vaultId: vault.resourceId,
      ...(location === undefined ? {} : { location }),
      ...(vault.purgedAt === undefined ? {} : { scheduledPurgeDate: new Date(vault.purgedAt).toISOString() }),
      ...(vault.purgeProtection ? { purgeProtectionEnabled: true } : {}),
    },
  };
}

/** checkNameAvailability of vaults. A soft-deleted vault keeps its name. */
export function vaultNameAvailability(name: string, world: World): object {
  const known =
    world.offers.takenNames.has(name) ||
    [...world.vaults.live.keys(), ...world.vaults.softDeleted.keys()].some((other) => other.toLowerCase() === name.toLowerCase());
  if (known) return { nameAvailable: false, reason: 'AlreadyExists', message: `The vault name '${name}' ${TAKEN}` };
  if (/^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/i.test(name)) return { nameAvailable: true };
  return {
    nameAvailable: false,
    reason: 'AccountNameInvalid',
    message: `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.`,
  };
}

/** checkNameAvailability of storage accounts. */
export function storageNameAvailability(name: string, world: World): object {
  if (!/^[a-z0-9]{3,24}$/.test(name)) {
    const message = `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`;
    return { nameAvailable: false, reason: 'AccountNameInvalid', message };
  }
  const taken =
    world.offers.takenNames.has(name) || world.resources.list('Microsoft.Storage/storageAccounts').some((account) => account.name === name);
  if (!taken) return { nameAvailable: true };
  return { nameAvailable: false, reason: 'AlreadyExists', message: `The storage account named ${name} is already taken.` };
}
