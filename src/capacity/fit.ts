import type { Demand, PodDemand } from './demand.js';
import { type NodePool, refusals, roomOn } from './nodes.js';
import { peakOf } from './demand.js';
import { type Amount, describeAmount, plus } from './quantity.js';
import { PER_CLUSTER, PER_NODE } from './vm-sizes.js';

/** The ResourceQuota of the namespace. */
export interface Quota {
  readonly requests: Amount;
  readonly limits: Amount;
}

/** Pods of one kind that would stay Pending. */
export interface Pending {
  readonly name: string;
  readonly count: number;
  readonly why: string;
  readonly fix: string;
}

/** How it looks with every autoscaler at one of its bounds. */
export interface Fitting {
  readonly pods: number;
  /** What the pods request together. */
  readonly requests: Amount;
  /** Nodes in use by pool, never fewer than the pool starts with. */
  readonly nodes: Readonly<Record<string, number>>;
  readonly pending: readonly Pending[];
  /** What the quota refuses, in words. */
  readonly overQuota: readonly string[];
}

export interface Fit {
  /** `blocker`: not even the least of it runs. `warning`: it starts and cannot grow as far as its autoscalers may. */
  readonly verdict: 'fits' | 'warning' | 'blocker' | 'unknown';
  readonly atMinimum: Fitting;
  readonly atMaximum: Fitting;
  /** Why parts could not be judged. */
  readonly unknown: readonly string[];
}

type Bound = 'min' | 'max';

/** A node with what is left on it. */
interface Node {
  readonly pool: NodePool;
  room: Amount;
  pods: number;
}

/**
 * Will the pods find nodes, with every pool grown to its maximum if need be, and does the quota allow them? PURE.
 *
 * Pods are placed first-fit in order of size, the largest first. Neither this nor the scheduler finds the best placement; for pods that
 * are small against a node both come within a node of it. Affinities and topology spread are not looked at.
 */
export function fitOf(demand: Demand, pools: readonly NodePool[], quota?: Quota): Fit {
  const unknown = pools
    .filter((pool) => roomOn(pool) === undefined)
    .map((pool) => `the size of ${pool.vm_size} (pool ${pool.name}) is not known`);
  if (pools.length === 0) unknown.push('the node pools are not known');
  const atMinimum = fitting(demand, pools, 'min', quota);
  const atMaximum = fitting(demand, pools, 'max', quota);
  const isStuck = ({ pending, overQuota }: Fitting): boolean => pending.length + overQuota.length > 0;
  const verdict = isStuck(atMinimum) ? 'blocker' : unknown.length > 0 ? 'unknown' : isStuck(atMaximum) ? 'warning' : 'fits';
  return { verdict, atMinimum, atMaximum, unknown };
}

function fitting(demand: Demand, pools: readonly NodePool[], bound: Bound, quota: Quota | undefined): Fitting {
  const lasting = [...demand.workloads, ...demand.agents];
  const kinds = [...lasting, ...largestJob(demand)];
  const { nodes, left } = place(kinds, pools, bound);
  return {
    pods: lasting.reduce((count, pod) => count + pod.replicas[bound], 0),
    requests: peakOf(demand, bound, 'requests'),
    nodes: Object.fromEntries(
      pools.map((pool) => [pool.name, Math.max(pool.min_count, nodes.filter((node) => node.pool === pool).length)]),
    ),
    pending: left.flatMap(([pod, count]) => pendingOf(pod, count, kinds, pools, bound)),
    overQuota: quota === undefined ? [] : overQuota(demand, bound, quota),
  };
}

/** Hook Jobs come one after another: room for the largest is room for each. */
const largestJob = (demand: Demand): PodDemand[] => [...demand.jobs].sort((a, b) => b.requests.memory - a.requests.memory).slice(0, 1);

/** @returns the nodes used and, by kind, the pods no node had room for. */
function place(
  kinds: readonly PodDemand[],
  pools: readonly NodePool[],
  bound: Bound,
): { nodes: Node[]; left: (readonly [PodDemand, number])[] } {
  const nodes: Node[] = [];
  let cluster: Amount | undefined = PER_CLUSTER;
  const open = (pod: PodDemand): Node | undefined => {
    for (const pool of pools) {
      const start = roomOn(pool);
      if (start === undefined || refusals(pool, pod).length > 0) continue;
      if (nodes.filter((node) => node.pool === pool).length >= pool.max_count) continue;
      // What runs once per cluster sits on the first node that anything may run on.
      const room = cluster !== undefined && pool.taints.length === 0 ? minus(start.room, cluster) : start.room;
      if (!holds(room, pod.requests)) continue;
      if (room !== start.room) cluster = undefined;
      const node = { pool, room, pods: start.pods };
      nodes.push(node);
      return node;
    }
    return undefined;
  };
  const bySize = [...kinds].sort((a, b) => weight(b.requests) - weight(a.requests));
  const left = bySize.flatMap((pod) => {
    for (let placed = 0; placed < pod.replicas[bound]; placed += 1) {
      const node =
        nodes.find(
          (candidate) => candidate.pods > 0 && holds(candidate.room, pod.requests) && refusals(candidate.pool, pod).length === 0,
        ) ?? open(pod);
      if (node === undefined) return [[pod, pod.replicas[bound] - placed] as const];
      node.room = minus(node.room, pod.requests);
      node.pods -= 1;
    }
    return [];
  });
  return { nodes, left };
}

