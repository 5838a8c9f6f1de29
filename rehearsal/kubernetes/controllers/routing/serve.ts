import type { Greeting } from '../../../world/clusters.js';
import type { ClusterStore, KubeObject } from '../../api.js';
import { targetPort, type ServiceSpec } from '../services.js';
import { specOf } from '../types.js';
import { addressOf, bestMatch, pathMatches, readyPods, type Entrance, type Listener, type ObjectName, type Rule } from './entrance.js';
import { entranceAt } from './entrances.js';
import { mayConnect } from './network-policies.js';

/** How a connection begins; `fake` is the controller's own certificate, which nobody trusts. */
export type Welcome = Greeting | { readonly is: 'fake' };

/** What answers one request: a pod, or the proxy itself. */
export type Served =
  { readonly is: 'pod'; readonly pod: KubeObject } | { readonly is: 'status'; readonly status: number; readonly location?: string };

function listenersOn(entrance: Entrance, port: number, host: string): Listener[] {
  const matching = entrance.listeners.flatMap((listener) => {
    const rank = listener.port === port ? bestMatch(listener.hosts, host) : undefined;
    return rank === undefined ? [] : [{ listener, rank }];
  });
  return matching.sort((a, b) => b.rank - a.rank).map(({ listener }) => listener);
}

function keyPair(store: ClusterStore, secret: ObjectName | undefined): { certificate: string; key: string } | undefined {
  const data = (secret && (store.get('Secret', secret.namespace, secret.name)?.['data'] as Record<string, string> | undefined)) ?? {};
  const [certificate, key] = ['tls.crt', 'tls.key'].map((name) => Buffer.from(data[name] ?? '', 'base64').toString('utf8'));
  return certificate && key ? { certificate, key } : undefined;
}

/** How a connection to an address begins; undefined for an address of no load balancer. `host` is the name the client asks for (SNI). */
export function greet(store: ClusterStore, address: string, port: number, host: string): Welcome | undefined {
  const entrance = entranceAt(store, address);
  if (!entrance) return undefined;
  const open = entrance.listeners.some((listener) => listener.port === port);
  if (!open || entrance.proxies.length === 0) return { is: 'refused' };
  const secure = entrance.listeners.some((listener) => listener.port === port && listener.tls);
  if (!secure) return { is: 'plain' };
  const [listener] = listenersOn(entrance, port, host);
  if (!listener?.tls) return { is: 'reset' };
  const pair = keyPair(store, listener.tls.secret);
  if (pair) return { is: 'tls', ...pair };
  return { is: entrance.kind === 'nginx' ? 'fake' : 'reset' };
}

/** Who answers a request that came in at an address. */
export function serve(store: ClusterStore, address: string, port: number, host: string, path: string): Served {
  const entrance = entranceAt(store, address);
  const rule = entrance && ruleFor(entrance, port, host, path);
  if (!entrance || !rule) return { is: 'status', status: 404 };
  if (rule.refused !== undefined) return { is: 'status', status: rule.refused };
  if (rule.redirect) return { is: 'status', status: rule.redirect.status, location: `${rule.redirect.scheme}://${host}${path}` };
  return rule.target ? reach(store, entrance, rule.target) : { is: 'status', status: 404 };
}

/** The rule with the most specific host and then the longest path, among those of the listeners that the host matches best. */
function ruleFor(entrance: Entrance, port: number, host: string, path: string): Rule | undefined {
  const rules = listenersOn(entrance, port, host).flatMap((listener) => listener.rules);
  return rules
    .flatMap((rule) => {
      const rank = pathMatches(rule, path) ? bestMatch(rule.hosts, host) : undefined;
      return rank === undefined ? [] : [{ rule, rank }];
    })
    .sort((a, b) => b.rank - a.rank || Number(b.rule.exact) - Number(a.rule.exact) || b.rule.path.length - a.rule.path.length)[0]?.rule;
}

function reach(store: ClusterStore, entrance: Entrance, target: NonNullable<Rule['target']>): Served {
  const service = store.get('Service', target.namespace, target.name);
  const port = service && specOf<ServiceSpec>(service).ports?.find((entry) => entry.port === target.port || entry.name === target.port);
  const pods = service && port ? readyPods(store, service) : [];
  if (!port || pods.length === 0) return { is: 'status', status: 503 };
  const [proxy] = entrance.proxies;
  const reachable = pods.find((pod) => entrance.kind === 'direct' || (proxy && mayConnect(store, proxy, pod, targetPort(port, pod))));
  return reachable ? { is: 'pod', pod: reachable } : { is: 'status', status: 504 };
}

/** Would an HTTP-01 challenge of this Ingress be answered at the address? */
export function answersChallenge(store: ClusterStore, address: string, host: string, ingress: KubeObject): boolean {
  const entrance = entranceAt(store, address);
  if (entrance === undefined || entrance.proxies.length === 0 || addressOf(entrance.service) !== address) return false;
  // Istio serves no Ingress beside a Gateway for the same host (https://github.com/istio/istio/issues/27643).
  const hidden = listenersOn(entrance, 80, host).some(({ gateway }) => gateway !== undefined);
  return !hidden && entrance.serves(ingress);
}
