import type { KubeObject } from '../api.js';
import { add, amounts, podAmounts, type Amounts } from './quantities.js';
import { isActive, matches, matchesExpression, podSpec, specOf, statusOf, type Toleration } from './types.js';

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

/** A node with what already runs on it. */
export interface Place {
  readonly node: KubeObject;
  readonly pods: KubeObject[];
  free: Amounts;
}

export function placesOf(nodes: readonly KubeObject[], pods: readonly KubeObject[]): Place[] {
  return nodes.map((node) => {
    const own = pods.filter((pod) => podSpec(pod).nodeName === node.metadata.name && isActive(pod));
    const free = amounts(statusOf<{ allocatable: Record<string, string> }>(node).allocatable);
    const place: Place = { node, pods: [], free };
    for (const pod of own) occupy(place, pod);
    return place;
  });
}

export function occupy(place: Place, pod: KubeObject): void {
  place.pods.push(pod);
  place.free = add(place.free, negative({ ...podAmounts(podSpec(pod)), pods: 1 }));
}

function negative(list: Amounts): Amounts {
  return Object.fromEntries(Object.entries(list).map(([name, value]) => [name, -value]));
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (!toleration.key) return toleration.operator === 'Exists';
  return toleration.key === taint.key && (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? ''));
}

function untolerated(pod: KubeObject, node: KubeObject): Taint | undefined {
  const taints = specOf<{ taints?: Taint[] }>(node).taints ?? [];
  const tolerations = podSpec(pod).tolerations ?? [];
  return taints.find((taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)));
}

function nodeSelected(pod: KubeObject, node: KubeObject): boolean {
  const spec = podSpec(pod);
  const labels = node.metadata.labels ?? {};
  if (!matches({ matchLabels: spec.nodeSelector ?? {} }, labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    !required ||
    required.nodeSelectorTerms.some((term) => (term.matchExpressions ?? []).every((expression) => matchesExpression(expression, labels)))
  );
}

function keptApart(pod: KubeObject, place: Place, places: readonly Place[]): boolean {
  const terms = podSpec(pod).affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some((term) => {
    const domain = place.node.metadata.labels?.[term.topologyKey];
    const neighbours = places
      .filter((other) => domain !== undefined && other.node.metadata.labels?.[term.topologyKey] === domain)
      .flatMap((other) => other.pods);
    return neighbours.some(
      (other) => other.metadata.namespace === pod.metadata.namespace && matches(term.labelSelector, other.metadata.labels),
    );
  });
}

/** Why a pod cannot go to a node, in the scheduler's words; empty when it can. `fixed` reasons do not go away by evicting others. */
export interface Refusal {
  readonly reasons: string[];
  readonly fixed: boolean;
}

export function refusal(pod: KubeObject, place: Place, places: readonly Place[]): Refusal {
  if (specOf<{ unschedulable?: boolean }>(place.node).unschedulable) return { reasons: ['node(s) were unschedulable'], fixed: true };
  const taint = untolerated(pod, place.node);
  if (taint) return { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`], fixed: true };
  if (!nodeSelected(pod, place.node)) return { reasons: ["node(s) didn't match Pod's node affinity/selector"], fixed: true };
  if (keptApart(pod, place, places)) return { reasons: ["node(s) didn't match pod anti-affinity rules"], fixed: false };
  const reasons = (place.free['pods'] ?? 0) < 1 ? ['Too many pods'] : [];
  for (const [name, wanted] of Object.entries(podAmounts(podSpec(pod)))) {
    if (wanted > 0 && wanted > (place.free[name] ?? 0) + 1e-9) reasons.push(`Insufficient ${name}`);
  }
  return { reasons, fixed: false };
}

/** The message of a FailedScheduling event, as kube-scheduler words it. */
export function unschedulableMessage(refusals: readonly Refusal[]): string {
  const nodes = refusals.length;
  if (nodes === 0) return 'no nodes available to schedule pods';
  const fixed = refusals.filter((entry) => entry.fixed).length;
  const preemption = tally([
    ...Array<string>(fixed).fill('Preemption is not helpful for scheduling'),
    ...Array<string>(nodes - fixed).fill('No preemption victims found for incoming pod'),
  ]);
  return `0/${nodes} nodes are available: ${tally(refusals.flatMap((entry) => entry.reasons))}. preemption: 0/${nodes} nodes are available: ${preemption}.`;
}

/** `1 Insufficient memory, 3 Insufficient cpu`: counted and sorted as text, like the original. */
export function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
