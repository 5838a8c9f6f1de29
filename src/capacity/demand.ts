import { type FeatureName, featuresOf, hookJobsOf, type PoolName, type Shape, type Workload, workloadsOf } from '../passes.js';
import { isTree, type Tree } from '../values/merge.js';
import { AGENT_DEFAULTS_0_13, type ChartDefault, CHART_DEFAULTS_0_13 } from './chart-defaults-0.13.js';
import type { Placement, Toleration } from './nodes.js';
import { type Amount, bytes, millicores, plus, sum, times } from './quantity.js';

/** Pods of one kind that a deployment needs, each of the same size. */
export interface PodDemand extends Placement {
  /** Suffix of the workload or Job (`backend`), or what the operator runs for a product (`agent-builder agent`). */
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'Job' | 'agent';
  /** Where the catalogue means it to run; where it may run, its selector and tolerations say. */
  readonly pool: PoolName;
  /** What decides how many there are; `fixed` has equal bounds. */
  readonly scaledBy: 'fixed' | 'hpa' | 'keda' | 'operator';
  readonly replicas: { readonly min: number; readonly max: number };
  /** Of one pod. */
  readonly requests: Amount;
  readonly limits: Amount;
  /** The pods say nothing about their size: the LimitRange of the namespace does ({@link CONTAINER_DEFAULTS}). */
  readonly sizedByLimitRange: boolean;
}

/** What a deployment asks of its cluster. */
export interface Demand {
  readonly workloads: readonly PodDemand[];
  /** Hook Jobs: they come and go with a release, not all at once. */
  readonly jobs: readonly PodDemand[];
  /** What the operator starts by itself for the products of later passes; agents that users deploy are not known beforehand. */
  readonly agents: readonly PodDemand[];
}

/** What the LimitRange of the namespace gives a container that states nothing. */
export const CONTAINER_DEFAULTS = {
  requests: { cpu: '100m', memory: '256Mi' },
  limits: { cpu: '1', memory: '1Gi' },
} as const;

const amountOf = (cpu: unknown, memory: unknown, fallback: readonly [string, string]): Amount => ({
  cpu: millicores(cpu) ?? millicores(fallback[0]) ?? 0,
  memory: bytes(memory) ?? bytes(fallback[1]) ?? 0,
});

const UNSIZED = {
  requests: amountOf(CONTAINER_DEFAULTS.requests.cpu, CONTAINER_DEFAULTS.requests.memory, ['0', '0']),
  limits: amountOf(CONTAINER_DEFAULTS.limits.cpu, CONTAINER_DEFAULTS.limits.memory, ['0', '0']),
  sizedByLimitRange: true,
} as const;

const ANYWHERE: Placement = { nodeSelector: {}, tolerations: [] };

/** Where a product's agent is configured in the chart's values; the key of insights' agent in the cluster is `clio`. */
const AGENTS: Readonly<Partial<Record<FeatureName, { readonly key: string; readonly name: string }>>> = {
  'agent-builder': { key: 'agentBuilder', name: 'agent-builder' },
  insights: { key: 'insights', name: 'clio' },
  polly: { key: 'polly', name: 'smith-polly' },
};

/**
 * How many pods of what size a deployment needs. PURE.
 * @param values the merged values of the chart; what they leave out is the chart's own default.
 */
export function demandOf(shape: Shape, values: Tree): Demand {
  return {
    workloads: workloadsOf(shape).map((workload) => workloadDemand(shape, workload, subtree(values, workload.key))),
    jobs: hookJobsOf(shape.pass).map((job) => ({
      name: job.suffix,
      kind: 'Job',
      pool: 'default',
      scaledBy: 'fixed',
      replicas: { min: 1, max: 1 },
      ...ANYWHERE,
      ...UNSIZED,
    })),
    agents: featuresOf(shape).flatMap(({ name }) => agentDemand(name, values)),
  };
}

const subtree = (tree: Tree, ...path: readonly string[]): Tree =>
  path.reduce<Tree>((inner, key) => {
    const next = inner[key];
    return isTree(next) ? next : {};
  }, tree);

const FALLBACK: ChartDefault = {
  replicas: 1,
  requests: [CONTAINER_DEFAULTS.requests.cpu, CONTAINER_DEFAULTS.requests.memory],
  limits: [CONTAINER_DEFAULTS.limits.cpu, CONTAINER_DEFAULTS.limits.memory],
};

