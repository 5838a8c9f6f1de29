import type { ContainerStatus, Job, KubeEvent, KubeObject, Pod, VolumeClaim } from './objects.js';
import { ofKind } from './objects.js';

/** A pod that is not well, and where to read more. PURE data, not yet redacted. */
export interface Trouble {
  readonly pod: string;
  /** Undefined when the pod itself is stuck: not scheduled, evicted. */
  readonly container?: string;
  /** The state in words: `waiting, CreateContainerConfigError: …`. */
  readonly state: string;
  /** Log of the container before its last restart: a crash loop says nothing in its newest log. */
  readonly previousLog: boolean;
  /** There is or was a process that could have logged. */
  readonly hasLog: boolean;
  /** Other pods of the same owner in the same state: one of them tells for all. */
  readonly alike: number;
}

type Finding = Omit<Trouble, 'alike'> & { readonly owner: string };

/** Reasons a container waits for while all is well. */
const PATIENT_REASONS = new Set(['ContainerCreating', 'PodInitializing']);

/** Containers and pods that explain why something does not come up, worst first. */
export function troublesOf(objects: readonly KubeObject[]): Trouble[] {
  const pods = ofKind<Pod>(objects, 'Pod')
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
  const findings = [...pods.flatMap(podTroubles), ...pods.flatMap(containerTroubles)];
  const isLike = (a: Finding, b: Finding): boolean =>
    a.owner === b.owner && a.container === b.container && kindOfState(a.state) === kindOfState(b.state);
  return findings.flatMap(({ owner, ...trouble }, index) => {
    const self = { owner, ...trouble };
    if (findings.findIndex((other) => isLike(self, other)) !== index) return [];
    return [{ ...trouble, alike: findings.filter((other) => isLike(self, other)).length - 1 }];
  });
}

/** `waiting, CrashLoopBackOff` of a longer state: what follows names the single pod. */
const kindOfState = (state: string): string => state.split(':')[0] ?? state;

const ownerOf = (pod: Pod): string => pod.metadata.ownerReferences?.[0]?.name ?? pod.metadata.name;

function podTroubles(pod: Pod): Finding[] {
  const unscheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False');
  const pending =
    pod.status?.phase === 'Pending' && unscheduled !== undefined
      ? `${unscheduled.reason ?? 'not scheduled'}: ${unscheduled.message ?? ''}; asks for ${requestsOf(pod)} in the pool ${poolOf(pod)}`
      : undefined;
  const evicted =
    pod.status?.phase === 'Failed' && pod.status.reason !== undefined ? `${pod.status.reason}: ${pod.status.message ?? ''}` : undefined;
  return [pending, evicted]
    .filter((state) => state !== undefined)
    .map((state) => ({ owner: ownerOf(pod), pod: pod.metadata.name, state, previousLog: false, hasLog: false }));
}

/** `cpu 2, memory 4Gi`, container by container. */
function requestsOf({ spec: { containers = [] } }: Pod): string {
  const asked = containers
    .map(({ resources }) => Object.entries(resources?.requests ?? {}).map(([resource, amount]) => `${resource} ${amount}`))
    .filter((amounts) => amounts.length > 0);
  return asked.length === 0 ? 'nothing' : asked.map((amounts) => amounts.join(', ')).join(' and ');
}

/** Labels whose value is the name of a pool: ours, and that of AKS. */
const POOL_LABELS = ['langsmith.io/pool', 'kubernetes.azure.com/agentpool'];
const poolOf = ({ spec: { nodeSelector = {} } }: Pod): string =>
  POOL_LABELS.map((label) => nodeSelector[label]).find((pool) => pool !== undefined) ?? Object.values(nodeSelector)[0] ?? 'default';

function containerTroubles(pod: Pod): Finding[] {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.flatMap((status) => {
    const state = stateOf(status);
    if (state === undefined) return [];
    const previousLog = status.restartCount > 0 && status.state?.waiting !== undefined;
    const hasLog = status.state?.running !== undefined || status.state?.terminated !== undefined || previousLog;
    return [{ owner: ownerOf(pod), pod: pod.metadata.name, container: status.name, state, previousLog, hasLog }];
  });
}

