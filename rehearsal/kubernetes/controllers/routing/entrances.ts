import type { ClusterStore, KubeObject } from '../../api.js';
import type { ServiceSpec } from '../services.js';
import { specOf } from '../types.js';
import { addressOf, readyPods, type Entrance } from './entrance.js';
import { envoyEntrance } from './gateway-api.js';
import { istioEntrance } from './istio.js';
import { nginxEntrance } from './nginx.js';

/** What stands behind every LoadBalancer Service of a cluster, whether it has its address yet or not. */
export function entrances(store: ClusterStore): Entrance[] {
  return store
    .list('Service')
    .filter((service) => specOf<ServiceSpec>(service).type === 'LoadBalancer')
    .map(
      (service) =>
        envoyEntrance(store, service) ?? istioEntrance(store, service) ?? nginxEntrance(store, service) ?? directEntrance(store, service),
    );
}

/** The entrance behind a public address. */
export function entranceAt(store: ClusterStore, address: string): Entrance | undefined {
  return entrances(store).find((entrance) => addressOf(entrance.service) === address);
}

/** A Service that opens its own pods to the world. */
function directEntrance(store: ClusterStore, service: KubeObject): Entrance {
  const target = { namespace: service.metadata.namespace ?? 'default', name: service.metadata.name };
  const listeners = (specOf<ServiceSpec>(service).ports ?? []).map(({ port }) => ({
    port,
    hosts: ['*'],
    rules: [{ hosts: ['*'], path: '/', exact: false, target: { ...target, port } }],
  }));
  return { kind: 'direct', service, proxies: readyPods(store, service), listeners, serves: () => false };
}
