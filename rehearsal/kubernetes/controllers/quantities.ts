import { canonicalQuantity, parseQuantity } from '../quantity.js';
import type { Container, PodSpec } from './types.js';

/** A Kubernetes quantity (`500m`, `4Gi`, `1e3`) as a number: cores, bytes or a count. Throws on anything else. */
export function quantity(text: string | number): number {
  const value = parseQuantity(text);
  if (value === undefined) throw new Error(`"${text}" is not a Kubernetes quantity`);
  return value;
}

/** Amounts by resource name: `cpu` in cores, `memory` in bytes. */
export type Amounts = Record<string, number>;

export function amounts(list: Record<string, string> | undefined): Amounts {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, value]) => [name, quantity(value)]));
}

export function add(into: Amounts, more: Amounts): Amounts {
  const sum = { ...into };
  for (const [name, value] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

function peak(a: Amounts, b: Amounts): Amounts {
  const highest = { ...a };
  for (const [name, value] of Object.entries(b)) highest[name] = Math.max(highest[name] ?? 0, value);
  return highest;
}

/** What a container reserves: its requests, and its limits where it names no request. */
function reserved(container: Container, list: 'requests' | 'limits'): Amounts {
  const limits = amounts(container.resources?.limits);
  return list === 'limits' ? limits : { ...limits, ...amounts(container.resources?.requests) };
}

/** What a pod reserves: its containers together, or its hungriest init container if that is more. */
export function podAmounts(spec: PodSpec, list: 'requests' | 'limits' = 'requests'): Amounts {
  const running = spec.containers.map((container) => reserved(container, list)).reduce(add, {});
  return (spec.initContainers ?? []).map((container) => reserved(container, list)).reduce(peak, running);
}

/** Cores as `250m` or `2`, bytes as `512Mi` or `2Gi`, as the API prints sums. */
export function format(name: string, value: number): string {
  const bytes = name.endsWith('memory') || name.endsWith('storage');
  const text = bytes ? (value % 1024 === 0 ? `${value / 1024}Ki` : String(Math.round(value))) : `${Math.round(value * 1000)}m`;
  return canonicalQuantity(text) ?? text;
}
