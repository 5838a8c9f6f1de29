import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { nodePools, textOf, type NodePool, type Settings } from '../settings.js';

/** A VM size as a region offers it to this subscription. */
export interface Sku {
  readonly resourceType: string;
  readonly name: string;
  /** Quota family, e.g. `standardDSv5Family`. */
  readonly family?: string;
  readonly capabilities?: readonly { readonly name: string; readonly value: string }[];
  readonly locationInfo?: readonly { readonly zones?: readonly string[] }[];
  readonly restrictions?: readonly {
    readonly type?: string;
    readonly reasonCode?: string;
    readonly restrictionInfo?: { readonly zones?: readonly string[] };
  }[];
}

/** vCPUs of one quota: `cores` for the whole region, else a family. */
export interface Usage {
  readonly currentValue: number;
  readonly limit: number;
  readonly name: { readonly value: string; readonly localizedValue?: string };
}

export interface ComputeFacts {
  readonly skus: Fact<readonly Sku[]>;
  readonly usages: Fact<readonly Usage[]>;
}

/** Microsoft.Compute skus, API 2021-07-01 (the newest of that list), and usages, API 2024-07-01. */
export async function fetchCompute(azure: Azure, { location }: Settings): Promise<ComputeFacts> {
  const [skus, usages] = await Promise.all([
    azure.list<Sku>('providers/Microsoft.Compute/skus', '2021-07-01', { $filter: `location eq '${location}'` }),
    azure.list<Usage>(`providers/Microsoft.Compute/locations/${location}/usages`, '2024-07-01'),
  ]);
  return { skus, usages };
}

const SIZES = 'VM sizes';
const QUOTA = 'vCPU quota';

/** Share of a pool that an upgrade adds for a while, as `terraform/infra/locals.tf` sets it. */
const SURGE = 0.1;

/** Are the sizes offered here, in the zones asked for (T054), and does the quota cover them (T051)? */
export function evaluateCompute(facts: ComputeFacts, settings: Settings, clusterExists: Fact<boolean>): Check[] {
  if ('unknown' in facts.skus) {
    return [
      unknown(SIZES, `the VM sizes of ${settings.location} cannot be read: ${facts.skus.unknown}`),
      unknown(QUOTA, 'the VM sizes are not known'),
    ];
  }
  const sizes = facts.skus.known.filter(({ resourceType }) => resourceType === 'virtualMachines');
  const zones = (settings.variables['availability_zones'] ?? []) as string[];
  const problems = nodePools(settings).flatMap((pool) => sizeProblem(pool, sizes, zones, settings.location));
  const checks = problems.length > 0 ? problems : [ok(SIZES, `${sizesOf(settings)} are offered in ${settings.location}`)];
  if ('unknown' in facts.usages)
    return [...checks, unknown(QUOTA, `the vCPU usage of ${settings.location} cannot be read: ${facts.usages.unknown}`)];
  return [...checks, ...quotaChecks(facts.usages.known, sizes, settings, clusterExists)];
}

const sizesOf = (settings: Settings): string => [...new Set(nodePools(settings).map(({ vmSize }) => vmSize))].join(', ');

export function findSize(sizes: readonly Sku[], name: string): Sku | undefined {
  return sizes.find((sku) => sku.resourceType === 'virtualMachines' && sku.name.toLowerCase() === name.toLowerCase());
}

function sizeProblem(pool: NodePool, sizes: readonly Sku[], zones: readonly string[], location: string): Check[] {
  const sku = findSize(sizes, pool.vmSize);
  const other = `Choose another VM size for the pool ${pool.name} or another location: az vm list-skus --location ${location} --resource-type virtualMachines --output table`;
  if (sku === undefined) return [blocker(SIZES, `${location} has no VM size ${pool.vmSize} (pool ${pool.name})`, other)];
  const restrictions = sku.restrictions ?? [];
  const whole = restrictions.find(({ type }) => type === 'Location');
  if (whole !== undefined)
    return [
      blocker(SIZES, `${pool.vmSize} is closed to this subscription in ${location}: ${whole.reasonCode ?? 'no reason given'}`, other),
    ];
  const closed = restrictions.flatMap(({ type, restrictionInfo }) => (type === 'Zone' ? (restrictionInfo?.zones ?? []) : []));
  const offered = (sku.locationInfo ?? []).flatMap((info) => info.zones ?? []).filter((zone) => !closed.includes(zone));
  const lacking = zones.filter((zone) => !offered.includes(zone));
  if (lacking.length === 0) return [];
  return [
    blocker(
      SIZES,
      `${pool.vmSize} (pool ${pool.name}) is not offered in zone ${lacking.join(', ')} of ${location}, only in ${offered.join(', ') || 'none'}`,
      `Set availability_zones to zones that every size has, or to []`,
    ),
  ];
}