const GIB = 2 ** 30;

/** One core weighs what four GiB do, as on the general-purpose sizes. */
const weight = ({ cpu, memory }: Amount): number => Math.max(cpu / 1000, memory / (4 * GIB));
const minus = (a: Amount, b: Amount): Amount => ({ cpu: a.cpu - b.cpu, memory: a.memory - b.memory });
const holds = (room: Amount, wanted: Amount): boolean => room.cpu >= wanted.cpu && room.memory >= wanted.memory;

function pendingOf(pod: PodDemand, count: number, kinds: readonly PodDemand[], pools: readonly NodePool[], bound: Bound): Pending[] {
  const open = pools.filter((pool) => refusals(pool, pod).length === 0);
  // Where a size is not known, room is not known either; the result says so elsewhere.
  if (pools.length === 0 || open.some((pool) => roomOn(pool) === undefined)) return [];
  const { name } = pod;
  if (open.length === 0) {
    return [
      {
        name,
        count,
        why: pools.flatMap((pool) => refusals(pool, pod)).join('; '),
        fix: 'Give a node pool (additional_node_pools) the label or take the taint off, or change nodeSelector and tolerations of the pod.',
      },
    ];
  }
  const asked = describeAmount(pod.requests);
  const large = open.filter((pool) => holds(roomOn(pool)?.room ?? pod.requests, pod.requests));
  const [first] = large;
  if (first === undefined) {
    const largest = open.map((pool) => `${pool.name} (${pool.vm_size}) has ${describeAmount(roomOn(pool)?.room ?? pod.requests)}`);
    return [
      {
        name,
        count,
        why: `one pod requests ${asked}; an empty node of ${largest.join(', of ')}`,
        fix: `Choose a VM size with more than ${describeAmount(plus(pod.requests, PER_NODE))} for the pool ${open[0]?.name ?? ''}.`,
      },
    ];
  }
  const nodes = nodesNeeded(first, kinds, pools, bound);
  return [
    {
      name,
      count,
      why: `${count === 1 ? 'a pod' : 'each'} requests ${asked}, and all ${first.max_count} nodes of pool ${first.name} (${first.vm_size}) are full`,
      fix: `Raise the maximum of pool ${first.name} to ${nodes} nodes, or choose a larger VM size.`,
    },
  ];
}

/** Nodes a pool needs when only its number of nodes may change; more than this many nobody would want. */
const MOST_NODES = 1000;

function nodesNeeded(pool: NodePool, kinds: readonly PodDemand[], pools: readonly NodePool[], bound: Bound): number {
  const grown = { ...pool, max_count: MOST_NODES };
  const { nodes } = place(
    kinds,
    pools.map((each) => (each === pool ? grown : each)),
    bound,
  );
  return nodes.filter((node) => node.pool === grown).length;
}

function overQuota(demand: Demand, bound: Bound, quota: Quota): string[] {
  return (['requests', 'limits'] as const).flatMap((what) => {
    const wanted = peakOf(demand, bound, what);
    return holds(quota[what], wanted)
      ? []
      : [`${what}: the pods come to ${describeAmount(wanted)}, the quota allows ${describeAmount(quota[what])}`];
  });
}

const describeNodes = ({ nodes }: Fitting): string => {
  const used = Object.entries(nodes).filter(([, count]) => count > 0);
  return used.length === 0 ? 'no node' : used.map(([pool, count]) => `${count} ${count === 1 ? 'node' : 'nodes'} of ${pool}`).join(' and ');
};

/** One line for log and summary. */
export function describeFit({ verdict, atMinimum, atMaximum, unknown }: Fit): string {
  const start = `${atMinimum.pods} pods, ${describeAmount(atMinimum.requests)} on ${describeNodes(atMinimum)}`;
  const growth = `up to ${atMaximum.pods} pods, ${describeAmount(atMaximum.requests)} on ${describeNodes(atMaximum)}`;
  const names = (fitting: Fitting): string => fitting.pending.map(({ name, count }) => `${name} ×${count}`).join(', ') || 'over quota';
  const words = {
    fits: `fits: ${start}; ${growth}`,
    warning: `starts (${start}), but not all of it can grow to its maximum: ${names(atMaximum)}`,
    blocker: `does not fit: ${names(atMinimum)} would stay Pending`,
    unknown: `cannot be told: ${unknown.join('; ')}`,
  };
  return words[verdict];
}
