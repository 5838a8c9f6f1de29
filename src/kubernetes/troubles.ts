import type { ContainerStatus, Job, KubeEvent, KubeObject, Pod } from './objects.js';
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
}

/** Reasons a container waits for while all is well. */
const PATIENT_REASONS = new Set(['ContainerCreating', 'PodInitializing']);

/** Containers and pods that explain why something does not come up, worst first. */
export function troublesOf(objects: readonly KubeObject[]): Trouble[] {
  const pods = ofKind<Pod>(objects, 'Pod').filter((pod) => pod.metadata.deletionTimestamp === undefined);
  return [...pods.flatMap(podTroubles), ...pods.flatMap(containerTroubles)];
}

function podTroubles(pod: Pod): Trouble[] {
  const unscheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False');
  const pending =
    pod.status?.phase === 'Pending' && unscheduled !== undefined
      ? `${unscheduled.reason ?? 'not scheduled'}: ${unscheduled.message ?? ''}`
      : undefined;
  const evicted =
    pod.status?.phase === 'Failed' && pod.status.reason !== undefined ? `${pod.status.reason}: ${pod.status.message ?? ''}` : undefined;
  return [pending, evicted]
    .filter((state) => state !== undefined)
    .map((state) => ({ pod: pod.metadata.name, state, previousLog: false, hasLog: false }));
}

function containerTroubles(pod: Pod): Trouble[] {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.flatMap((status) => {
    const state = stateOf(status);
    if (state === undefined) return [];
    const previousLog = status.restartCount > 0 && status.state?.waiting !== undefined;
    const hasLog = status.state?.running !== undefined || status.state?.terminated !== undefined || previousLog;
    return [{ pod: pod.metadata.name, container: status.name, state, previousLog, hasLog }];
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

/** Warnings about objects whose name begins with `name`, newest last, each text once. */
export function warningsFor(objects: readonly KubeObject[], name: string): string[] {
  const warnings = ofKind<KubeEvent>(objects, 'Event')
    .filter((event) => event.type === 'Warning' && event.involvedObject.name === name)
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .map((event) => `${event.reason ?? ''}${(event.count ?? 1) > 1 ? ` (${event.count ?? 1} times)` : ''}: ${event.message ?? ''}`);
  return [...new Set(warnings)];
}

/** Warnings about objects that are not pods: claims, Jobs and ReplicaSets that may not create pods. */
export function otherWarnings(objects: readonly KubeObject[]): string[] {
  const names = ofKind<KubeEvent>(objects, 'Event')
    .filter((event) => event.type === 'Warning' && event.involvedObject.kind !== 'Pod')
    .map((event) => `${event.involvedObject.kind} ${event.involvedObject.name}`);
  return [...new Set(names)].flatMap((owner) => {
    const last = warningsFor(objects, owner.split(' ')[1] ?? '').at(-1);
    return last === undefined ? [] : [`${owner}: ${last}`];
  });
}

const timeOf = (event: KubeEvent): string => event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
