import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { textOf, type Settings } from '../settings.js';

/** Azure's answer about a worldwide name. */
export interface Availability {
  readonly nameAvailable: boolean;
  /** `AlreadyExists`, or some word for "not a legal name" that differs by service. */
  readonly reason?: string;
  readonly message?: string;
}

/** A worldwide name that this deployment takes. */
export interface GlobalName {
  readonly kind: 'storage account' | 'Key Vault' | 'PostgreSQL server';
  readonly name: string;
  /** ARM id it would have. */
  readonly id: string;
  /** The variable that overrides it. */
  readonly variable: string;
}

export interface NameFacts {
  readonly of: GlobalName;
  readonly available: Fact<Availability>;
  /** Is there a resource of ours under that id? Only asked about a name that is not free. */
  readonly ours: Fact<boolean>;
}

/** A vault that was deleted and still holds its name. */
export interface DeletedVault {
  readonly name: string;
  readonly properties: { readonly vaultId: string; readonly location: string; readonly purgeProtectionEnabled?: boolean };
}

/** Where each service answers, and the API versions: names.tf is the one place that computes the names (T007). */
const SERVICES: Readonly<
  Record<GlobalName['kind'], { readonly key: string; readonly variable: string; readonly type: string; readonly version: string }>
> = {
  'storage account': {
    key: 'storage_account',
    variable: 'storage_account_name',
    type: 'Microsoft.Storage/storageAccounts',
    version: '2024-01-01',
  },
  'Key Vault': { key: 'key_vault', variable: 'keyvault_name', type: 'Microsoft.KeyVault/vaults', version: '2026-02-01' },
  'PostgreSQL server': {
    key: 'postgres',
    variable: 'postgres_name',
    type: 'Microsoft.DBforPostgreSQL/flexibleServers',
    version: '2024-08-01',
  },
};

