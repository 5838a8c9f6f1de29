import { deserialize, serialize } from 'node:v8';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { KubeObject, NewObject } from '../../../../rehearsal/kubernetes/api.js';
import { playClusters, type ClusterContents, type PlayedClusters } from '../../../../rehearsal/kubernetes/index.js';
import type { ObjectStore } from '../../../../rehearsal/kubernetes/store.js';
import type { Cluster } from '../../../../rehearsal/world/clusters.js';
import { World, type WorldSnapshot } from '../../../../rehearsal/world/world.js';
import { deployment, eventually, job, NAMESPACE, podsOf, type Stage } from './controllers/stage.js';

jest.setTimeout(60_000);

const FQDN = 'langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io';
const GROUP = '/subscriptions/s/resourceGroups/langsmith-rg/providers';
const CLUSTER: Cluster = {
  name: 'langsmith-aks',
  resourceId: `${GROUP}/Microsoft.ContainerService/managedClusters/langsmith-aks`,
  fqdn: FQDN,
  oidcIssuerUrl: 'https://eastus.oic.prod-aks.azure.com/tenant/cluster/',
  kubernetesVersion: '1.35.7',
  localAccountDisabled: true,
  nodePools: [{ name: 'default', vmSize: 'Standard_D8s_v5', minCount: 1, maxCount: 2, labels: {}, taints: [] }],
};

const played: PlayedClusters[] = [];
afterEach(() => {
  for (const clusters of played.splice(0)) clusters.stop();
});

type Playing = Stage & { readonly clusters: PlayedClusters };

function play(world: World, kept?: ClusterContents): Playing {
  const clusters = playClusters(world, kept === undefined ? {} : { kept });
  played.push(clusters);
  const store = clusters.servers.get(FQDN)?.store;
  const cluster = world.clusters.get(FQDN);
  if (!store || !cluster) throw new Error('the cluster is not played');
  return { world, cluster, store, clusters } as Playing;
}

async function fresh(): Promise<Playing> {
  const world = await World.create({ podReadyMs: 10 });
  world.addCluster({ ...CLUSTER });
  const on = play(world);
  on.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  return on;
}

/** Ends the cluster's loops and starts others in a copy of everything, as another process would. */
async function again(on: Playing): Promise<Playing> {
  on.clusters.stop();
  const clone = <T>(value: T): T => deserialize(serialize(value)) as T;
  const world = await World.restore(clone<WorldSnapshot>(on.world.snapshot()));
  return play(world, clone(on.clusters.contents()));
}

