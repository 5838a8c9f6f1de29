import type { Recorder } from './events.js';
import type { LoadBalancerStatus } from './load-balancers.js';
import { addressOf } from './routing/entrance.js';
import { entrances } from './routing/entrances.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { keyOf, splitKey, statusOf } from './types.js';

/** The ingress controllers that charts install: they publish their address on the Ingresses they serve. */
export function ingresses(runtime: Runtime, recorder: Recorder): Controller {
  const all = (): string[] => runtime.store.list('networking.k8s.io/Ingress').map(keyOf);
  return {
    name: 'ingress',
    watches: {
      'networking.k8s.io/Ingress': itself,
      'networking.k8s.io/IngressClass': all,
      Service: all,
      ConfigMap: (object) => (object.metadata.labels?.['app'] === 'istiod' ? all() : []),
      Endpoints: all,
      'apps/Deployment': all,
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const ingress = runtime.store.get('networking.k8s.io/Ingress', namespace, name);
      if (!ingress || ingress.metadata.deletionTimestamp) return;
      const serving = entrances(runtime.store).find((entrance) => entrance.proxies.length > 0 && entrance.serves(ingress));
      const ip = addressOf(serving?.service);
      const before = statusOf<LoadBalancerStatus>(ingress).loadBalancer?.ingress?.[0]?.ip;
      // A controller that goes away leaves the last address behind.
      if (!serving || ip === undefined || ip === before) return;
      runtime.setStatus('networking.k8s.io/Ingress', ingress, { loadBalancer: { ingress: [{ ip }] } });
      recorder.normal(ingress, 'Sync', 'Scheduled for sync', `${serving.kind}-ingress-controller`);
    },
  };
}
