import { CONTAINER_DEFAULTS, type Demand, type PodDemand, totalOf } from '../capacity/demand.js';
import { AGENT_DEFAULTS_0_13 } from '../capacity/chart-defaults-0.13.js';
import { type Amount, bytes, millicores, plus, sum, times } from '../capacity/quantity.js';
import type { Quota } from '../capacity/fit.js';
import type { Shape } from '../passes.js';

/** What the pods of the namespace may take together, as a ResourceQuota says it. */
export type Hard = Readonly<Record<'requests.cpu' | 'requests.memory' | 'limits.cpu' | 'limits.memory' | 'pods', string>>;

/** What a Deployment may have beyond its replicas while it rolls: the default of Kubernetes, rounded up. */
const SURGE = 0.25;

/**
 * Agents that users may deploy from pass 3 on, each as large as the chart makes an agent and with a PostgreSQL and a Redis beside it.
 * Ten are plenty to begin with, and few enough that a loop which deploys agents is stopped before it has taken the node pools.
 */
const AGENT_ROOM = 10;

/** PostgreSQL and Redis of an agent. */
const AGENT_STORES = 2;

/** Pods of default size beyond all that is known: the solver of a certificate challenge, a shell to look around with. */
const SPARE_PODS = 5;

const MEBIBYTE = 2 ** 20;

const sized = (what: 'requests' | 'limits'): Amount => ({
  cpu: millicores(CONTAINER_DEFAULTS[what].cpu) ?? 0,
  memory: bytes(CONTAINER_DEFAULTS[what].memory) ?? 0,
});

const agent = (what: 'requests' | 'limits'): Amount => {
  const { cpu, cpuLimit, memoryMb, memoryLimitMb } = AGENT_DEFAULTS_0_13;
  const own =
    what === 'requests' ? { cpu: cpu * 1000, memory: memoryMb * MEBIBYTE } : { cpu: cpuLimit * 1000, memory: memoryLimitMb * MEBIBYTE };
  return plus(own, times(sized(what), AGENT_STORES));
};

/** Pods a rollout adds when all replicas there can be are replaced: it may meet every autoscaler at its maximum. */
const surgeOf = (pod: PodDemand): number => (pod.kind === 'Deployment' || pod.kind === 'agent' ? Math.ceil(pod.replicas.max * SURGE) : 0);

/** What every autoscaler at its maximum may ask for, with surge, hook Jobs, room for agents and spare pods. PURE. */
export function roomOf(shape: Shape, demand: Demand): Quota {
  const pods = [...demand.workloads, ...demand.agents];
  const all = (what: 'requests' | 'limits'): Amount =>
    sum([
      totalOf([...pods, ...demand.jobs], 'max', what),
      ...pods.map((pod) => times(pod[what], surgeOf(pod))),
      times(agent(what), agentRoom(shape)),
      times(sized(what), SPARE_PODS),
    ]);
  return { requests: all('requests'), limits: all('limits') };
}

const agentRoom = ({ pass }: Shape): number => (pass >= 3 ? AGENT_ROOM : 0);

/**
 * The most a deployment takes: every autoscaler at its maximum, all rollouts at once, all hook Jobs, and room for agents. It is a bound
 * on what gets out of hand, not on what the deployment itself may need: a quota below that stops an upgrade half way. PURE.
 */
export function quotaOf(shape: Shape, demand: Demand): Hard {
  const { requests, limits } = roomOf(shape, demand);
  const count = [...demand.workloads, ...demand.agents, ...demand.jobs].reduce((total, pod) => total + pod.replicas.max + surgeOf(pod), 0);
  return {
    'requests.cpu': cpuText(requests),
    'requests.memory': memoryText(requests),
    'limits.cpu': cpuText(limits),
    'limits.memory': memoryText(limits),
    pods: String(count + agentRoom(shape) * (1 + AGENT_STORES) + SPARE_PODS),
  };
}

/** Whole cores and GiB, rounded up: the API server writes them back as they are, so that nothing looks changed. */
const cpuText = ({ cpu }: Amount): string => String(Math.ceil(cpu / 1000));
const memoryText = ({ memory }: Amount): string => `${Math.ceil(memory / 2 ** 30)}Gi`;
