import type { PlannedItem } from '../review/items.js';
import { differingPaths, type Leaf, type Leaves } from '../review/leaves.js';
import { isTimestamp } from '../review/terraform-items.js';

/**
 * What Azure changes by itself, as data. A row is here when the change is a service's normal work and an apply either leaves it alone
 * or does nothing by it that anybody has to know of before. What an apply would take away for a reason its owner must know is no noise:
 * an add-on that a policy switched on, an endpoint somebody removed from the subnet of the nodes, another minor version.
 *
 * Has no row because no attribute of the provider shows it: minor versions of PostgreSQL and Managed Redis. Has none because
 * `terraform/infra` sets it, so that a difference is somebody's doing: upgrade settings and zones of node pools.
 */
export interface NoiseRow {
  /** Resource type; `*`: every one that has the attribute. */
  readonly type: string;
  /** Path in the provider's schema, without positions in lists; everything below it is meant, too. */
  readonly attribute: string;
  /** Only then; absent: always. */
  readonly only?: keyof typeof CONDITIONS;
  /** A sentence for the step summary and the README. */
  readonly why: string;
  /** Where that is known from: a trap of docs/traps.md, the vendor's page, an issue. */
  readonly source: string;
}

const AKS_UPGRADES = 'https://learn.microsoft.com/azure/aks/auto-upgrade-cluster';
const PATCHES = 'AKS installs patches of the chosen minor version (upgrade channel `patch`).';
const AUTOSCALER = 'https://learn.microsoft.com/azure/aks/cluster-autoscaler';
const SCALES = 'The autoscaler adds and removes nodes between the configured limits.';
const CERTIFICATES = 'AKS renews the certificates of its own cluster.';
const RECORDS = 'Counts records that others write: PostgreSQL, private endpoints, cert-manager.';

export const NOISE: readonly NoiseRow[] = [
  {
    type: 'azurerm_subnet',
    attribute: 'service_endpoints',
    only: 'delegated',
    why: 'A service adds the endpoints it needs to the subnet that was delegated to it, minutes after it moved in.',
    source: 'T024',
  },
  {
    type: 'azurerm_virtual_network',
    attribute: 'subnet',
    why: 'Repeats the subnets, which are resources of their own and compared there.',
    source: 'https://github.com/pulumi/pulumi-azure/issues/1569',
  },
  { type: 'azurerm_kubernetes_cluster', attribute: 'default_node_pool.node_count', only: 'autoscaled', why: SCALES, source: AUTOSCALER },
  { type: 'azurerm_kubernetes_cluster_node_pool', attribute: 'node_count', only: 'autoscaled', why: SCALES, source: AUTOSCALER },
  { type: 'azurerm_kubernetes_cluster', attribute: 'kubernetes_version', only: 'same minor', why: PATCHES, source: AKS_UPGRADES },
  { type: 'azurerm_kubernetes_cluster', attribute: 'current_kubernetes_version', only: 'same minor', why: PATCHES, source: AKS_UPGRADES },
  {
    type: 'azurerm_kubernetes_cluster',
    attribute: 'default_node_pool.orchestrator_version',
    only: 'same minor',
    why: PATCHES,
    source: AKS_UPGRADES,
  },
  {
    type: 'azurerm_kubernetes_cluster_node_pool',
    attribute: 'orchestrator_version',
    only: 'same minor',
    why: PATCHES,
    source: AKS_UPGRADES,
  },
  {
    type: 'azurerm_kubernetes_cluster_node_pool',
    attribute: 'node_image_version',
    why: 'AKS renews the image of the nodes (upgrade channel `NodeImage`).',
    source: 'https://learn.microsoft.com/azure/aks/auto-upgrade-node-os-image',
  },
  {
    type: 'azurerm_kubernetes_cluster',
    attribute: 'kube_config',
    why: CERTIFICATES,
    source: 'https://learn.microsoft.com/azure/aks/certificate-rotation',
  },
  {
    type: 'azurerm_kubernetes_cluster',
    attribute: 'kube_config_raw',
    why: CERTIFICATES,
    source: 'https://learn.microsoft.com/azure/aks/certificate-rotation',
  },
  {
    type: 'azurerm_postgresql_flexible_server',
    attribute: 'zone',
    only: 'zone-redundant',
    why: 'A failover swaps the zones of server and standby.',
    source: 'T077',
  },
  {
    type: 'azurerm_postgresql_flexible_server',
    attribute: 'high_availability.standby_availability_zone',
    only: 'zone-redundant',
    why: 'Azure chooses the zone of a standby that was left open, and a failover swaps it.',
    source: 'T077',
  },
  { type: 'azurerm_private_dns_zone', attribute: 'number_of_record_sets', why: RECORDS, source: 'https://learn.microsoft.com/azure/dns' },
  {
    type: 'azurerm_private_dns_zone',
    attribute: 'soa_record.serial_number',
    why: RECORDS,
    source: 'https://learn.microsoft.com/azure/dns',
  },
  { type: 'azurerm_dns_zone', attribute: 'number_of_record_sets', why: RECORDS, source: 'https://learn.microsoft.com/azure/dns' },
  { type: 'azurerm_dns_zone', attribute: 'soa_record.serial_number', why: RECORDS, source: 'https://learn.microsoft.com/azure/dns' },
  {
    type: '*',
    attribute: 'tags',
    only: 'added',
    why: 'Azure Policy adds tags of its own, and adds them again whenever an apply takes them away. A tag of the configuration is compared.',
    source: 'https://learn.microsoft.com/azure/governance/policy/tutorials/govern-tags',
  },
];

