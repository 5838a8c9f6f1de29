import type { Amount } from './quantity.js';
import { allocatable, PER_NODE, SYSTEM_PODS_PER_NODE, vmCapacity } from './vm-sizes.js';

/** A pool of nodes, as the outputs of pass 1 describe it. */
export interface NodePool {
  readonly name: string;
  readonly vm_size: string;
  readonly min_count: number;
  readonly max_count: number;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect`. */
  readonly taints: readonly string[];
  /** Default: what `default_node_pool_max_pods` defaults to. */
  readonly max_pods?: number;
}

const MAX_PODS = 60;

/** As `key=value:Effect`; the value may be left out. */
interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** One entry of a pod's `tolerations`. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** What a pod says about where it may run. */
export interface Placement {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
}

/** Room for pods on an empty node of a pool, and for how many; undefined when the VM size is not known. */
export function roomOn(pool: NodePool): { readonly room: Amount; readonly pods: number } | undefined {
  const capacity = vmCapacity(pool.vm_size);
  if (capacity === undefined) return undefined;
  const maxPods = pool.max_pods ?? MAX_PODS;
  const { cpu, memory } = allocatable(capacity, maxPods);
  return { room: { cpu: cpu - PER_NODE.cpu, memory: memory - PER_NODE.memory }, pods: maxPods - SYSTEM_PODS_PER_NODE };
}

/** Labels that AKS puts on the nodes of a pool besides its own. */
const labelsOf = (pool: NodePool): Readonly<Record<string, string>> => ({
  agentpool: pool.name,
  'kubernetes.azure.com/agentpool': pool.name,
  'kubernetes.io/os': 'linux',
  'node.kubernetes.io/instance-type': pool.vm_size,
  ...pool.labels,
});

function taintOf(text: string): Taint {
  const [, key = '', value = '', effect = ''] = /^([^=:]+)=?([^:]*):(.+)$/.exec(text) ?? [];
  return { key, value, effect };
}

const isTolerated = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (key === undefined ? operator === 'Exists' : key === taint.key) &&
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (operator === 'Exists' || value === taint.value),
  );

/** Why a pod may not run on a pool's nodes; empty: it may. */
export function refusals(pool: NodePool, { nodeSelector, tolerations }: Placement): string[] {
  const labels = labelsOf(pool);
  const lacking = Object.entries(nodeSelector).filter(([label, value]) => labels[label] !== value);
  const taints = pool.taints.filter((text) => {
    const taint = taintOf(text);
    return taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, tolerations);
  });
  return [
    ...lacking.map(([label, value]) => `pool ${pool.name} has no label ${label}=${value}`),
    ...taints.map((taint) => `pool ${pool.name} is tainted ${taint}`),
  ];
}