function workloadDemand(shape: Shape, workload: Workload, values: Tree): PodDemand {
  const standard = CHART_DEFAULTS_0_13[workload.key] ?? FALLBACK;
  const pod = subtree(values, workload.kind === 'StatefulSet' ? 'statefulSet' : 'deployment');
  const { requests, limits } = subtree(pod, 'resources') as { requests?: Tree; limits?: Tree };
  return {
    name: workload.suffix,
    kind: workload.kind,
    pool: workload.pool(shape),
    ...scaleOf(values, standard),
    requests: amountOf(requests?.['cpu'], requests?.['memory'], standard.requests),
    limits: amountOf(limits?.['cpu'], limits?.['memory'], standard.limits),
    nodeSelector: Object.fromEntries(Object.entries(subtree(pod, 'nodeSelector')).map(([label, value]) => [label, String(value)])),
    tolerations: Array.isArray(pod['tolerations']) ? (pod['tolerations'] as readonly Toleration[]) : [],
    sizedByLimitRange: CHART_DEFAULTS_0_13[workload.key] === undefined && requests === undefined,
  };
}

/** The chart leaves `spec.replicas` to the autoscaler that is on; it refuses both at once. */
function scaleOf(values: Tree, standard: ChartDefault): Pick<PodDemand, 'scaledBy' | 'replicas'> {
  const hpa = subtree(values, 'autoscaling', 'hpa');
  const keda = subtree(values, 'autoscaling', 'keda');
  const [min, max] = standard.scale ?? [standard.replicas, standard.replicas];
  if (hpa['enabled'] === true) {
    return { scaledBy: 'hpa', replicas: { min: whole(hpa['minReplicas'], min), max: whole(hpa['maxReplicas'], max) } };
  }
  if (keda['enabled'] === true) {
    return { scaledBy: 'keda', replicas: { min: whole(keda['minReplicaCount'], min), max: whole(keda['maxReplicaCount'], max) } };
  }
  const fixed = whole(subtree(values, 'deployment')['replicas'], standard.replicas);
  return { scaledBy: 'fixed', replicas: { min: fixed, max: fixed } };
}

const whole = (value: unknown, fallback: number): number => (typeof value === 'number' && Number.isInteger(value) ? value : fallback);

const number = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback);

/** The agent of a product, and the PostgreSQL and Redis the operator starts beside it; the operator's templates give those no size. */
function agentDemand(feature: FeatureName, values: Tree): PodDemand[] {
  const agent = AGENTS[feature];
  if (agent === undefined) return [];
  const set = subtree(values, 'config', agent.key, 'agent', 'resources');
  const of = (key: keyof typeof AGENT_DEFAULTS_0_13): number => number(set[key], AGENT_DEFAULTS_0_13[key]);
  const shared = { kind: 'agent', pool: 'default', scaledBy: 'operator', ...ANYWHERE } as const;
  return [
    {
      ...shared,
      name: `${agent.name} agent`,
      replicas: { min: of('minScale'), max: of('maxScale') },
      requests: amountOf(of('cpu'), `${of('memoryMb')}Mi`, ['0', '0']),
      limits: amountOf(of('cpuLimit'), `${of('memoryLimitMb')}Mi`, ['0', '0']),
      sizedByLimitRange: false,
    },
    { ...shared, name: `${agent.name} PostgreSQL`, replicas: { min: 1, max: 1 }, ...UNSIZED },
    { ...shared, name: `${agent.name} Redis`, replicas: { min: 1, max: 1 }, ...UNSIZED },
  ];
}

/** What all pods ask for together when every autoscaler is at one of its bounds. `what` chooses requests or limits. */
export function totalOf(pods: readonly PodDemand[], bound: 'min' | 'max', what: 'requests' | 'limits'): Amount {
  return sum(pods.map((pod) => times(pod[what], pod.replicas[bound])));
}

/** The largest hook Job with what it runs beside: Jobs of one weight run one after another, so at most one is on at a time. */
export const peakOf = (demand: Demand, bound: 'min' | 'max', what: 'requests' | 'limits'): Amount => {
  const jobs = demand.jobs.map((job) => job[what]);
  const largest: Amount = { cpu: Math.max(0, ...jobs.map(({ cpu }) => cpu)), memory: Math.max(0, ...jobs.map(({ memory }) => memory)) };
  return plus(totalOf([...demand.workloads, ...demand.agents], bound, what), largest);
};
