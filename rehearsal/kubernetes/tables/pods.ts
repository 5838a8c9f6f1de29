import { at, children, type Tree } from '../admission/tree.js';
import type { KubeObject } from '../api.js';
import { humanDuration } from './age.js';

function stateOf(status: Tree, state: 'waiting' | 'terminated' | 'running'): Tree | undefined {
  return at(status, `state.${state}`) as Tree | undefined;
}

function reasonOf(terminated: Tree): string {
  if (terminated['reason']) return String(terminated['reason']);
  return terminated['signal'] ? `Signal:${String(terminated['signal'])}` : `ExitCode:${String(terminated['exitCode'] ?? 0)}`;
}

function initReason(pod: KubeObject, statuses: readonly Tree[]): string | undefined {
  const total = children(pod['spec'] as Tree, 'initContainers').length;
  for (const [index, status] of statuses.entries()) {
    const terminated = stateOf(status, 'terminated');
    const waiting = stateOf(status, 'waiting');
    if (terminated && Number(terminated['exitCode'] ?? 0) === 0) continue;
    if (terminated) return `Init:${reasonOf(terminated)}`;
    if (waiting?.['reason'] && waiting['reason'] !== 'PodInitializing') return `Init:${String(waiting['reason'])}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function containerReason(fallback: string, statuses: readonly Tree[]): string {
  let reason = fallback;
  let running = false;
  for (const status of [...statuses].reverse()) {
    const waiting = stateOf(status, 'waiting');
    const terminated = stateOf(status, 'terminated');
    if (waiting?.['reason']) reason = String(waiting['reason']);
    else if (terminated) reason = reasonOf(terminated);
    else if (status['ready'] === true && stateOf(status, 'running')) running = true;
  }
  // A finished container beside a running one does not make the pod finished.
  return reason === 'Completed' && running ? 'Running' : reason;
}

/** The STATUS word of `kubectl get pods`. */
export function podStatus(pod: KubeObject): string {
  const status = (pod['status'] ?? {}) as Tree;
  const phase = String(status['reason'] ?? status['phase'] ?? 'Unknown');
  const reason =
    initReason(pod, children(status, 'initContainerStatuses')) ?? containerReason(phase, children(status, 'containerStatuses'));
  return pod.metadata.deletionTimestamp ? 'Terminating' : reason;
}

/** `1/2`: containers ready and in all. */
export function podReady(pod: KubeObject): string {
  const ready = children((pod['status'] ?? {}) as Tree, 'containerStatuses').filter((status) => status['ready'] === true).length;
  return `${ready}/${children(pod['spec'] as Tree, 'containers').length}`;
}

/** `0`, or `3 (20s ago)` with the last restart. */
export function podRestarts(pod: KubeObject, now: number): string {
  const statuses = children((pod['status'] ?? {}) as Tree, 'containerStatuses');
  const count = statuses.reduce((sum, status) => sum + Number(status['restartCount'] ?? 0), 0);
  const ends = statuses.map((status) => at(status, 'lastState.terminated.finishedAt')).filter((end) => typeof end === 'string');
  const last = Math.max(...ends.map((end) => Date.parse(end)));
  return count > 0 && ends.length > 0 ? `${count} (${humanDuration(now - last)} ago)` : String(count);
}
