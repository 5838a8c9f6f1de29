import type { KubeObject, NewObject, PodLogs } from '../../../../../rehearsal/kubernetes/api.js';
import { startControllers, type Controllers } from '../../../../../rehearsal/kubernetes/controllers/index.js';
import type { Condition } from '../../../../../rehearsal/kubernetes/controllers/types.js';
import { ObjectStore } from '../../../../../rehearsal/kubernetes/store.js';
import type { Cluster, NodePool } from '../../../../../rehearsal/world/clusters.js';
import { World } from '../../../../../rehearsal/world/world.js';

// Jest lends its sandbox the outer realm's structuredClone, whose objects have another Object.prototype: isDeepStrictEqual
// then calls equal objects different, and every write looks like a change. JSON says the same and stays in this realm.
globalThis.structuredClone = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

export const NAMESPACE = 'langsmith';

const POOLS: NodePool[] = [
  { name: 'default', vmSize: 'Standard_D8s_v5', minCount: 1, maxCount: 2, labels: {}, taints: [] },
  {
    name: 'large',
    vmSize: 'Standard_D16s_v5',
    minCount: 0,
    maxCount: 1,
    labels: { 'langsmith.io/pool': 'large' },
    taints: ['langsmith.io/pool=large:NoSchedule'],
  },
];

/** A running cluster for one test. */
export interface Stage {
  readonly world: World;
  readonly cluster: Cluster;
  readonly store: ObjectStore;
  readonly logs: PodLogs;
  readonly controllers: Controllers;
}

const open: Stage[] = [];

export async function stage(podReadyMs = 10): Promise<Stage> {
  const world = await World.create({ podReadyMs });
  const cluster: Cluster = {
    name: 'langsmith-aks',
    resourceId: '/subscriptions/s/resourceGroups/langsmith-rg/providers/Microsoft.ContainerService/managedClusters/langsmith-aks',
    fqdn: 'langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io',
    oidcIssuerUrl: 'https://eastus.oic.prod-aks.azure.com/tenant/cluster/',
    kubernetesVersion: '1.36.0',
    localAccountDisabled: true,
    nodePools: POOLS,
  };
  const logs: PodLogs = new Map();
  const store = new ObjectStore(undefined, () => world.clock.now());
  const controllers = startControllers(store, { world, cluster, logs });
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const made = { world, cluster, store, logs, controllers };
  open.push(made);
  return made;
}

/** Ends every cluster a test started: for `afterEach`. */
export function closeStages(): void {
  for (const { controllers } of open.splice(0)) controllers.stop();
}

/** The first thing `look` finds, as soon as a write makes it findable. Fails with `what` after 25 seconds. */
export async function eventually<T>(on: Pick<Stage, 'store'>, what: string, look: () => T | undefined | false): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error(`waited in vain for ${what}`))), 25_000);
    let planned = false;
    const unsubscribe = on.store.subscribe(() => {
      if (!planned) setImmediate(check);
      planned = true;
    });
    let done = false;
    function finish(settle: () => void): void {
      if (done) return;
      done = true;
      clearTimeout(timer);
      unsubscribe();
      settle();
    }
    function check(): void {
      planned = false;
      if (done) return;
      const found = look();
      if (found !== undefined && found !== false) finish(() => resolve(found));
    }
    check();
  });
}

export function container(extra: object = {}): object {
  return { name: 'main', image: 'acme/app:1', ...extra };
}

export function deployment(name: string, replicas: number, podSpec: object = {}, metadata: object = {}): NewObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels, ...metadata }, spec: { containers: [container()], ...podSpec } },
    },
  };
}

export function job(name: string, spec: object = {}): NewObject {
  const template = { spec: { restartPolicy: 'Never', containers: [container()] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: NAMESPACE }, spec: { template, ...spec } };
}

export function status(on: Stage, kind: string, name: string): Record<string, unknown> {
  return (on.store.get(kind, NAMESPACE, name)?.['status'] ?? {}) as Record<string, unknown>;
}

export function conditionOf(
  on: Stage,
  kind: string,
  name: string,
  type: string,
  namespace: string | undefined = NAMESPACE,
): Condition | undefined {
  const object = on.store.get(kind, namespace, name);
  return ((object?.['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? []).find((entry) => entry.type === type);
}

/** Pods of the test's namespace whose name starts with `prefix`. */
export function podsOf(on: Stage, prefix: string): KubeObject[] {
  return on.store.list('Pod', NAMESPACE).filter((pod) => pod.metadata.name.startsWith(prefix));
}

/** What the first container of a pod waits for, or is. */
export function containerState(pod: KubeObject | undefined): { state: string; reason?: string; message?: string; restarts: number } {
  const found = (
    pod?.['status'] as
      { containerStatuses?: { state: Record<string, { reason?: string; message?: string }>; restartCount: number }[] } | undefined
  )?.containerStatuses?.[0];
  const [entry] = Object.entries(found?.state ?? {});
  return { state: entry?.[0] ?? 'none', ...entry?.[1], restarts: found?.restartCount ?? 0 };
}

/** `reason: message` of the events about an object, in order. */
export function eventsOf(on: Stage, prefix: string): string[] {
  return on.store
    .list('Event', NAMESPACE)
    .filter((event) => (event['involvedObject'] as { name: string }).name.startsWith(prefix))
    .map((event) => `${String(event['reason'])}: ${String(event['message'])}`);
}

export function isAvailable(on: Stage, name: string): boolean {
  return (
    conditionOf(on, 'apps/Deployment', name, 'Available')?.status === 'True' &&
    Number(status(on, 'apps/Deployment', name)['availableReplicas'] ?? 0) > 0
  );
}
