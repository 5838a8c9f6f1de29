import type { Amount } from './quantity.js';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** Sizes whose name does not say their memory: cores and GiB. */
const IRREGULAR: Readonly<Record<string, readonly [cores: number, gib: number]>> = {
  standard_ds2_v2: [2, 7],
  standard_ds3_v2: [4, 14],
  standard_ds4_v2: [8, 28],
  standard_ds5_v2: [16, 56],
  standard_e64_v3: [64, 432],
  standard_e64s_v3: [64, 432],
};

/** Beyond 64 cores the E family's memory no longer grows with the cores. */
const LARGEST_REGULAR_E = 64;

/**
 * Cores and memory an Azure VM size is sold with, read from its name where the family is regular: D has 4 GiB per core, E 8, F of
 * v2 2 and of v6 4; an `l` among the letters halves that and an `m` of F doubles it. Undefined for every other family: never guessed.
 * Source: learn.microsoft.com/azure/virtual-machines/sizes (D, E and F families, v2 to v6).
 */
export function vmCapacity(vmSize: string): Amount | undefined {
  const irregular = IRREGULAR[vmSize.toLowerCase()];
  if (irregular !== undefined) return { cpu: irregular[0] * 1000, memory: irregular[1] * GIB };
  const match = /^standard_([def])(\d+)(?:-(\d+))?([a-z]*)_v([2-6])$/i.exec(vmSize);
  if (match === null) return undefined;
  const [, family = '', size = '', constrained, letters = '', version = ''] = match;
  const cores = Number(size);
  const perCore = memoryPerCore(family.toUpperCase(), cores, letters.toLowerCase(), Number(version));
  if (perCore === undefined) return undefined;
  // `E8-4s_v5` is an E8 with four of its cores switched on and all of its memory.
  return { cpu: Number(constrained ?? size) * 1000, memory: cores * perCore * GIB };
}

function memoryPerCore(family: string, cores: number, letters: string, version: number): number | undefined {
  if (family === 'D') return version < 3 ? undefined : letters.includes('l') ? 2 : 4;
  if (family === 'E') return version < 3 || cores > LARGEST_REGULAR_E || letters.includes('i') ? undefined : 8;
  if (version === 2) return 2;
  if (version !== 6) return undefined;
  return letters.includes('l') ? 2 : letters.includes('m') ? 8 : 4;
}

/** Millicores the kubelet keeps, by cores; between two rows the larger one counts. */
const RESERVED_CPU: readonly (readonly [cores: number, millicores: number])[] = [
  [1, 60],
  [2, 100],
  [4, 140],
  [8, 180],
  [16, 260],
  [32, 420],
  [64, 740],
];

/** Part of the memory a size is sold with that the kernel sees; the hypervisor and the kernel take the rest. Rounded down from what nodes report. */
const VISIBLE_MEMORY = 0.97;

/**
 * What pods may request on a node of AKS 1.29 or newer: by table for CPU; for memory the smaller of 20 MiB per possible pod plus
 * 50 MiB and a quarter of it, and 100 MiB below which pods are evicted.
 * Source: learn.microsoft.com/azure/aks/node-resource-reservations.
 */
export function allocatable({ cpu, memory }: Amount, maxPods: number): Amount {
  const reservedCpu = (RESERVED_CPU.find(([cores]) => cores * 1000 >= cpu) ?? RESERVED_CPU.at(-1))?.[1] ?? 0;
  const reservedMemory = Math.min((20 * maxPods + 50) * MIB, memory / 4) + 100 * MIB;
  return { cpu: cpu - reservedCpu, memory: Math.floor(memory * VISIBLE_MEMORY - reservedMemory) };
}

/** What AKS's own DaemonSets (network, disks, cloud node manager, monitoring) request on every node: a round figure above what nodes show. */
export const PER_NODE: Amount = { cpu: 400, memory: 700 * MIB };

/** What runs once per cluster on untainted nodes: DNS, metrics, webhooks of AKS, and this product's add-ons. A round figure as well. */
export const PER_CLUSTER: Amount = { cpu: 1500, memory: 1536 * MIB };

/** Pods of the DaemonSets above, which count against a node's number of pods. */
export const SYSTEM_PODS_PER_NODE = 10;