/** What a family must hold: at the start, and at full scale while the largest pool is upgraded. */
interface Demand {
  readonly least: number;
  readonly most: number;
}

const vcpus = (sku: Sku): number => Number(sku.capabilities?.find(({ name }) => name === 'vCPUs')?.value ?? 0);

function demands(sizes: readonly Sku[], settings: Settings): Map<string, Demand> {
  const families = new Map<string, Demand>();
  for (const pool of nodePools(settings)) {
    const sku = findSize(sizes, pool.vmSize);
    if (sku?.family === undefined) continue;
    const before = families.get(sku.family) ?? { least: 0, most: 0 };
    families.set(sku.family, {
      least: before.least + pool.minimum * vcpus(sku),
      most: before.most + (pool.maximum + Math.ceil(pool.maximum * SURGE)) * vcpus(sku),
    });
  }
  return families;
}

function quotaChecks(usages: readonly Usage[], sizes: readonly Sku[], settings: Settings, clusterExists: Fact<boolean>): Check[] {
  const families = demands(sizes, settings);
  const total = [...families.values()].reduce((sum, demand) => ({ least: sum.least + demand.least, most: sum.most + demand.most }), {
    least: 0,
    most: 0,
  });
  const exists = 'known' in clusterExists && clusterExists.known;
  const checks = [...families, ['cores', total] as const].flatMap(([name, demand]) =>
    quotaCheck(usages, name, demand, settings.location, exists),
  );
  const problems = checks.filter(({ status }) => status !== 'ok');
  return problems.length > 0 ? problems : [ok(QUOTA, checks.map(({ detail }) => detail).join('; '))];
}

function quotaCheck(usages: readonly Usage[], name: string, { least, most }: Demand, location: string, exists: boolean): Check[] {
  const usage = usages.find((candidate) => candidate.name.value.toLowerCase() === name.toLowerCase());
  if (usage === undefined) return [unknown(QUOTA, `${location} lists no quota ${name}`)];
  const free = usage.limit - usage.currentValue;
  const label = usage.name.localizedValue ?? name;
  const facts = `${label}: ${usage.currentValue} of ${usage.limit} vCPUs in use`;
  const request = (limit: number): string =>
    `Ask for at least ${limit} vCPUs of ${label} in ${location} (portal, Quotas, Compute), or choose smaller node pools`;
  // Our own nodes are part of what is in use, and nobody says which part.
  if (exists) return [ok(QUOTA, `${facts}; the cluster stands already`)];
  if (least > free) return [blocker(QUOTA, `${facts}; the node pools start with ${least}`, request(usage.currentValue + least))];
  if (most > free)
    return [
      warning(
        QUOTA,
        `${facts}; the node pools start with ${least} and may reach ${most} at full scale during an upgrade`,
        request(usage.currentValue + most),
      ),
    ];
  return [ok(QUOTA, `${facts}, up to ${most} needed`)];
}

/** PostgreSQL draws on the quota of the VM family its size is made of (T072). `size` is a VM size such as `Standard_D2ds_v5`. */
export function postgresQuota(facts: ComputeFacts, settings: Settings, size: string, serverExists: Fact<boolean>): Check {
  const check = 'PostgreSQL quota';
  if ('unknown' in facts.skus || 'unknown' in facts.usages) return unknown(check, 'the VM sizes or their usage cannot be read');
  const sku = findSize(facts.skus.known, size);
  if (sku?.family === undefined) return unknown(check, `${settings.location} lists no VM size ${size}, so the quota family is not known`);
  const usage = facts.usages.known.find(({ name }) => name.value.toLowerCase() === sku.family?.toLowerCase());
  if (usage === undefined) return unknown(check, `${settings.location} lists no quota ${sku.family}`);
  const needed = vcpus(sku) * (settings.variables['postgres_high_availability'] === true ? 2 : 1);
  const stated = `${sku.family}: ${usage.currentValue} of ${usage.limit} vCPUs in use, ${needed} needed`;
  if (('known' in serverExists && serverExists.known) || usage.limit - usage.currentValue >= needed) return ok(check, stated);
  return blocker(
    check,
    stated,
    `Ask for at least ${usage.currentValue + needed} vCPUs of ${sku.family} in ${settings.location}, or change postgres_sku_name (${textOf(settings, 'postgres_sku_name')})`,
  );
}