/** In every resource, whatever it is called there; not a row because it goes by name and value. */
export const TIMESTAMPS = 'A service notes when something happened to the resource (`last_…`, `updated_at`).';

/** One attribute of a resource: as it is meant to be, and as it is. */
interface Sides {
  readonly path: string;
  readonly wanted: Leaf | undefined;
  readonly now: Leaf | undefined;
  /** All attributes as they are. */
  readonly leaves: Leaves;
}

const minorOf = (leaf: Leaf | undefined): string | undefined => /^"(\d+\.\d+)(\.\d+)?"$/.exec(leaf?.text ?? '')?.[1];

const CONDITIONS = {
  /** The subnet is delegated to a service. */
  delegated: ({ leaves }: Sides): boolean => [...leaves].some(([path, leaf]) => /^delegation\[.*\]\.name$/.test(path) && leaf.text !== ''),
  /** The pool scales itself. */
  autoscaled: ({ path, leaves }: Sides): boolean => leaves.get(path.replace(/node_count$/, 'auto_scaling_enabled'))?.text === 'true',
  /** Two versions that differ in the patch number at most. */
  'same minor': ({ wanted, now }: Sides): boolean => minorOf(wanted) !== undefined && minorOf(wanted) === minorOf(now),
  'zone-redundant': ({ leaves }: Sides): boolean =>
    [...leaves].some(([path, leaf]) => /^high_availability\[0\]\.mode$/.test(path) && leaf.text === '"ZoneRedundant"'),
  /** Nobody asked for it; a map that was empty is no longer there as such. */
  added: ({ wanted, now }: Sides): boolean => (wanted === undefined && now !== undefined) || (wanted?.text === '{}' && now === undefined),
} as const;

/** Positions and names in lists, as paths of leaves write them; a name may hold any character. */
const POSITION = /\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g;

/** Is the path that of the attribute, or below it? */
function isAt(path: string, attribute: string): boolean {
  const plain = path.replace(POSITION, '');
  return plain === attribute || plain.startsWith(`${attribute}.`);
}

/** Why an attribute that differs is nobody's doing; undefined when it may be somebody's. PURE. */
function noiseOf(type: string, sides: Sides): string | undefined {
  const { path, wanted, now } = sides;
  // What is only there on one side has no timestamp to compare with, and is still one.
  if ([wanted, now].every((leaf) => leaf === undefined || isTimestamp(path, leaf))) return TIMESTAMPS;
  return NOISE.find(
    (row) =>
      (row.type === '*' || row.type === type) && isAt(path, row.attribute) && (row.only === undefined || CONDITIONS[row.only](sides)),
  )?.why;
}

/** An attribute that is left out, by name; values of it nobody needs. */
export interface Ignored {
  readonly id: string;
  readonly path: string;
  readonly why: string;
}

export interface Sifted {
  /** The item without what is noise; undefined when nothing is left of it. */
  readonly item: PlannedItem | undefined;
  readonly ignored: readonly Ignored[];
}

/**
 * Takes the noise out of one item. Only an update can be noise: what was deleted, or would be replaced, is somebody's doing. PURE.
 * @param wanted on which side the item has what is meant to be: `before` for what was changed outside, `after` for a plan.
 */
export function sift(item: PlannedItem, wanted: 'before' | 'after'): Sifted {
  const { id, type, action, before, after } = item;
  if (action !== 'update') return { item, ignored: [] };
  const [meant, is] = wanted === 'before' ? [before, after] : [after, before];
  const ignored = differingPaths(before, after).flatMap((path): Ignored[] => {
    const why = noiseOf(type, { path, wanted: meant.get(path), now: is.get(path), leaves: is });
    return why === undefined ? [] : [{ id, path, why }];
  });
  if (ignored.length === 0) return { item: differingPaths(before, after).length === 0 ? undefined : item, ignored };
  const rest = keepOnly(item, (path) => !ignored.some((each) => each.path === path));
  return { item: differingPaths(rest.before, rest.after).length === 0 ? undefined : rest, ignored };
}

/** The item with the attributes that are wanted of it. */
export const keepOnly = (item: PlannedItem, keeps: (path: string) => boolean): PlannedItem => ({
  ...item,
  before: new Map([...item.before].filter(([path]) => keeps(path))),
  after: new Map([...item.after].filter(([path]) => keeps(path))),
});
