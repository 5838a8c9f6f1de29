import type { Container, PodSpec } from './types.js';

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity (`500m`, `4Gi`, `1e3`) as a number: cores, bytes or a count. Throws on anything else. */
export function quantity(text: string | number): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(String(text));
  const factor = SUFFIXES[match?.[2] ?? '?'];
  if (!match || factor === undefined) throw new Error(`"${text}" is not a Kubernetes quantity`);
  return Number(match[1]) * factor;
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
  if (name.endsWith('cpu'))
    return Number.isInteger(Math.round(value * 1000) / 1000) ? String(Math.round(value)) : `${Math.round(value * 1000)}m`;
  if (!name.endsWith('memory') && !name.endsWith('storage')) return String(value);
  const unit = (['Gi', 'Mi', 'Ki'] as const).find((suffix) => value > 0 && value % (SUFFIXES[suffix] ?? 1) === 0);
  return unit ? `${value / (SUFFIXES[unit] ?? 1)}${unit}` : String(Math.round(value));
}
