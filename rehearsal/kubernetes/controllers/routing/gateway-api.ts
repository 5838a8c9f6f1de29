import type { ClusterStore, KubeObject } from '../../api.js';
import { matches, specOf, type Selector } from '../types.js';
import { hostMatches, readyPods, type Entrance, type Listener, type Rule } from './entrance.js';

export const GATEWAY = 'gateway.networking.k8s.io/Gateway';
export const ROUTE = 'gateway.networking.k8s.io/HTTPRoute';
const GRANT = 'gateway.networking.k8s.io/ReferenceGrant';

/** Labels by which Envoy Gateway says whose proxies these are. */
export const OWNING_NAME = 'gateway.envoyproxy.io/owning-gateway-name';
export const OWNING_NAMESPACE = 'gateway.envoyproxy.io/owning-gateway-namespace';

export interface GatewayListener {
  name: string;
  port: number;
  protocol: string;
  hostname?: string;
  tls?: { mode?: string; certificateRefs?: { name: string; namespace?: string; kind?: string }[] };
  allowedRoutes?: { namespaces?: { from?: string; selector?: Selector } };
}

export interface GatewaySpec {
  gatewayClassName: string;
  listeners: GatewayListener[];
  infrastructure?: {
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    parametersRef?: { group: string; kind: string; name: string };
  };
}

export interface ParentRef {
  name: string;
  namespace?: string;
  sectionName?: string;
  port?: number;
  kind?: string;
}

interface BackendRef {
  name: string;
  namespace?: string;
  port?: number;
}

export interface RouteSpec {
  parentRefs?: ParentRef[];
  hostnames?: string[];
  rules?: {
    matches?: { path?: { type?: string; value?: string } }[];
    backendRefs?: BackendRef[];
    filters?: { type: string; requestRedirect?: { scheme?: string; statusCode?: number } }[];
  }[];
}

/** Reason and message of what is wrong; both as the controller writes them into conditions. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

function granted(
  store: ClusterStore,
  from: { kind: string; namespace: string },
  to: { kind: string; namespace: string; name: string },
): boolean {
  if (from.namespace === to.namespace) return true;
  return store.list(GRANT, to.namespace).some((grant) => {
    const spec = specOf<{ from?: { kind: string; namespace: string }[]; to?: { kind: string; name?: string }[] }>(grant);
    return (
      (spec.from ?? []).some((entry) => entry.kind === from.kind && entry.namespace === from.namespace) &&
      (spec.to ?? []).some((entry) => entry.kind === to.kind && (entry.name ?? to.name) === to.name)
    );
  });
}

function isTlsSecret(secret: KubeObject | undefined): boolean {
  const data = (secret?.['data'] ?? {}) as Record<string, string>;
  return Boolean(data['tls.crt'] && data['tls.key']);
}

/** Why a listener's references cannot be followed: then it does not listen. */
export function listenerProblem(store: ClusterStore, gateway: KubeObject, listener: GatewayListener): Problem | undefined {
  if (listener.protocol !== 'HTTPS' && listener.protocol !== 'TLS') return undefined;
  const [reference] = listener.tls?.certificateRefs ?? [];
  if (!reference) return { reason: 'InvalidCertificateRef', message: 'Listener must have at least 1 TLS certificate ref' };
  const own = gateway.metadata.namespace ?? 'default';
  const namespace = reference.namespace ?? own;
  if (!granted(store, { kind: 'Gateway', namespace: own }, { kind: 'Secret', namespace, name: reference.name }))
    return {
      reason: 'RefNotPermitted',
      message: `Certificate ref to secret ${namespace}/${reference.name} not permitted by any ReferenceGrant.`,
    };
  if (!isTlsSecret(store.get('Secret', namespace, reference.name)))
    return { reason: 'InvalidCertificateRef', message: `Secret ${namespace}/${reference.name} does not exist.` };
  return undefined;
}

/** Do a listener's rules admit routes of this namespace? Without rules only those of the Gateway's own. */
export function admitsNamespace(store: ClusterStore, gateway: KubeObject, listener: GatewayListener, namespace: string): boolean {
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Selector') return matches(selector, store.get('Namespace', undefined, namespace)?.metadata.labels);
  return from === 'Same' && namespace === gateway.metadata.namespace;
}

/** Host names a route is asked for on a listener: what both allow. Empty when they have none in common. */
export function commonHosts(listener: GatewayListener, hostnames: readonly string[] | undefined): string[] {
  const { hostname } = listener;
  if (!hostnames || hostnames.length === 0) return [hostname ?? '*'];
  if (hostname === undefined) return [...hostnames];
  return hostnames.flatMap((host) => (hostMatches(hostname, host) ? [host] : hostMatches(host, hostname) ? [hostname] : []));
}

