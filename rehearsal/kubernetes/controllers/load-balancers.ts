import type { KubeObject } from '../api.js';
import { fqdnOf } from '../../world/dns.js';
import type { Recorder } from './events.js';
import { nodeResourceGroup, region } from './nodes.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import type { ServiceSpec } from './services.js';
import { specOf, splitKey, statusOf } from './types.js';

const COMPONENT = 'service-controller';
const DNS_LABEL = 'service.beta.kubernetes.io/azure-dns-label-name';
const INTERNAL = 'service.beta.kubernetes.io/azure-load-balancer-internal';
const PUBLIC_IP = 'Microsoft.Network/publicIPAddresses';
/** Keeps a Service until Azure has taken its load balancer apart. */
const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';

/** Seconds Azure takes to give a Service its address, and to take it back. */
const ADDRESS_SECONDS = 30;

export interface LoadBalancerStatus {
  loadBalancer: { ingress?: { ip: string; ports?: unknown[] }[] };
}

/** The Azure cloud provider: an address for each Service of type LoadBalancer as long as there is one, and a DNS name where it asks for one. */
export function loadBalancers(runtime: Runtime, recorder: Recorder): Controller {
  const { resources } = runtime.context.world;
  const wantedAt = runtime.memory<number>('load-balancers-wanted');
  const internal = runtime.memory<string>('load-balancers-internal');
  const goingSince = runtime.memory<number>('load-balancers-going');
  const controller: Controller = {
    name: 'loadbalancer',
    watches: { Service: itself },
    deleted(_kind, service) {
      // Whoever took the finalizer off by hand leaves the address to Azure: nobody in the cluster knows of it any more.
      wantedAt.delete(service.metadata.uid);
      goingSince.delete(service.metadata.uid);
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const service = runtime.store.get('Service', namespace, name);
      if (!service) return;
      if (service.metadata.deletionTimestamp) {
        takeBack(key, service);
        return;
      }
      if (specOf<ServiceSpec>(service).type !== 'LoadBalancer') {
        release(service);
        return;
      }
      if (!service.metadata.finalizers?.includes(FINALIZER)) setFinalizers(service, [...(service.metadata.finalizers ?? []), FINALIZER]);
      if (!wantedAt.has(service.metadata.uid)) {
        wantedAt.set(service.metadata.uid, runtime.now());
        recorder.normal(service, 'EnsuringLoadBalancer', 'Ensuring load balancer', COMPONENT);
      }
      const left = (wantedAt.get(service.metadata.uid) ?? 0) + runtime.scaled(ADDRESS_SECONDS) - runtime.now();
      if (left > 0) runtime.after(controller, key, left);
      else provide(key, service);
    },
  };
  return controller;

  function addressId(service: KubeObject): string {
    return `${nodeResourceGroup(runtime)}/providers/${PUBLIC_IP}/kubernetes-a${service.metadata.uid.replaceAll('-', '')}`;
  }

  function setFinalizers(service: KubeObject, finalizers: string[]): void {
    runtime.change('Service', service.metadata.namespace, service.metadata.name, (fresh) => {
      if (finalizers.length > 0) fresh.metadata.finalizers = finalizers;
      else delete fresh.metadata.finalizers;
    });
  }

  function release(service: KubeObject): void {
    if (!wantedAt.delete(service.metadata.uid)) return;
    resources.delete(addressId(service));
    runtime.setStatus('Service', service, { loadBalancer: {} });
    setFinalizers(service, withoutOurs(service));
  }

  function takeBack(key: string, service: KubeObject): void {
    if (!service.metadata.finalizers?.includes(FINALIZER)) return;
    const { uid } = service.metadata;
    if (!goingSince.has(uid)) {
      goingSince.set(uid, runtime.now());
      recorder.normal(service, 'DeletingLoadBalancer', 'Deleting load balancer', COMPONENT);
    }
    const left = (goingSince.get(uid) ?? 0) + runtime.scaled(ADDRESS_SECONDS) - runtime.now();
    if (left > 0) {
      runtime.after(controller, key, left);
      return;
    }
    resources.delete(addressId(service));
    recorder.normal(service, 'DeletedLoadBalancer', 'Deleted load balancer', COMPONENT);
    setFinalizers(service, withoutOurs(service));
  }

  function provide(key: string, service: KubeObject): void {
    const annotations = service.metadata.annotations ?? {};
    const label = annotations[DNS_LABEL];
    const fqdn = label ? `${label}.${region(runtime)}.cloudapp.azure.com` : undefined;
    const taken =
      fqdn !== undefined && resources.list(PUBLIC_IP).some((other) => other.id !== addressId(service) && fqdnOf(other) === fqdn);
    if (taken) {
      recorder.warning(
        service,
        'SyncLoadBalancerFailed',
        `Error syncing load balancer: failed to ensure load balancer: DnsRecordInUse: DNS record ${fqdn} is already used by another public IP.`,
        COMPONENT,
      );
      runtime.after(controller, key, runtime.scaled(60));
      return;
    }
    const ip = annotations[INTERNAL] === 'true' ? internalAddress(service) : publicAddress(service, fqdn);
    const before = statusOf<LoadBalancerStatus>(service).loadBalancer?.ingress?.[0]?.ip;
    runtime.setStatus('Service', service, { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } });
    if (before !== ip) recorder.normal(service, 'EnsuredLoadBalancer', 'Ensured load balancer', COMPONENT);
  }

  function internalAddress(service: KubeObject): string {
    const known = internal.get(service.metadata.uid) ?? `10.0.31.${internal.size + 10}`;
    internal.set(service.metadata.uid, known);
    return known;
  }

  /** Recorded in the world as Azure would list it: that is how a rehearsal knows which host names lead here. */
  function publicAddress(service: KubeObject, fqdn: string | undefined): string {
    const id = addressId(service);
    const known = resources.get(id)?.properties['ipAddress'];
    const ipAddress =
      typeof known === 'string'
        ? known
        : `20.62.${Math.floor(resources.list(PUBLIC_IP).length / 200)}.${(resources.list(PUBLIC_IP).length % 200) + 17}`;
    resources.put({
      id,
      type: PUBLIC_IP,
      name: id.split('/').at(-1) ?? '',
      location: region(runtime),
      properties: {
        ipAddress,
        publicIPAllocationMethod: 'Static',
        provisioningState: 'Succeeded',
        ...(fqdn === undefined ? {} : { dnsSettings: { domainNameLabel: fqdn.split('.')[0], fqdn } }),
      },
    });
    return ipAddress;
  }
}

const withoutOurs = (service: KubeObject): string[] => (service.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
