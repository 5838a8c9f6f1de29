import { parse } from 'yaml';
import type { ClusterStore, KubeObject } from '../../api.js';
import { isAvailable, matches, podSpec, specOf } from '../types.js';
import {
  ingressRules,
  readyPods,
  selectedPods,
  type Entrance,
  type IngressSpec,
  type Listener,
  type ObjectName,
  type Rule,
} from './entrance.js';

/** The controller an IngressClass of Istio names. */
export const ISTIO_CONTROLLER = 'istio.io/ingress-controller';

/** One istiod and what its mesh settings say of Ingresses. Settings that are left out have Istio's own defaults. */
export interface ControlPlane {
  readonly deployment: KubeObject;
  readonly available: boolean;
  readonly mode: 'OFF' | 'DEFAULT' | 'STRICT';
  readonly ingressClass: string;
  readonly ingressService: string;
  /** Value of the label `istio` of the gateway that carries Ingresses. */
  readonly ingressSelector: string;
}

export function controlPlanes(store: ClusterStore): ControlPlane[] {
  return store
    .list('apps/Deployment')
    .filter((deployment) => deployment.metadata.labels?.['app'] === 'istiod')
    .map((deployment) => {
      const configMap = deployment.metadata.name.replace(/^istiod/, 'istio');
      const data = store.get('ConfigMap', deployment.metadata.namespace, configMap)?.['data'] as { mesh?: string } | undefined;
      const mesh = (parse(data?.mesh ?? '') ?? {}) as Record<string, string>;
      return {
        deployment,
        available: isAvailable(deployment),
        mode: (mesh['ingressControllerMode'] ?? 'STRICT') as ControlPlane['mode'],
        ingressClass: mesh['ingressClass'] ?? 'istio',
        ingressService: mesh['ingressService'] ?? 'istio-ingressgateway',
        ingressSelector: mesh['ingressSelector'] ?? 'ingressgateway',
      };
    });
}

/** Does an istiod take an Ingress? The class of an Ingress that names one by its field must exist as an object. */
export function takesIngress(store: ClusterStore, plane: ControlPlane, ingress: KubeObject): boolean {
  if (plane.mode === 'OFF') return false;
  const annotation = ingress.metadata.annotations?.['kubernetes.io/ingress.class'];
  if (annotation !== undefined) return annotation === plane.ingressClass || (plane.mode === 'DEFAULT' && annotation === '');
  const named = specOf<IngressSpec>(ingress).ingressClassName;
  const ingressClass = named ? store.get('networking.k8s.io/IngressClass', undefined, named) : undefined;
  if (ingressClass) return specOf<{ controller: string }>(ingressClass).controller === ISTIO_CONTROLLER;
  return plane.mode === 'DEFAULT';
}

interface Server {
  port: { number: number; protocol: string };
  hosts: string[];
  tls?: { mode?: string; credentialName?: string; httpsRedirect?: boolean };
}

/** An Istio gateway: proxies that Gateway objects of any namespace select by their labels. */
export function istioEntrance(store: ClusterStore, service: KubeObject): Entrance | undefined {
  const [pod] = selectedPods(store, service);
  const labels = pod?.metadata.labels ?? {};
  const planes = controlPlanes(store);
  const isProxy = pod !== undefined && podSpec(pod).containers.some((container) => container.name === 'istio-proxy');
  if (!isProxy || labels['istio'] === undefined || planes.length === 0) return undefined;
  const home = service.metadata.namespace ?? 'default';
  const carrying = planes.filter((plane) => plane.available && plane.ingressSelector === labels['istio']);
  const serves = (ingress: KubeObject): boolean => carrying.some((plane) => takesIngress(store, plane, ingress));
  const gateways = store
    .list('networking.istio.io/Gateway')
    .filter((gateway) => matches({ matchLabels: specOf<{ selector?: Record<string, string> }>(gateway).selector ?? {} }, labels));
  const ingresses = store.list('networking.k8s.io/Ingress').filter((ingress) => !ingress.metadata.deletionTimestamp && serves(ingress));
  return {
    kind: 'istio',
    service,
    proxies: readyPods(store, service),
    listeners: [
      ...gateways.flatMap((gateway) => gatewayListeners(store, home, gateway)),
      ...ingresses.flatMap((one) => ofIngress(home, one)),
    ],
    serves,
  };
}

function gatewayListeners(store: ClusterStore, home: string, gateway: KubeObject): Listener[] {
  const rules = virtualServiceRules(store, gateway);
  return (specOf<{ servers?: Server[] }>(gateway).servers ?? []).map((server): Listener => {
    const hosts = server.hosts.map((host) => host.split('/').at(-1) ?? host);
    const { credentialName } = server.tls ?? {};
    const secure = ['HTTPS', 'TLS'].includes(server.port.protocol.toUpperCase());
    const redirected = rules.map(({ target: _target, ...rule }): Rule => ({ ...rule, redirect: { scheme: 'https', status: 301 } }));
    return {
      port: server.port.number,
      hosts,
      gateway: { namespace: gateway.metadata.namespace ?? 'default', name: gateway.metadata.name },
      // Secrets are read where the proxy runs, not where the Gateway lies.
      ...(secure ? { tls: credentialName === undefined ? {} : { secret: { namespace: home, name: credentialName } } } : {}),
      rules: server.tls?.httpsRedirect === true && !secure ? redirected : rules,
    };
  });
}

interface VirtualServiceSpec {
  gateways?: string[];
  hosts?: string[];
  http?: {
    match?: { uri?: { prefix?: string; exact?: string } }[];
    route?: { destination: { host: string; port?: { number: number } } }[];
    redirect?: { scheme?: string; redirectCode?: number };
  }[];
}

function virtualServiceRules(store: ClusterStore, gateway: KubeObject): Rule[] {
  const { namespace, name } = gateway.metadata;
  return store.list('networking.istio.io/VirtualService').flatMap((service) => {
    const spec = specOf<VirtualServiceSpec>(service);
    const own = service.metadata.namespace ?? 'default';
    const bound = (spec.gateways ?? []).some((entry) => entry === `${namespace}/${name}` || (entry === name && own === namespace));
    if (!bound || service.metadata.deletionTimestamp) return [];
    return (spec.http ?? []).flatMap((route) =>
      (route.match ?? [{}]).map(({ uri }): Rule => {
        const destination = route.route?.[0]?.destination;
        const common = { hosts: spec.hosts ?? [], path: uri?.exact ?? uri?.prefix ?? '/', exact: uri?.exact !== undefined };
        if (route.redirect)
          return { ...common, redirect: { scheme: route.redirect.scheme ?? 'https', status: route.redirect.redirectCode ?? 301 } };
        return destination
          ? { ...common, target: { ...serviceName(destination.host, own), port: destination.port?.number ?? 80 } }
          : common;
      }),
    );
  });
}

/** `name`, `name.namespace`, `name.namespace.svc.cluster.local`. */
function serviceName(host: string, home: string): ObjectName {
  const [name = '', namespace = home] = host.split('.');
  return { namespace, name };
}

function ofIngress(home: string, ingress: KubeObject): Listener[] {
  const rules = ingressRules(ingress);
  const secured = (specOf<IngressSpec>(ingress).tls ?? []).map((entry): Listener => ({
    port: 443,
    hosts: entry.hosts ?? ['*'],
    tls: entry.secretName === undefined ? {} : { secret: { namespace: home, name: entry.secretName } },
    rules,
  }));
  return [{ port: 80, hosts: ['*'], rules }, ...secured];
}
