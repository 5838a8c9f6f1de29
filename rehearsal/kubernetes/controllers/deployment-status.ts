import type { KubeObject } from '../api.js';
import type { DeploymentSpec } from './deployments.js';
import type { ReplicaSetStatus } from './replicasets.js';
import { bounds } from './rollout.js';
import { condition, specOf, statusOf, withCondition, type Condition } from './types.js';

/** How far a rollout has come. `settled`: it is complete or has been given up, so no deadline runs. */
export interface Progress {
  readonly set: string | undefined;
  readonly score: number;
  readonly movedAt: number;
  readonly settled: boolean;
}

interface Timing {
  readonly now: number;
  readonly deadlineMs: number;
  /** The ReplicaSet of this template existed before. */
  readonly found: boolean;
  readonly before: Progress | undefined;
}

function total(sets: readonly (KubeObject | undefined)[], field: keyof Omit<ReplicaSetStatus, 'conditions'>): number {
  return sets.reduce((sum, set) => sum + (set ? (statusOf<ReplicaSetStatus>(set)[field] ?? 0) : 0), 0);
}

function progressing(name: string, complete: boolean, late: boolean, started: boolean, found: boolean): Condition {
  const set = `ReplicaSet "${name}"`;
  if (complete)
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: `${set} has successfully progressed.` };
  if (late)
    return { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: `${set} has timed out progressing.` };
  if (started) return { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${set} is progressing.` };
  return found
    ? { type: 'Progressing', status: 'True', reason: 'FoundNewReplicaSet', message: `Found new replica set "${name}"` }
    : { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` };
}

/** The status of a Deployment from its ReplicaSets, and where the rollout stands. */
export function deploymentStatus(
  deployment: KubeObject,
  next: KubeObject | undefined,
  sets: readonly KubeObject[],
  timing: Timing,
): { status: object; progress: Progress } {
  const spec = specOf<DeploymentSpec>(deployment);
  const desired = spec.replicas ?? 1;
  const replicas = total(sets, 'replicas');
  const updated = total([next], 'replicas');
  const ready = total(sets, 'readyReplicas');
  const available = total(sets, 'availableReplicas');
  const complete = next !== undefined && updated === desired && replicas === desired && available === desired;

  const score = updated + ready + available - (replicas - updated);
  const sameRollout = timing.before?.set === next?.metadata.uid;
  const moved = !sameRollout || timing.before === undefined || score > timing.before.score;
  // A rollout that once was complete is not late again when a pod dies; only a new one starts a new deadline.
  const wasComplete = sameRollout && condition(deployment, 'Progressing')?.reason === 'NewReplicaSetAvailable';
  const movedAt = moved ? timing.now : (timing.before?.movedAt ?? timing.now);
  const late = !complete && !wasComplete && timing.now >= movedAt + timing.deadlineMs;
  const progress: Progress = {
    set: next?.metadata.uid,
    score: moved ? score : (timing.before?.score ?? score),
    movedAt,
    settled: complete || wasComplete || late || spec.paused === true,
  };

  const now = new Date(timing.now).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const enough =
    available >= desired - (spec.strategy?.type === 'Recreate' ? 0 : bounds(desired, spec.strategy?.rollingUpdate).unavailable);
  const serving: Condition = enough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  let conditions = stamped(statusOf<{ conditions: Condition[] }>(deployment).conditions, serving, now);
  if (spec.paused)
    conditions = stamped(
      conditions,
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' },
      now,
    );
  else if (next)
    conditions = stamped(conditions, progressing(next.metadata.name, complete || wasComplete, late, updated > 0, timing.found), now);
  const failure = next && condition(next, 'ReplicaFailure');
  conditions = failure ? stamped(conditions, failure, now) : conditions.filter((entry) => entry.type !== 'ReplicaFailure');

  const status = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...counted({
      replicas,
      updatedReplicas: updated,
      readyReplicas: ready,
      availableReplicas: available,
      unavailableReplicas: Math.max(0, Math.max(desired, replicas) - available),
    }),
    conditions,
  };
  return { status, progress };
}

/** Counters as the API writes them: zero is absent. */
function counted(counters: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).filter(([, count]) => count !== 0));
}

/** Like `withCondition`, with Deployments' `lastUpdateTime`, which moves with the reason, too. */
function stamped(conditions: Condition[] | undefined, next: Condition, now: string): Condition[] {
  const before = conditions?.find((entry) => entry.type === next.type);
  const same = before?.status === next.status && before.reason === next.reason && before.message === next.message;
  return withCondition(conditions, { ...next, lastUpdateTime: same ? (before.lastUpdateTime ?? now) : now }, now);
}
