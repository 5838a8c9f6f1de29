import type { ClusterStore, KubeObject } from '../../api.js';
import { specOf } from '../types.js';
import { ingressRules, readyPods, type Entrance, type IngressSpec, type Listener, type Rule } from './entrance.js';

const CONTROLLER = 'k8s.io/ingress-nginx';
const INSTANCE = 'app.kubernetes.io/instance';
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';
const ANNOTATION = 'nginx.ingress.kubernetes.io/';

/** Class of an Ingress: its field, the old annotation, or the cluster's default class. */
export function classOf(store: ClusterStore, ingress: KubeObject): string | undefined {
  const named = specOf<IngressSpec>(ingress).ingressClassName ?? ingress.metadata.annotations?.['kubernetes.io/ingress.class'];
  if (named) return named;
  const standard = store.list('networking.k8s.io/IngressClass').find((entry) => entry.metadata.annotations?.[DEFAULT_CLASS] === 'true');
  return standard?.metadata.name;
}

/** The ingress-nginx of the release whose Service this is; undefined when that release brought no class for it. */
export function nginxEntrance(store: ClusterStore, service: KubeObject): Entrance | undefined {
  const release = service.metadata.labels?.[INSTANCE];
  const classes = store
    .list('networking.k8s.io/IngressClass')
    .filter((entry) => entry.metadata.labels?.[INSTANCE] === release && specOf<{ controller: string }>(entry).controller === CONTROLLER)
    .map((entry) => entry.metadata.name);
  if (release === undefined || classes.length === 0) return undefined;
  const serves = (ingress: KubeObject): boolean => classes.includes(classOf(store, ingress) ?? '');
  const served = store.list('networking.k8s.io/Ingress').filter((ingress) => !ingress.metadata.deletionTimestamp && serves(ingress));
  return { kind: 'nginx', service, proxies: readyPods(store, service), listeners: listenersOf(served), serves };
}

/** Everything is served on both ports; a host without a certificate gets the controller's own, and one with it no plain HTTP. */
function listenersOf(ingresses: readonly KubeObject[]): Listener[] {
  const secure: Rule[] = ingresses.flatMap(ingressRules);
  const plain = ingresses.flatMap((ingress) => ingressRules(ingress).map((rule) => (redirects(ingress, rule) ? redirected(rule) : rule)));
  const certificates = ingresses.flatMap((ingress) =>
    (specOf<IngressSpec>(ingress).tls ?? []).map((entry): Listener => {
      const secret =
        entry.secretName === undefined ? {} : { secret: { namespace: ingress.metadata.namespace ?? 'default', name: entry.secretName } };
      return { port: 443, hosts: entry.hosts ?? [], tls: secret, rules: secure };
    }),
  );
  return [{ port: 80, hosts: ['*'], rules: plain }, ...certificates, { port: 443, hosts: ['*'], tls: {}, rules: secure }];
}

function redirects(ingress: KubeObject, rule: Rule): boolean {
  const annotations = ingress.metadata.annotations ?? {};
  if (annotations[`${ANNOTATION}force-ssl-redirect`] === 'true') return true;
  const secured = (specOf<IngressSpec>(ingress).tls ?? []).some((entry) => entry.hosts?.some((host) => rule.hosts.includes(host)));
  return secured && annotations[`${ANNOTATION}ssl-redirect`] !== 'false';
}

function redirected({ target: _target, ...rule }: Rule): Rule {
  return { ...rule, redirect: { scheme: 'https', status: 308 } };
}
