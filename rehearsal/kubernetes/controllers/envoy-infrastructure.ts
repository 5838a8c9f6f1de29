import { createHash } from 'node:crypto';
import type { KubeObject } from '../api.js';
import { OWNING_NAME, OWNING_NAMESPACE, type GatewayListener, type GatewaySpec } from './routing/gateway-api.js';
import type { Runtime } from './runtime.js';
import { specOf, type PodTemplate } from './types.js';

const PROXY_IMAGE = 'docker.io/envoyproxy/envoy:distroless-v1.39.5';
/** Proxies do not run as root: ports below 1024 are moved up inside the pod. */
const PORT_SHIFT = 10_000;

/** `spec.provider.kubernetes` of an EnvoyProxy. */
export interface ProxySettings {
  envoyService?: {
    name?: string;
    type?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    externalTrafficPolicy?: string;
  };
  envoyDeployment?: {
    name?: string;
    replicas?: number;
    pod?: {
      annotations?: Record<string, string>;
      labels?: Record<string, string>;
      nodeSelector?: Record<string, string>;
      tolerations?: unknown[];
      affinity?: unknown;
    };
    container?: { resources?: object };
  };
}

/** `langsmith/main` → `langsmith-main-1a2b3c4d`: how Envoy Gateway names what it makes for a Gateway. */
export function infrastructureName(gateway: KubeObject): string {
  const { namespace = 'default', name } = gateway.metadata;
  const hash = createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 8);
  return `envoy-${namespace}-${name}-${hash}`;
}

/** The Gateway (`namespace/name`) something was made for: none or one key. */
export function ownerOf(object: KubeObject): string[] {
  const { [OWNING_NAME]: name, [OWNING_NAMESPACE]: namespace } = object.metadata.labels ?? {};
  return name === undefined ? [] : [`${namespace}/${name}`];
}

/** The proxies of a Gateway and the Service before them, in the controller's own namespace; brought up to date when they are there. */
export function provideProxies(runtime: Runtime, home: string, gateway: KubeObject, settings: ProxySettings): void {
  const standard = infrastructureName(gateway);
  const { infrastructure, listeners } = specOf<GatewaySpec>(gateway);
  const labels = {
    'app.kubernetes.io/component': 'proxy',
    'app.kubernetes.io/managed-by': 'envoy-gateway',
    'app.kubernetes.io/name': 'envoy',
    [OWNING_NAME]: gateway.metadata.name,
    [OWNING_NAMESPACE]: gateway.metadata.namespace ?? 'default',
  };
  const meta = { namespace: home, labels: { ...labels, ...infrastructure?.labels } };
  runtime.ensure({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: standard, ...meta } });
  const { envoyDeployment: wanted, envoyService } = settings;
  const template: PodTemplate = {
    metadata: {
      labels: { ...labels, ...wanted?.pod?.labels },
      ...(wanted?.pod?.annotations ? { annotations: wanted.pod.annotations } : {}),
    },
    spec: {
      serviceAccountName: standard,
      ...(wanted?.pod?.nodeSelector ? { nodeSelector: wanted.pod.nodeSelector } : {}),
      ...(wanted?.pod?.tolerations ? { tolerations: wanted.pod.tolerations as never } : {}),
      ...(wanted?.pod?.affinity ? { affinity: wanted.pod.affinity } : {}),
      containers: [
        {
          name: 'envoy',
          image: PROXY_IMAGE,
          ports: ports(listeners).map((port) => ({ name: `port-${port}`, containerPort: inside(port) })),
          resources: wanted?.container?.resources ?? { requests: { cpu: '100m', memory: '512Mi' } },
        },
      ],
    },
  };
  const deployment = { replicas: wanted?.replicas ?? 1, selector: { matchLabels: labels }, template };
  put(runtime, 'apps/Deployment', 'apps/v1', 'Deployment', { name: wanted?.name ?? standard, ...meta }, deployment);
  const annotations = { ...infrastructure?.annotations, ...envoyService?.annotations };
  put(
    runtime,
    'Service',
    'v1',
    'Service',
    { name: envoyService?.name ?? standard, ...meta, annotations },
    {
      type: envoyService?.type ?? 'LoadBalancer',
      externalTrafficPolicy: envoyService?.externalTrafficPolicy ?? 'Local',
      selector: labels,
      ports: ports(listeners).map((port) => ({ name: `port-${port}`, port, targetPort: inside(port), protocol: 'TCP' })),
    },
  );
}

/** Creates the object, or brings what it says into the one that is there; what others added stays. */
function put(
  runtime: Runtime,
  kind: string,
  apiVersion: string,
  word: string,
  metadata: { name: string; namespace: string; labels: Record<string, string>; annotations?: Record<string, string> },
  spec: object,
): void {
  const updated = runtime.change(kind, metadata.namespace, metadata.name, (fresh) => {
    fresh['spec'] = { ...(fresh['spec'] as object), ...spec };
    fresh.metadata.labels = { ...fresh.metadata.labels, ...metadata.labels };
    fresh.metadata.annotations = { ...fresh.metadata.annotations, ...metadata.annotations };
  });
  if (!updated) runtime.ensure({ apiVersion, kind: word, metadata, spec });
}

/** What was made for a Gateway (`namespace/name`) goes with it. */
export function withdrawProxies({ store }: Runtime, gateway: string): void {
  for (const kind of ['apps/Deployment', 'Service', 'ServiceAccount'])
    for (const object of store.list(kind))
      if (ownerOf(object)[0] === gateway) store.remove(kind, object.metadata.namespace, object.metadata.name);
}

function ports(listeners: readonly GatewayListener[]): number[] {
  return [...new Set(listeners.map((listener) => listener.port))];
}

function inside(port: number): number {
  return port < 1024 ? port + PORT_SHIFT : port;
}
