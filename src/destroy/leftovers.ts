import type { Fact } from '../preflight/check.js';
import type { StateResource } from '../phases/state.js';
import type { RetainedVolume } from './contents.js';

/** Something a destroyed deployment leaves behind; no field can hold a secret. */
export interface Leftover {
  readonly kind: 'key-vault' | 'disk' | 'dns-delegation' | 'cluster-content' | 'terraform-state';
  readonly name: string;
  readonly detail: string;
  /** How to be rid of it; '' where there is nothing to do. */
  readonly fix: string;
}

/** What a deleted vault looks like to ARM (Microsoft.KeyVault deletedVaults, API 2026-02-01). */
export interface DeletedVault {
  readonly properties?: { readonly scheduledPurgeDate?: string; readonly purgeProtectionEnabled?: boolean };
}

export interface LeftoverFacts {
  /** Managed resources as they stood before. */
  readonly before: readonly StateResource[];
  /** Azure's answer about each vault of them, by name; undefined: there is no such deleted vault. */
  readonly vaults: ReadonlyMap<string, Fact<DeletedVault | undefined>>;
  readonly volumes: readonly RetainedVolume[];
  /** Why nobody looked into a cluster that may hold something, if nobody did. */
  readonly skipped: string | undefined;
  /** `account/container/key` of the state, and of that of the Terraform path where there is one. */
  readonly states: readonly string[];
}

const CLUSTER_ADMIN = 'Azure Kubernetes Service RBAC Cluster Admin';

const textOf = (resource: StateResource, name: string): string => {
  const value = resource.values[name];
  return typeof value === 'string' ? value : '';
};

export const resourcesOf = (resources: readonly StateResource[], type: string): StateResource[] =>
  resources.filter((resource) => resource.type === type);

/** Vaults among the resources, by name and region. */
export const vaultsOf = (resources: readonly StateResource[]): { readonly name: string; readonly location: string }[] =>
  resourcesOf(resources, 'azurerm_key_vault').map((vault) => ({ name: textOf(vault, 'name'), location: textOf(vault, 'location') }));

/** All of it, from facts: what costs or holds a name first, the state last. */
export function leftovers({ before, vaults, volumes, skipped, states }: LeftoverFacts): Leftover[] {
  const group = resourcesOf(before, 'azurerm_kubernetes_cluster').map((cluster) => textOf(cluster, 'node_resource_group'))[0] ?? '';
  return [
    ...vaultsOf(before).flatMap(({ name, location }) => deletedVault(name, location, vaults.get(name))),
    ...volumes.filter(({ handle }) => !goesWith(handle, group)).map(disk),
    ...resourcesOf(before, 'azurerm_dns_zone').map(delegation),
    ...(skipped === undefined ? [] : [clusterContent(group, skipped)]),
    ...states.map(stateBlob),
  ];
}

/** A disk in the cluster's own resource group is deleted together with the cluster. */
const goesWith = (handle: string, group: string): boolean =>
  group !== '' && handle.toLowerCase().includes(`/resourcegroups/${group.toLowerCase()}/`);

function deletedVault(name: string, location: string, answer: Fact<DeletedVault | undefined> | undefined): Leftover[] {
  if (answer === undefined || ('known' in answer && answer.known === undefined)) return [];
  const base = { kind: 'key-vault', name } as const;
  if ('unknown' in answer) {
    return [
      {
        ...base,
        detail: `whether it is kept as a deleted vault cannot be read: ${answer.unknown}`,
        fix: `az keyvault show-deleted --name ${name}`,
      },
    ];
  }
  const { scheduledPurgeDate = 'an unknown date', purgeProtectionEnabled } = answer.known?.properties ?? {};
  const detail = `deleted, recoverable with the deleted secrets in it and holding its name until ${scheduledPurgeDate}; a new deployment under this name recovers it`;
  return purgeProtectionEnabled === true
    ? [{ ...base, detail: `${detail}; it has purge protection`, fix: '' }]
    : [{ ...base, detail, fix: `az keyvault purge --name ${name} --location ${location}` }];
}

const disk = ({ name, claim, handle }: RetainedVolume): Leftover => ({
  kind: 'disk',
  name,
  detail: `kept by its reclaim policy; it was made for the claim ${claim}`,
  fix: handle.startsWith('/') ? `az disk delete --ids ${handle}` : '',
});

function delegation(zone: StateResource): Leftover {
  const servers = zone.values['name_servers'];
  const names = Array.isArray(servers) ? servers.join(', ') : 'its former name servers';
  return {
    kind: 'dns-delegation',
    name: textOf(zone, 'name'),
    detail: `the zone above still delegates to ${names}, where somebody else may make a zone of this name`,
    fix: `Remove the NS records of ${textOf(zone, 'name')} where they were made`,
  };
}

const clusterContent = (group: string, why: string): Leftover => ({
  kind: 'cluster-content',
  name: group,
  detail: `nobody took the cluster apart (${why}): load balancers, public addresses and disks that it made may be left`,
  fix: group === '' ? '' : `az group delete --name ${group}`,
});

const stateBlob = (state: string): Leftover => ({
  kind: 'terraform-state',
  name: state,
  detail: 'empty, and never deleted here; its older versions still describe what stood',
  fix: '',
});

/** The cluster in a state, and whether the state still holds the role by which this identity may use it. */
export function deployedCluster(resources: readonly StateResource[]): { readonly id: string; readonly admitsUs: boolean } | undefined {
  const [cluster] = resourcesOf(resources, 'azurerm_kubernetes_cluster');
  if (cluster === undefined) return undefined;
  const id = textOf(cluster, 'id');
  const grants = resourcesOf(resources, 'azurerm_role_assignment');
  return {
    id,
    admitsUs: grants.some((grant) => textOf(grant, 'scope') === id && textOf(grant, 'role_definition_name') === CLUSTER_ADMIN),
  };
}
