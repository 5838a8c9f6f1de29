import type { KubeObject } from '../api.js';
import type { Recorder } from './events.js';
import type { LoadBalancerStatus } from './load-balancers.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import type { ServiceSpec } from './services.js';
import { isAvailable, keyOf, specOf, splitKey, statusOf } from './types.js';

const INSTANCE = 'app.kubernetes.io/instance';
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

export interface IngressSpec {
  ingressClassName?: string | null;
  tls?: { secretName?: string; hosts?: string[] }[];
  rules?: { host?: string }[];
}

/** The address an ingress class serves from: the LoadBalancer Service of the release that brought the class, once its controller runs. */
export function entranceOf(runtime: Runtime, className: string): string | undefined {
  const { store } = runtime;
  const release = store.get('networking.k8s.io/IngressClass', undefined, className)?.metadata.labels?.[INSTANCE];
  if (release === undefined) return undefined;
  const ofRelease = (object: KubeObject): boolean => object.metadata.labels?.[INSTANCE] === release;
  if (!store.list('apps/Deployment').some((deployment) => ofRelease(deployment) && isAvailable(deployment))) return undefined;
  return store
    .list('Service')
    .filter((service) => ofRelease(service) && specOf<ServiceSpec>(service).type === 'LoadBalancer')
    .map((service) => statusOf<LoadBalancerStatus>(service).loadBalancer?.ingress?.[0]?.ip)
    .find((ip) => ip !== undefined);
}

/** Class of an Ingress: its field, the old annotation, or the cluster's default class. */
export function classOf(runtime: Runtime, ingress: KubeObject): string | undefined {
  const named = specOf<IngressSpec>(ingress).ingressClassName ?? ingress.metadata.annotations?.['kubernetes.io/ingress.class'];
  if (named) return named;
  const standard = runtime.store
    .list('networking.k8s.io/IngressClass')
    .find((entry) => entry.metadata.annotations?.[DEFAULT_CLASS] === 'true');
  return standard?.metadata.name;
}

/** The ingress controllers that charts install: they publish their address on the Ingresses of their class. */
export function ingresses(runtime: Runtime, recorder: Recorder): Controller {
  const all = (): string[] => runtime.store.list('networking.k8s.io/Ingress').map(keyOf);
  return {
    name: 'ingress',
    watches: { 'networking.k8s.io/Ingress': itself, 'networking.k8s.io/IngressClass': all, Service: all, 'apps/Deployment': all },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const ingress = runtime.store.get('networking.k8s.io/Ingress', namespace, name);
      if (!ingress || ingress.metadata.deletionTimestamp) return;
      const className = classOf(runtime, ingress);
      const ip = className === undefined ? undefined : entranceOf(runtime, className);
      const before = statusOf<LoadBalancerStatus>(ingress).loadBalancer?.ingress?.[0]?.ip;
      // A controller that goes away leaves the last address behind.
      if (ip === undefined || ip === before) return;
      runtime.setStatus('networking.k8s.io/Ingress', ingress, { loadBalancer: { ingress: [{ ip }] } });
      recorder.normal(ingress, 'Sync', 'Scheduled for sync', `${className}-ingress-controller`);
    },
  };
}
