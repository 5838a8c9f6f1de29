import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { CHART_SOURCES } from '../../charts/index.js';
import type { NewObject } from '../api.js';
import type { Runtime } from './runtime.js';

const SYSTEM = 'aks-istio-system';
const INGRESS = 'aks-istio-ingress';
const MANAGED = { 'kubernetes.azure.com/managedby': 'aks' };
const KINDS = ['Deployment', 'HorizontalPodAutoscaler', 'Service', 'ServiceAccount', 'ConfigMap', 'MutatingWebhookConfiguration'];
const GROUPS: Readonly<Record<string, string>> = {
  Deployment: 'apps/',
  HorizontalPodAutoscaler: 'autoscaling/',
  MutatingWebhookConfiguration: 'admissionregistration.k8s.io/',
};

type Made = NewObject & { metadata: { name: string } };

/** Brings what the Istio add-on of AKS runs in a cluster in line with the cluster's resource in Azure. Its CRDs stay, as they do on AKS. */
export function installMeshAddon(runtime: Runtime): void {
  const mesh = runtime.context.cluster.serviceMesh;
  const wanted: Made[] = mesh
    ? [
        ...[SYSTEM, INGRESS].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...MANAGED } } })),
        ...definitions(),
        ...mesh.revisions.flatMap(controlPlane),
        ...(mesh.externalIngressGateway ? gateway('external', mesh.revisions) : []),
        ...(mesh.internalIngressGateway ? gateway('internal', mesh.revisions) : []),
      ]
    : [];
  for (const object of wanted) runtime.ensure(object);
  const names = new Set(wanted.map((object) => `${object.kind} ${object.metadata.name}`));
  for (const kind of KINDS) {
    const stored = `${GROUPS[kind] ?? ''}${kind}`;
    for (const object of runtime.store.list(stored)) {
      const ours =
        [SYSTEM, INGRESS].includes(object.metadata.namespace ?? '') || object.metadata.name.startsWith('istio-sidecar-injector-asm-');
      const managed = object.metadata.labels?.['kubernetes.azure.com/managedby'] === 'aks';
      if (ours && managed && !names.has(`${kind} ${object.metadata.name}`))
        runtime.store.remove(stored, object.metadata.namespace, object.metadata.name);
    }
  }
}

/** The same custom resources as the chart's, without an owner: whoever installs the chart later is told that they are not Helm's. */
function definitions(): Made[] {
  const rows = parse(readFileSync(path.join(CHART_SOURCES, 'base/files/crds.yaml'), 'utf8')) as {
    group: string;
    plural: string;
    kind: string;
    short: string[];
    versions: string[];
  }[];
  const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return rows.map(({ group, plural, kind, short, versions }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { ...MANAGED } },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: short, categories: ['istio-io'] },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: free, status: free } } },
      })),
    },
  }));
}

/** `asm-1-29` → the version of Istio in it. */
function imageTag(revision: string): string {
  return `${revision.replace(/^asm-/, '').replace('-', '.')}.0`;
}

function deployment(name: string, namespace: string, labels: Record<string, string>, container: object): Made[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: { ...MANAGED } } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels: { ...labels, ...MANAGED } },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: name, containers: [container] } },
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace, labels: { ...MANAGED } },
      spec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
    },
  ];
}

function controlPlane(revision: string): Made[] {
  const name = `istiod-${revision}`;
  const labels = { app: 'istiod', 'istio.io/rev': revision };
  const meta = { namespace: SYSTEM, labels: { ...labels, ...MANAGED } };
  const service = { name, namespace: SYSTEM, path: '/inject', port: 443 };
  return [
    // The add-on takes no Ingress: its gateways are configured by Gateway objects only.
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `istio-${revision}`, ...meta },
      data: { mesh: stringify({ ingressControllerMode: 'OFF' }) },
    },
    ...deployment(name, SYSTEM, labels, {
      name: 'discovery',
      image: `mcr.microsoft.com/oss/istio/pilot:${imageTag(revision)}`,
      resources: { requests: { cpu: '500m', memory: '2Gi' } },
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, ...meta },
      spec: {
        selector: labels,
        ports: [
          { name: 'grpc-xds', port: 15010 },
          { name: 'https-webhook', port: 443, targetPort: 15017 },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: `istio-sidecar-injector-${revision}-${SYSTEM}`, labels: { ...labels, ...MANAGED } },
      webhooks: [
        {
          name: 'rev.object.sidecar-injector.istio.io',
          clientConfig: { service },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          failurePolicy: 'Fail',
          rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
          objectSelector: { matchLabels: { 'istio.io/rev': revision, 'sidecar.istio.io/inject': 'true' } },
        },
      ],
    },
  ];
}

/** One Service for the proxies of every revision: a canary upgrade runs two of them behind one address. */
function gateway(side: 'external' | 'internal', revisions: readonly string[]): Made[] {
  const name = `aks-istio-ingressgateway-${side}`;
  const labels = { app: name, istio: name };
  const annotations = side === 'internal' ? { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' } : undefined;
  return [
    ...revisions.flatMap((revision) =>
      deployment(
        `${name}-${revision}`,
        INGRESS,
        { ...labels, 'istio.io/rev': revision },
        {
          name: 'istio-proxy',
          image: `mcr.microsoft.com/oss/istio/proxyv2:${imageTag(revision)}`,
          ports: [{ containerPort: 80 }, { containerPort: 443 }, { containerPort: 15021 }],
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
        },
      ),
    ),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: INGRESS, labels: { ...labels, ...MANAGED }, ...(annotations ? { annotations } : {}) },
      spec: {
        type: 'LoadBalancer',
        selector: labels,
        ports: [
          { name: 'status-port', port: 15021, targetPort: 15021 },
          { name: 'http2', port: 80, targetPort: 80 },
          { name: 'https', port: 443, targetPort: 443 },
        ],
      },
    },
  ];
}
