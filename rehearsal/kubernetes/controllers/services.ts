import type { KubeObject } from '../api.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { isActive, isReady, keyOf, matches, ownedBy, podSpec, podStatus, specOf, splitKey, type Selector } from './types.js';

export interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
}

export interface ServiceSpec {
  type?: string;
  selector?: Selector['matchLabels'];
  ports?: ServicePort[];
  publishNotReadyAddresses?: boolean;
}

/** Endpoints and an EndpointSlice for every Service with a selector. */
export function services(runtime: Runtime): Controller {
  const selecting = (pod: KubeObject): string[] =>
    runtime.store
      .list('Service', pod.metadata.namespace)
      .filter((service) => matches({ matchLabels: specOf<ServiceSpec>(service).selector ?? {} }, pod.metadata.labels))
      .map(keyOf);

  return {
    name: 'endpoints',
    watches: { Service: itself, Pod: selecting },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const service = runtime.store.get('Service', namespace, name);
      const spec = service && specOf<ServiceSpec>(service);
      if (!service || !spec?.selector || spec.type === 'ExternalName') return;
      const pods = runtime.store
        .list('Pod', namespace)
        .filter((pod) => isActive(pod) && podStatus(pod).podIP && matches({ matchLabels: spec.selector ?? {} }, pod.metadata.labels));
      const serving = (pod: KubeObject): boolean => spec.publishNotReadyAddresses === true || isReady(pod);
      writeEndpoints(
        service,
        spec,
        pods.filter(serving),
        pods.filter((pod) => !serving(pod)),
      );
      writeSlice(service, spec, pods, serving);
    },
  };

  function writeEndpoints(service: KubeObject, spec: ServiceSpec, ready: readonly KubeObject[], unready: readonly KubeObject[]): void {
    const address = (pod: KubeObject): object => ({
      ip: podStatus(pod).podIP,
      nodeName: podSpec(pod).nodeName,
      targetRef: { kind: 'Pod', name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
    });
    const ports = (spec.ports ?? []).map((port) => ({
      ...(port.name ? { name: port.name } : {}),
      port: targetPort(port, ready[0] ?? unready[0]),
      protocol: port.protocol ?? 'TCP',
    }));
    const addresses = {
      ...(ready.length > 0 ? { addresses: ready.map(address) } : {}),
      ...(unready.length > 0 ? { notReadyAddresses: unready.map(address) } : {}),
    };
    const subsets = ready.length + unready.length > 0 ? [{ ...addresses, ports }] : [];
    put(
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: {
          name: service.metadata.name,
          namespace: service.metadata.namespace ?? 'default',
          labels: { ...service.metadata.labels },
        },
        subsets,
      },
      'Endpoints',
      service,
    );
  }

  function writeSlice(service: KubeObject, spec: ServiceSpec, pods: readonly KubeObject[], serving: (pod: KubeObject) => boolean): void {
    const name = `${service.metadata.name}-${service.metadata.uid.slice(0, 5)}`;
    put(
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name,
          namespace: service.metadata.namespace ?? 'default',
          labels: {
            ...service.metadata.labels,
            'kubernetes.io/service-name': service.metadata.name,
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
        },
        addressType: 'IPv4',
        endpoints: pods.map((pod) => ({
          addresses: [podStatus(pod).podIP],
          conditions: { ready: serving(pod), serving: serving(pod), terminating: false },
          nodeName: podSpec(pod).nodeName,
          targetRef: { kind: 'Pod', name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
        })),
        ports: (spec.ports ?? []).map((port) => ({
          name: port.name ?? '',
          port: targetPort(port, pods[0]),
          protocol: port.protocol ?? 'TCP',
        })),
      },
      'discovery.k8s.io/EndpointSlice',
      service,
    );
  }

  function put(
    object: Record<string, unknown> & {
      apiVersion: string;
      kind: string;
      metadata: { name: string; namespace: string; labels: Record<string, string> };
    },
    kind: string,
    owner: KubeObject,
  ): void {
    const { name, namespace, labels } = object.metadata;
    const updated = runtime.change(kind, namespace, name, (fresh) => {
      Object.assign(fresh, { ...object, metadata: { ...fresh.metadata, labels } });
    });
    if (!updated) runtime.ensure({ ...object, metadata: { ...object.metadata, ownerReferences: ownedBy(owner) } });
  }
}

/** The container port a Service port leads to; named ones are looked up in the pod. */
export function targetPort(port: ServicePort, pod: KubeObject | undefined): number {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const named =
    pod &&
    podSpec(pod)
      .containers.flatMap((container) => container.ports ?? [])
      .find((entry) => entry.name === target);
  return named?.containerPort ?? port.port;
}

/** How many ready pods answer for a Service. */
export function readyEndpoints(runtime: Runtime, namespace: string, name: string): number {
  const endpoints = runtime.store.get('Endpoints', namespace, name);
  const subsets = (endpoints?.['subsets'] ?? []) as { addresses?: unknown[] }[];
  return subsets.reduce((sum, subset) => sum + (subset.addresses?.length ?? 0), 0);
}