function stateOf(status: ContainerStatus): string | undefined {
  const { waiting, terminated, running } = status.state ?? {};
  const last = status.lastState?.terminated;
  const lastly =
    last === undefined
      ? ''
      : `; last ended with ${last.reason ?? 'Error'}, exit code ${last.exitCode ?? '?'}, ${status.restartCount} restarts`;
  if (waiting !== undefined) {
    if (PATIENT_REASONS.has(waiting.reason ?? '') && last === undefined) return undefined;
    return `waiting, ${waiting.reason ?? 'no reason given'}${waiting.message === undefined ? '' : `: ${waiting.message}`}${lastly}`;
  }
  if (terminated !== undefined) {
    return terminated.exitCode === 0
      ? undefined
      : `ended, ${terminated.reason ?? 'Error'}, exit code ${terminated.exitCode ?? '?'}${terminated.message === undefined ? '' : `: ${terminated.message}`}`;
  }
  return running !== undefined && !status.ready ? `running but not ready${lastly}` : undefined;
}

/** Jobs that gave up, in words. */
export function failedJobs(objects: readonly KubeObject[]): string[] {
  return ofKind<Job>(objects, 'Job').flatMap((job) => {
    const failed = job.status?.conditions?.find((condition) => condition.type === 'Failed' && condition.status === 'True');
    return failed === undefined ? [] : [`Job ${job.metadata.name}: ${failed.reason ?? 'failed'}: ${failed.message ?? ''}`];
  });
}

/** Volume claims that no disk is bound to, in words. A pod that waits for one says only that it is not scheduled or still being made. */
export function pendingClaims(objects: readonly KubeObject[]): string[] {
  return ofKind<VolumeClaim>(objects, 'PersistentVolumeClaim')
    .filter(({ status }) => status?.phase !== 'Bound')
    .map(({ metadata: { name }, spec, status }) => {
      const last = warningsFor(objects, 'PersistentVolumeClaim', name).at(-1);
      const storage = spec?.storageClassName === undefined ? '' : ` of storage class ${spec.storageClassName}`;
      return `PersistentVolumeClaim ${name}${storage} is ${status?.phase ?? 'without a phase'}${last === undefined ? '' : `: ${last}`}`;
    });
}

/**
 * Warnings about one object, oldest first, each text once. Events outlive what they tell of: those of an earlier pod or Job of the same
 * name are left out by its uid.
 */
export function warningsFor(objects: readonly KubeObject[], kind: string, name: string): string[] {
  const present = objects.find((object) => object.kind === kind && object.metadata.name === name);
  const warnings = ofKind<KubeEvent>(objects, 'Event')
    .filter(({ type, involvedObject }) => type === 'Warning' && involvedObject.kind === kind && involvedObject.name === name)
    .filter(({ involvedObject }) => present?.metadata.uid === undefined || involvedObject.uid === present.metadata.uid)
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .map((event) => `${event.reason ?? ''}${(event.count ?? 1) > 1 ? ` (${event.count ?? 1} times)` : ''}: ${event.message ?? ''}`);
  return [...new Set(warnings)];
}

/**
 * The last warning of everything that is no pod, unless something ordinary has happened to it since: ReplicaSets that may not create pods,
 * the autoscaler of the nodes.
 */
export function otherWarnings(objects: readonly KubeObject[]): string[] {
  const owners = ofKind<KubeEvent>(objects, 'Event')
    .filter(({ type, involvedObject }) => type === 'Warning' && !LISTED.has(involvedObject.kind))
    .map(({ involvedObject }) => `${involvedObject.kind} ${involvedObject.name}`);
  return [...new Set(owners)].flatMap((owner) => {
    const [kind = '', name = ''] = owner.split(' ');
    const last = warningsFor(objects, kind, name).at(-1);
    return last === undefined || hasRecovered(objects, kind, name) ? [] : [`${owner}: ${last}`];
  });
}

/** An event that is no warning is newer than every warning: events stay for an hour, whatever has become of their object. */
function hasRecovered(objects: readonly KubeObject[], kind: string, name: string): boolean {
  const own = ofKind<KubeEvent>(objects, 'Event').filter(
    ({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name,
  );
  const newest = (isWarning: boolean): string =>
    own
      .filter(({ type }) => (type === 'Warning') === isWarning)
      .map(timeOf)
      .sort()
      .at(-1) ?? '';
  return newest(false) > newest(true);
}

/** Kinds that are told by their own state. */
const LISTED = new Set(['Pod', 'Job', 'PersistentVolumeClaim']);

const timeOf = (event: KubeEvent): string => event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