/** Worldwide names of this configuration. Managed Redis has no way to be asked (T013). */
export function globalNames(settings: Settings, subscriptionId: string): GlobalName[] {
  const kinds = Object.keys(SERVICES) as GlobalName['kind'][];
  return kinds.flatMap((kind) => {
    const { key, variable, type } = SERVICES[kind];
    const name = settings.names[key];
    if (name === undefined || (kind === 'PostgreSQL server' && textOf(settings, 'postgres_source') !== 'external')) return [];
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${settings.names['resource_group'] ?? ''}`;
    return [{ kind, name, variable, id: `${group}/providers/${type}/${name}` }];
  });
}

/** checkNameAvailability of Microsoft.Storage (2024-01-01), Microsoft.KeyVault (2026-02-01) and Microsoft.DBforPostgreSQL (2024-08-01). */
export async function fetchName(azure: Azure, of: GlobalName, location: string): Promise<NameFacts> {
  const { type, version } = SERVICES[of.kind];
  const namespace = type.split('/')[0] ?? type;
  const where = of.kind === 'PostgreSQL server' ? `providers/${namespace}/locations/${location}` : `providers/${namespace}`;
  const available = await azure.ask<Availability>(`${where}/checkNameAvailability`, version, { name: of.name, type });
  const free = 'known' in available && available.known.nameAvailable;
  return { of, available, ours: free ? { known: false } : await azure.exists(of.id, version) };
}

/** Microsoft.KeyVault deletedVaults of the subscription, API 2026-02-01. */
export const fetchDeletedVaults = (azure: Azure): Promise<Fact<readonly DeletedVault[]>> =>
  azure.list<DeletedVault>('providers/Microsoft.KeyVault/deletedVaults', '2026-02-01');

/** Free, ours (T010), taken (T002), not a legal name (T012), or held by a deleted vault (T011). */
export function evaluateName({ of, available, ours }: NameFacts, deleted: Fact<readonly DeletedVault[]>, settings: Settings): Check {
  const check = `name of the ${of.kind}`;
  if ('unknown' in available) return unknown(check, `whether ${of.name} is free cannot be asked: ${available.unknown}`);
  const { nameAvailable, reason = '', message = '' } = available.known;
  if (nameAvailable) return ok(check, `${of.name} is free`);
  const other = `Set ${of.variable}, or name_salt to change the hash in the worldwide names`;
  if (reason !== 'AlreadyExists')
    return blocker(check, `Azure refuses ${of.name} (${reason}): ${message}`, `Set ${of.variable} to a legal name`);
  if ('known' in ours && ours.known) return ok(check, `${of.name} is this deployment's own`);
  if (of.kind === 'Key Vault') {
    if ('unknown' in deleted)
      return unknown(check, `${of.name} is taken; whether by a deleted vault of yours cannot be read: ${deleted.unknown}`, other);
    const vault = deleted.known.find(({ name }) => name.toLowerCase() === of.name.toLowerCase());
    if (vault !== undefined) return deletedCheck(check, of, vault, settings);
  }
  if ('unknown' in ours) return unknown(check, `${of.name} is taken; whether by this deployment cannot be read: ${ours.unknown}`, other);
  return blocker(check, `${of.name} is taken by somebody else`, other);
}

/** Terraform recovers a vault that was deleted in the same group and region; any other holds the name and cannot be had back there. */
function deletedCheck(check: string, of: GlobalName, { properties }: DeletedVault, { location }: Settings): Check {
  const recover = `az keyvault recover --name ${of.name} --location ${properties.location}`;
  const purge =
    properties.purgeProtectionEnabled === true
      ? 'it has purge protection and cannot be purged; name_salt gives a new name'
      : `or give it up with all its secrets: az keyvault purge --name ${of.name} --location ${properties.location}`;
  if (properties.location === location && properties.vaultId.toLowerCase() === of.id.toLowerCase()) {
    return warning(
      check,
      `${of.name} is a deleted vault of this deployment: the next apply recovers it with its secrets`,
      `Nothing, if you want it back (${recover}); ${purge}`,
    );
  }
  return blocker(
    check,
    `${of.name} is held by a deleted vault of yours in ${properties.location} (${properties.vaultId})`,
    `Recover it where it was: ${recover}; ${purge}`,
  );
}

/** Names Azure would refuse by their length (T004), from `terraform/infra/names.tf`. */
export function evaluateLengths({ nameProblems, names }: Settings): Check[] {
  if (nameProblems.length === 0) return [ok('length of names', `${Object.keys(names).length} names are within Azure's limits`)];
  return nameProblems.map((problem) => blocker('length of names', problem, `Change the setting that the line names`));
}

export interface LabelFacts {
  readonly available: Fact<{ readonly available: boolean }>;
  readonly addresses: Fact<readonly PublicAddress[]>;
}

interface PublicAddress {
  readonly id: string;
  readonly location?: string;
  readonly properties?: { readonly dnsSettings?: { readonly domainNameLabel?: string } };
}

/** Microsoft.Network CheckDnsNameAvailability by location and publicIPAddresses of the subscription, API 2024-05-01. */
export async function fetchLabel(azure: Azure, { location }: Settings, label: string): Promise<LabelFacts> {
  const [available, addresses] = await Promise.all([
    azure.get<{ available: boolean }>(`providers/Microsoft.Network/locations/${location}/CheckDnsNameAvailability`, '2024-05-01', {
      domainNameLabel: label,
    }),
    azure.list<PublicAddress>('providers/Microsoft.Network/publicIPAddresses', '2024-05-01'),
  ]);
  return { available, addresses };
}

/** The label of the ingress address: unique within the region. The address itself is in the cluster's own resource group. */
export function evaluateLabel({ available, addresses }: LabelFacts, settings: Settings): Check {
  const check = 'DNS label';
  const label = textOf(settings, 'dns_label');
  const host = `${label}.${settings.location}.cloudapp.azure.com`;
  if ('unknown' in available) return unknown(check, `whether ${host} is free cannot be asked: ${available.unknown}`);
  if (available.known.available) return ok(check, `${host} is free`);
  if ('unknown' in addresses) return unknown(check, `${host} is taken; whether by this subscription cannot be read: ${addresses.unknown}`);
  const group = `/MC_${settings.names['resource_group'] ?? ''}_${settings.names['aks_cluster'] ?? ''}_`.toLowerCase();
  const ours = addresses.known.find(
    ({ location, properties }) => properties?.dnsSettings?.domainNameLabel === label && location === settings.location,
  );
  if (ours?.id.toLowerCase().includes(group) === true) return ok(check, `${host} is this deployment's own`);
  const holder = ours === undefined ? 'somebody else' : `another address of this subscription, ${ours.id}`;
  return blocker(check, `${host} is taken by ${holder}`, 'Set dns_label to another label, or langsmith_domain to a name of your own');
}
