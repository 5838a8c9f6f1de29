import type { KubeObject } from '../api.js';
import { containerStatus, type ContainerRun } from './container-run.js';
import { podSpec, podStatus, withCondition, type Condition, type PodStatus } from './types.js';

/** Everything a pod's status is made of. Times in ms of the world's clock. */
export interface PodView {
  readonly pod: KubeObject;
  readonly init: readonly ContainerRun[];
  readonly main: readonly ContainerRun[];
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly podIP: string;
  readonly hostIP: string;
  readonly startedAt: string;
  readonly mounted: boolean;
  readonly isReady: (run: ContainerRun) => boolean;
}

/** Guaranteed, Burstable or BestEffort, by the containers' requests and limits. */
function qosClass(pod: KubeObject): string {
  const all = podSpec(pod).containers.map((container) => container.resources ?? {});
  if (all.every((resources) => !resources.requests && !resources.limits)) return 'BestEffort';
  const guaranteed = all.every(
    ({ requests, limits }) =>
      limits?.['cpu'] && limits['memory'] && ['cpu', 'memory'].every((name) => !requests?.[name] || requests[name] === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function readiness(view: PodView, unready: readonly string[]): Omit<Condition, 'type'> {
  if (view.phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (view.phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  if (unready.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}

/** `status` of a pod on a node, as its kubelet reports it. */
export function renderStatus(view: PodView, now: string): PodStatus {
  const { pod, init, main } = view;
  const uninitialised = init
    .filter((run) => !run.succeeded() && !(run.isSidecar && run.state.is === 'running'))
    .map((run) => run.spec.name);
  const unready = main.filter((run) => !view.isReady(run)).map((run) => run.spec.name);
  const ready = readiness(view, unready);
  const initialized: Condition =
    uninitialised.length === 0 || view.phase === 'Succeeded'
      ? { type: 'Initialized', status: 'True' }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${uninitialised.join(' ')}]`,
        };
  const conditions = (
    [
      { type: 'PodReadyToStartContainers', status: view.mounted ? 'True' : 'False' },
      initialized,
      { type: 'Ready', ...ready },
      { type: 'ContainersReady', ...ready },
    ] as Condition[]
  ).reduce<Condition[]>((list, next) => withCondition(list, next, now), podStatus(pod).conditions ?? []);
  return {
    phase: view.phase,
    conditions,
    hostIP: view.hostIP,
    hostIPs: [{ ip: view.hostIP }],
    ...(view.mounted ? { podIP: view.podIP, podIPs: [{ ip: view.podIP }] } : {}),
    startTime: view.startedAt,
    ...(init.length > 0 ? { initContainerStatuses: init.map((run) => containerStatus(run, run.succeeded() || view.isReady(run))) } : {}),
    containerStatuses: main.map((run) => containerStatus(run, view.isReady(run))),
    qosClass: qosClass(pod),
  };
}