/** Every object by kind and name. */
function all(store: ObjectStore): Map<string, KubeObject> {
  const objects = [...store.snapshot().objects].flatMap(([kind, held]) =>
    held.map((object): [string, KubeObject] => [`${kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, object]),
  );
  return new Map(objects);
}

/** Nothing was written for so long that every loop has had its turn. */
async function settled(store: ObjectStore): Promise<void> {
  for (let version = ''; version !== store.version;) {
    version = store.version;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

function service(name: string, annotations: Record<string, string> = {}): NewObject {
  const spec = { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: NAMESPACE, annotations }, spec };
}

const INTERNAL = { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' };

const addressOf = (on: Stage, name: string): string | undefined =>
  (on.store.get('Service', NAMESPACE, name)?.['status'] as { loadBalancer?: { ingress?: { ip: string }[] } } | undefined)?.loadBalancer
    ?.ingress?.[0]?.ip;

const hasPhase = (pods: readonly KubeObject[], phase: string): boolean =>
  pods.length > 0 && pods.every((pod) => (pod['status'] as { phase?: string } | undefined)?.phase === phase);

describe('a kept cluster', () => {
  it('goes on without a write: same pods, same versions, same events, same logs', async () => {
    const on = await fresh();
    on.store.create(deployment('web', 2));
    on.store.create(job('migrations'));
    on.store.create(service('public'));
    on.store.create(service('private', INTERNAL));
    on.store.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'agents.langchain.ai' },
      spec: {
        group: 'langchain.ai',
        scope: 'Namespaced',
        names: { kind: 'Agent', plural: 'agents' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    });
    on.store.create({ apiVersion: 'langchain.ai/v1', kind: 'Agent', metadata: { name: 'one', namespace: NAMESPACE } });
    await eventually(on, 'the end of the job', () => hasPhase(podsOf(on, 'migrations'), 'Succeeded') && addressOf(on, 'private'));
    await settled(on.store);
    const version = on.store.version;
    const [pod] = podsOf(on, 'migrations');
    const log = on.clusters
      .contents()
      .get(FQDN)
      ?.logs.get(pod?.metadata.uid ?? '');

    const next = await again(on);
    await settled(next.store);
    expect(next.store.version).toBe(version);
    expect(all(next.store)).toEqual(all(on.store));
    expect(log?.get('main')?.at(-1)).toBe('INFO migrations finished');
    expect(
      next.clusters
        .contents()
        .get(FQDN)
        ?.logs.get(pod?.metadata.uid ?? ''),
    ).toEqual(log);
    expect(next.store.get('langchain.ai/Agent', NAMESPACE, 'one')?.metadata.uid).toBeDefined();
    expect(next.world.resources.list('Microsoft.Network/publicIPAddresses')).toHaveLength(1);
  });

  it('gives new objects what nobody has yet, and still follows its controllers', async () => {
    const on = await fresh();
    on.store.create(deployment('web', 1));
    on.store.create(service('first', INTERNAL));
    await eventually(on, 'the first address', () => hasPhase(podsOf(on, 'web'), 'Running') && addressOf(on, 'first'));

    const next = await again(on);
    next.store.create(service('second', INTERNAL));
    const web = next.store.get('apps/Deployment', NAMESPACE, 'web');
    if (!web) throw new Error('the Deployment went');
    next.store.update({ ...web, spec: { ...(web['spec'] as object), replicas: 2 } });
    await eventually(next, 'the second address and pod', () => podsOf(next, 'web').length === 2 && addressOf(next, 'second'));
    await eventually(next, 'the second pod', () => hasPhase(podsOf(next, 'web'), 'Running'));

    expect(addressOf(next, 'second')).not.toBe(addressOf(next, 'first'));
    const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length && !values.includes(undefined);
    const services = next.store
      .list('Service', NAMESPACE)
      .map((entry) => entry['spec'] as { clusterIP: string; ports: { nodePort: number }[] });
    expect(distinct(services.map(({ clusterIP }) => clusterIP))).toBe(true);
    expect(distinct(services.map(({ ports }) => ports[0]?.nodePort))).toBe(true);
    expect(distinct(next.store.list('Pod').map((pod) => (pod['status'] as { podIP?: string }).podIP))).toBe(true);
    expect(podsOf(next, 'web').map((pod) => pod.metadata.uid)).toEqual(
      expect.arrayContaining(podsOf(on, 'web').map((pod) => pod.metadata.uid)),
    );
  });

  it('keeps counting the restarts of a pod that crashes', async () => {
    const on = await fresh();
    on.world.faults.podCrashes = /^bad-/;
    on.store.create(deployment('bad', 1));
    const restarts = (at: Stage): number =>
      (podsOf(at, 'bad')[0]?.['status'] as { containerStatuses?: { restartCount: number }[] } | undefined)?.containerStatuses?.[0]
        ?.restartCount ?? 0;
    await eventually(on, 'two restarts', () => restarts(on) >= 2);
    const next = await again(on);
    expect(restarts(next)).toBe(restarts(on));
    next.world.clock.advance(600_000);
    // The fault is gone, so that the next start lasts.
    await eventually(next, 'a start that lasts', () => restarts(next) === restarts(on) + 1 && hasPhase(podsOf(next, 'bad'), 'Running'));
  });
});
