import type { ClusterStore, KubeObject } from '../../api.js';
import { matches, podSpec, specOf, type Selector } from '../types.js';

interface Peer {
  namespaceSelector?: Selector;
  podSelector?: Selector;
  ipBlock?: unknown;
}

interface PolicySpec {
  podSelector?: Selector;
  policyTypes?: string[];
  ingress?: { from?: Peer[]; ports?: { port?: number | string; protocol?: string }[] }[];
}

/** An empty selector of a policy means every pod. */
const selects = (selector: Selector | undefined, labels: Record<string, string> | undefined): boolean => matches(selector ?? {}, labels);

function admits(store: ClusterStore, policy: KubeObject, peer: Peer, from: KubeObject): boolean {
  if (peer.ipBlock !== undefined) return false;
  const namespace = store.get('Namespace', undefined, from.metadata.namespace ?? '')?.metadata.labels;
  const inNamespace = peer.namespaceSelector
    ? selects(peer.namespaceSelector, namespace)
    : from.metadata.namespace === policy.metadata.namespace;
  return inNamespace && (peer.podSelector === undefined || selects(peer.podSelector, from.metadata.labels));
}

/** May one pod open a connection to a port of another, by the network policies of the second one's namespace? */
export function mayConnect(store: ClusterStore, from: KubeObject, to: KubeObject, port: number): boolean {
  const policies = store.list('networking.k8s.io/NetworkPolicy', to.metadata.namespace).filter((policy) => {
    const spec = specOf<PolicySpec>(policy);
    return (spec.policyTypes ?? ['Ingress']).includes('Ingress') && selects(spec.podSelector, to.metadata.labels);
  });
  if (policies.length === 0) return true;
  const names = podSpec(to)
    .containers.flatMap((container) => container.ports ?? [])
    .filter((entry) => entry.containerPort === port)
    .map((entry) => entry.name);
  return policies.some((policy) =>
    (specOf<PolicySpec>(policy).ingress ?? []).some(
      (rule) =>
        (!rule.ports?.length ||
          rule.ports.some((entry) => entry.port === undefined || entry.port === port || names.includes(String(entry.port)))) &&
        (!rule.from?.length || rule.from.some((peer) => admits(store, policy, peer, from))),
    ),
  );
}
