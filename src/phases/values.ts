import { DeployError } from '../errors.js';
import { type Feature, FEATURES, featuresOf, type Shape, workloadsOf } from '../passes.js';
import { CLUSTER_ISSUER, TLS_SECRET } from '../platform/names.js';
import { CHART_CONTRACT_0_13 } from '../values/chart-contract-0.13.js';
import { unknownKeys } from '../values/contract.js';
import type { ValuesFiles } from '../values/files.js';
import { merge, nest, type Tree } from '../values/merge.js';
import type { Outputs } from './outputs.js';

export const LAYERS = ['base', 'topology', 'overrides', 'sizing', 'ingress', 'passes'] as const;
export type LayerName = (typeof LAYERS)[number];

export interface Layer {
  readonly name: LayerName;
  /** File it came from, or `computed`. */
  readonly source: string;
  readonly values: Tree;
}

/** What the LangSmith release is installed with. Holds no secret: pods read those from Kubernetes Secrets by name. */
export interface ChartValues {
  /** In order; later ones win. */
  readonly layers: readonly Layer[];
  readonly merged: Tree;
}

export interface ValuesRequest {
  readonly shape: Shape;
  readonly outputs: Outputs;
  readonly adminEmail: string;
  readonly files: ValuesFiles;
}

/** How each certificate source shows in the Ingress. dns01 needs a DNS zone and an identity for cert-manager, which the light topology has not. */
const TLS: Readonly<Record<Outputs['tls_certificate_source'], ((host: string) => Tree) | undefined>> = {
  none: () => ({}),
  existing: (host) => ({ ingress: { tls: [{ secretName: TLS_SECRET, hosts: [host] }] } }),
  letsencrypt: (host) => ({
    ingress: { annotations: { 'cert-manager.io/cluster-issuer': CLUSTER_ISSUER }, tls: [{ secretName: TLS_SECRET, hosts: [host] }] },
  }),
  dns01: undefined,
};

/**
 * Layers the chart values, later ones winning. PURE.
 * @throws DeployError `values-invalid` listing every key the chart would ignore, with the known key nearest to it.
 */
export function buildValues(request: ValuesRequest): ChartValues {
  const { files, outputs } = request;
  const layers: Layer[] = [
    { name: 'base', ...files.base },
    { name: 'topology', ...files.topology },
    { name: 'overrides', source: 'computed', values: overrides(request) },
    { name: 'sizing', ...files.sizing },
    { name: 'ingress', source: files.ingress.source, values: merge(files.ingress.values, tlsValues(outputs)) },
    {
      name: 'passes',
      source: 'computed',
      values: nest(Object.fromEntries(FEATURES.flatMap((feature) => feature.switches.map((path) => [path, isOn(feature, request.shape)])))),
    },
  ];
  refuseUnknownKeys(layers);
  return { layers, merged: merge(...layers.map((layer) => layer.values)) };
}

const isOn = (feature: Feature, shape: Shape): boolean => featuresOf(shape).includes(feature);

/** The choices of pass 1 for which this version has chart values; the rest is refused by name instead of being ignored. */
const SUPPORTED = {
  postgres_source: ['in-cluster'],
  redis_source: ['in-cluster'],
  clickhouse_source: ['in-cluster'],
  ingress_controller: ['nginx'],
} as const satisfies Partial<Record<keyof Outputs, readonly string[]>>;

/** The same outputs. @throws DeployError `values-invalid` naming every choice of the infrastructure that pass 2 cannot serve. */
export function demandSupported(outputs: Outputs): Outputs {
  const problems = Object.entries(SUPPORTED).flatMap(([name, legal]) => {
    const chosen = outputs[name as keyof typeof SUPPORTED];
    return (legal as readonly string[]).includes(chosen)
      ? []
      : [`- ${name} is "${chosen}"; this version releases the chart with ${legal.join(' or ')}`];
  });
  if (problems.length === 0) return outputs;
  throw new DeployError('values-invalid', problems.join('\n'), { fix: 'Change it in the configuration file and run pass 1 again.' });
}

/** What only this deployment knows: its names, its host, its storage, its identity. */
function overrides({ outputs, shape, adminEmail }: ValuesRequest): Tree {
  const deployment = {
    fullnameOverride: outputs.langsmith_release_name,
    config: {
      hostname: outputs.langsmith_hostname,
      initialOrgAdminEmail: adminEmail,
      blobStorage: { azureStorageAccountName: outputs.storage_account_name, azureStorageContainerName: outputs.storage_container_name },
    },
  };
  const readers = workloadsOf(shape).filter((workload) => workload.readsBlob);
  return merge(deployment, ...readers.map((workload) => ({ [workload.key]: workloadIdentity(outputs.workload_identity_client_id) })));
}

/** The webhook of AKS looks at the pod label; its value must stay a string. */
const workloadIdentity = (clientId: string): Tree => ({
  deployment: { labels: { 'azure.workload.identity/use': 'true' } },
  serviceAccount: { annotations: { 'azure.workload.identity/client-id': clientId } },
});

function tlsValues(outputs: Outputs): Tree {
  const values = TLS[outputs.tls_certificate_source];
  if (values !== undefined) return values(outputs.langsmith_hostname);
  throw new DeployError(
    'values-invalid',
    `tls_certificate_source = "${outputs.tls_certificate_source}" needs a DNS zone that this deployment does not manage`,
    {
      fix: 'Set tls_certificate_source to letsencrypt, existing or none in the configuration file and run pass 1 again.',
    },
  );
}

function refuseUnknownKeys(layers: readonly Layer[]): void {
  const problems = layers.flatMap((layer) =>
    unknownKeys(layer.values, CHART_CONTRACT_0_13).map(
      ({ path, nearest }) => `- ${path} (layer ${layer.name}, ${layer.source}); nearest known key: ${nearest}`,
    ),
  );
  if (problems.length > 0) throw new DeployError('values-invalid', `the chart does not know these keys:\n${problems.join('\n')}`);
}

/** One line for the step summary. */
export const describeValues = ({ layers }: ChartValues): string => layers.map((layer) => layer.name).join(' → ');
