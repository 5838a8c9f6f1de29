import type { Condition, Replicated } from './objects.js';

/** How far a Deployment or StatefulSet has come. */
export interface RolloutState {
  readonly wanted: number;
  readonly ready: number;
  readonly isDone: boolean;
  /** What is missing, in words; '' when done. */
  readonly detail: string;
}

/** @param leastReplicas floor that an autoscaler promises; the object itself may not have been raised to it yet. */
export function rolloutState(object: Replicated, leastReplicas: number): RolloutState {
  const { status, metadata, spec } = object;
  const wanted = Math.max(spec.replicas ?? 1, leastReplicas);
  const ready = status?.readyReplicas ?? 0;
  const missing = [
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) ? '' : 'the newest spec has not been taken up',
    (status?.updatedReplicas ?? 0) >= wanted ? '' : `${status?.updatedReplicas ?? 0} of ${wanted} pods are of the newest spec`,
    (status?.replicas ?? 0) <= Math.max(wanted, status?.updatedReplicas ?? 0) ? '' : 'pods of an older spec still run',
    ready >= wanted ? '' : `${ready} of ${wanted} pods are ready`,
    stalled(status?.conditions ?? []),
  ].filter((text) => text !== '');
  return { wanted, ready, isDone: missing.length === 0, detail: missing.join('; ') };
}

function stalled(conditions: readonly Condition[]): string {
  const progressing = conditions.find((condition) => condition.type === 'Progressing' && condition.status === 'False');
  return progressing === undefined ? '' : `${progressing.reason ?? 'stalled'}: ${progressing.message ?? ''}`;
}
