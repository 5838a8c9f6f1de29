import { ofKind, type Rendered } from '../rehearsal/charts/render.js';

interface Container {
  readonly resources?: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly optional?: boolean } } }[];
}

/** What a rendered deployment consists of, short enough to be read by eye: the golden files of `test/golden/topology-*.yaml`. */
export function topologyOf(objects: readonly Rendered[]): Record<string, unknown> {
  const named = (kind: string, describe: (object: Rendered) => unknown): Record<string, unknown> =>
    Object.fromEntries(
      ofKind(objects, kind)
        .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
        .map((object) => [object.metadata.name, describe(object)]),
    );
  const scaler = (name: string): Rendered | undefined =>
    ofKind(objects, 'HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === name);
  return {
    deployments: named('Deployment', (object) => {
      const hpa = scaler(object.metadata.name);
      return { replicas: hpa === undefined ? object.spec.replicas : `${hpa.spec.minReplicas}-${hpa.spec.maxReplicas}`, ...podOf(object) };
    }),
    statefulSets: named('StatefulSet', (object) => ({
      ...podOf(object),
      volume: object.spec.volumeClaimTemplates[0].spec.resources.requests.storage,
    })),
    jobs: named('Job', podOf),
    routes: Object.assign(
      {},
      ...['Ingress', 'HTTPRoute', 'VirtualService'].map((kind) => named(kind, ({ spec }) => ({ kind, ...routeOf(spec) }))),
    ),
    services: named('Service', ({ spec }) => spec.type ?? 'ClusterIP'),
    secretsOfTheChart: ofKind(objects, 'Secret').map(({ metadata }) => metadata.name),
    accountsWithIdentity: ofKind(objects, 'ServiceAccount')
      .filter(({ metadata }) => metadata.annotations['azure.workload.identity/client-id'] !== undefined)
      .map(({ metadata }) => metadata.name)
      .sort(),
  };
}

function podOf(object: Rendered): Record<string, unknown> {
  const { metadata, spec } = object.spec.template;
  const [container] = spec.containers as Container[];
  const secrets = (container?.env ?? []).flatMap(({ valueFrom }) => {
    const reference = valueFrom?.secretKeyRef;
    return reference === undefined || reference.optional === true ? [] : [reference.name];
  });
  const amount = (of: Record<string, string> = {}): string => `${of['cpu'] ?? '-'} / ${of['memory'] ?? '-'}`;
  return {
    size: `${amount(container?.resources?.requests)} -> ${amount(container?.resources?.limits)}`,
    ...(metadata.labels['azure.workload.identity/use'] === 'true' ? { identity: spec.serviceAccountName as string } : {}),
    ...(secrets.length === 0 ? {} : { secrets: [...new Set(secrets)].sort().join(', ') }),
    ...(spec.nodeSelector === undefined ? {} : { nodes: spec.nodeSelector as object }),
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
function routeOf(spec: any): Record<string, unknown> {
  const { ingressClassName, tls, rules, parentRefs, hostnames, gateways, hosts } = spec as Record<string, unknown>;
  const host = (rules as { host?: string }[] | undefined)?.[0]?.host;
  const shown = { class: ingressClassName, tls, host, parentRefs, hostnames, gateways, hosts };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}