export function refersTo(route: KubeObject, parent: ParentRef, gateway: KubeObject): boolean {
  const namespace = parent.namespace ?? route.metadata.namespace;
  return (parent.kind ?? 'Gateway') === 'Gateway' && parent.name === gateway.metadata.name && namespace === gateway.metadata.namespace;
}

export function selectsListener(parent: ParentRef, listener: GatewayListener): boolean {
  return (parent.sectionName ?? listener.name) === listener.name && (parent.port ?? listener.port) === listener.port;
}

/** The reference of a route by which a listener takes it; undefined when it does not. */
export function attachment(store: ClusterStore, gateway: KubeObject, listener: GatewayListener, route: KubeObject): ParentRef | undefined {
  const spec = specOf<RouteSpec>(route);
  const parent = (spec.parentRefs ?? []).find((entry) => refersTo(route, entry, gateway) && selectsListener(entry, listener));
  if (!parent || !admitsNamespace(store, gateway, listener, route.metadata.namespace ?? 'default')) return undefined;
  return commonHosts(listener, spec.hostnames).length > 0 ? parent : undefined;
}

/** Why a route's backends cannot be used: then it answers 500. */
export function backendProblem(store: ClusterStore, route: KubeObject): Problem | undefined {
  const own = route.metadata.namespace ?? 'default';
  for (const backend of (specOf<RouteSpec>(route).rules ?? []).flatMap((rule) => rule.backendRefs ?? [])) {
    const namespace = backend.namespace ?? own;
    if (!granted(store, { kind: 'HTTPRoute', namespace: own }, { kind: 'Service', namespace, name: backend.name }))
      return {
        reason: 'RefNotPermitted',
        message: `Backend ref to Service ${namespace}/${backend.name} not permitted by any ReferenceGrant.`,
      };
    const service = store.get('Service', namespace, backend.name);
    if (!service) return { reason: 'BackendNotFound', message: `Service ${namespace}/${backend.name} not found` };
    const ports = specOf<{ ports?: { port: number }[] }>(service).ports ?? [];
    if (!ports.some((port) => port.port === backend.port))
      return { reason: 'PortNotFound', message: `TCP Port ${String(backend.port)} not found on Service ${namespace}/${backend.name}` };
  }
  return undefined;
}

function routeRules(store: ClusterStore, listener: GatewayListener, route: KubeObject): Rule[] {
  const spec = specOf<RouteSpec>(route);
  const hosts = commonHosts(listener, spec.hostnames);
  const broken = backendProblem(store, route) !== undefined;
  return (spec.rules ?? []).flatMap((rule) => {
    const redirect = rule.filters?.find((filter) => filter.type === 'RequestRedirect')?.requestRedirect;
    const [backend] = rule.backendRefs ?? [];
    return (rule.matches ?? [{}]).map(({ path }): Rule => {
      const common = { hosts, path: path?.value ?? '/', exact: path?.type === 'Exact' };
      if (redirect) return { ...common, redirect: { scheme: redirect.scheme ?? 'https', status: redirect.statusCode ?? 302 } };
      if (broken || !backend) return { ...common, refused: 500 };
      return {
        ...common,
        target: { namespace: backend.namespace ?? route.metadata.namespace ?? 'default', name: backend.name, port: backend.port ?? 80 },
      };
    });
  });
}

/** The proxies Envoy Gateway runs for one Gateway. */
export function envoyEntrance(store: ClusterStore, service: KubeObject): Entrance | undefined {
  const { [OWNING_NAME]: name, [OWNING_NAMESPACE]: namespace } = service.metadata.labels ?? {};
  const gateway = name === undefined ? undefined : store.get(GATEWAY, namespace, name);
  if (!gateway) return undefined;
  const routes = store.list(ROUTE).filter((route) => !route.metadata.deletionTimestamp);
  const listeners = specOf<GatewaySpec>(gateway)
    .listeners.filter((listener) => listenerProblem(store, gateway, listener) === undefined)
    .map((listener): Listener => {
      const [certificate] = listener.protocol === 'HTTPS' ? (listener.tls?.certificateRefs ?? []) : [];
      return {
        port: listener.port,
        hosts: [listener.hostname ?? '*'],
        ...(certificate
          ? { tls: { secret: { namespace: certificate.namespace ?? gateway.metadata.namespace ?? 'default', name: certificate.name } } }
          : {}),
        rules: routes.filter((route) => attachment(store, gateway, listener, route)).flatMap((route) => routeRules(store, listener, route)),
      };
    });
  return { kind: 'envoy', service, proxies: readyPods(store, service), listeners, serves: () => false };
}
