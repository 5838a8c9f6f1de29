import type { ClusterStore, KubeObject } from '../../api.js';
import type { LoadBalancerStatus } from '../load-balancers.js';
import type { ServiceSpec } from '../services.js';
import { isReady, matches, specOf, statusOf } from '../types.js';

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Where a rule leads: a Service, or another address of the same host. */
export interface Rule {
  /** `*` is every host, `*.example.com` all below it. */
  readonly hosts: readonly string[];
  readonly path: string;
  readonly exact: boolean;
  readonly target?: ObjectName & { readonly port: number | string };
  readonly redirect?: { readonly scheme: string; readonly status: number };
  /** Answered by the proxy itself, because what the rule names may not be used. */
  readonly refused?: number;
}

export interface Listener {
  /** As the load balancer has it. */
  readonly port: number;
  readonly hosts: readonly string[];
  /** The Istio Gateway it is of. */
  readonly gateway?: ObjectName;
  /** Absent: plain HTTP. */
  readonly tls?: { readonly secret?: ObjectName };
  readonly rules: readonly Rule[];
}

/** What stands behind one load balancer: a controller's proxies, or the pods of the Service itself. */
export interface Entrance {
  readonly kind: 'nginx' | 'istio' | 'envoy' | 'direct';
  readonly service: KubeObject;
  /** The ready pods that take the connections. */
  readonly proxies: readonly KubeObject[];
  readonly listeners: readonly Listener[];
  /** Does this entrance answer for an Ingress? */
  serves(ingress: KubeObject): boolean;
}

/** The address of a LoadBalancer Service, once it has one. */
export function addressOf(service: KubeObject | undefined): string | undefined {
  return service && statusOf<LoadBalancerStatus>(service).loadBalancer?.ingress?.[0]?.ip;
}

export function selectedPods(store: ClusterStore, service: KubeObject): KubeObject[] {
  const { selector } = specOf<ServiceSpec>(service);
  if (!selector || Object.keys(selector).length === 0) return [];
  return store.list('Pod', service.metadata.namespace).filter((pod) => matches({ matchLabels: selector }, pod.metadata.labels));
}

export function readyPods(store: ClusterStore, service: KubeObject): KubeObject[] {
  return selectedPods(store, service).filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
}

export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

/** Longer patterns without a star come first. */
export function specificity(pattern: string): number {
  return pattern === '*' ? 0 : pattern.startsWith('*') ? pattern.length : 1000 + pattern.length;
}

/** The highest specificity of those patterns that match; undefined when none does. */
export function bestMatch(patterns: readonly string[], host: string): number | undefined {
  const found = patterns.filter((pattern) => hostMatches(pattern, host)).map(specificity);
  return found.length === 0 ? undefined : Math.max(...found);
}

export function pathMatches(rule: Pick<Rule, 'path' | 'exact'>, path: string): boolean {
  if (rule.exact) return path === rule.path;
  const prefix = rule.path.replace(/\/$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** What one Ingress rule or TLS entry says; shared by the controllers that read Ingresses. */
export interface IngressSpec {
  ingressClassName?: string | null;
  tls?: { secretName?: string; hosts?: string[] }[];
  rules?: {
    host?: string;
    http?: {
      paths: { path?: string; pathType?: string; backend: { service?: { name: string; port: { number?: number; name?: string } } } }[];
    };
  }[];
}

/** The rules of an Ingress, hosts and paths as they stand. */
export function ingressRules(ingress: KubeObject): Rule[] {
  const namespace = ingress.metadata.namespace ?? 'default';
  return (specOf<IngressSpec>(ingress).rules ?? []).flatMap((rule) =>
    (rule.http?.paths ?? []).map((path): Rule => {
      const { service } = path.backend;
      return {
        hosts: [rule.host ?? '*'],
        path: path.path ?? '/',
        exact: path.pathType === 'Exact',
        ...(service ? { target: { namespace, name: service.name, port: service.port.number ?? service.port.name ?? '' } } : {}),
      };
    }),
  );
}
