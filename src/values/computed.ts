import { hookJobsOf, type Shape, type ShapeOutputs, STORE_SECRETS, type Workload, WORKLOADS, workloadsOf } from '../passes.js';
import type { Outputs } from '../phases/outputs.js';
import { GATEWAY, GATEWAY_TLS_LISTENER, TLS_SECRET, usesIstioGateway } from '../platform/names.js';
import { isTree, merge, nest, type Tree } from './merge.js';

/** What values follow from. */
export type ValuesOutputs = ShapeOutputs &
  Pick<
    Outputs,
    | 'langsmith_namespace'
    | 'langsmith_release_name'
    | 'langsmith_hostname'
    | 'langsmith_url'
    | 'storage_account_name'
    | 'storage_container_name'
    | 'workload_identity_client_id'
    | 'ingress_controller'
    | 'tls_certificate_source'
    | 'node_pools'
  >;

/** What only this deployment knows: its names, its host, its storage, its data stores, its identity, its nodes. PURE. */
export function overrides(shape: Shape, outputs: ValuesOutputs, adminEmail: string): Tree {
  const deployment = {
    fullnameOverride: outputs.langsmith_release_name,
    config: {
      hostname: outputs.langsmith_hostname,
      initialOrgAdminEmail: adminEmail,
      blobStorage: { azureStorageAccountName: outputs.storage_account_name, azureStorageContainerName: outputs.storage_container_name },
    },
  };
  return merge(deployment, stores(shape), identities(shape, outputs.workload_identity_client_id), placement(shape, outputs.node_pools));
}

/**
 * Where each data store runs, independently of the others. A store in the cluster gets no `enabled`; a Secret named without it makes
 * the StatefulSet and its clients read ours, instead of one with the well-known password of the chart.
 */
function stores(shape: Shape): Tree {
  return merge(
    ...STORE_SECRETS.map(({ store, secret, inCluster }): Tree => {
      if (shape[store] === 'external') return { [store]: { external: { enabled: true, existingSecretName: secret } } };
      return inCluster ? { [store]: { external: { existingSecretName: secret } } } : {};
    }),
  );
}

/** The webhook of AKS looks at the pod label; its value must stay a string. */
const LABEL: Tree = { 'azure.workload.identity/use': 'true' };

function identities(shape: Shape, clientId: string): Tree {
  const serviceAccount = { annotations: { 'azure.workload.identity/client-id': clientId } };
  const workloads = workloadsOf(shape).filter((workload) => workload.readsBlob);
  const jobs = hookJobsOf(shape.pass).filter((job) => job.hasIdentity);
  return merge(
    ...workloads.map(({ key }): Tree => ({ [key]: { deployment: { labels: LABEL }, serviceAccount } })),
    ...jobs.map(({ key }) => nest({ [key]: { labels: LABEL, serviceAccount } })),
  );
}

/** Puts what is made for a pool of its own onto it, where the cluster has a pool of that name. */
function placement(shape: Shape, pools: Outputs['node_pools']): Tree {
  return merge(
    ...workloadsOf(shape).map((workload): Tree => {
      const pool = workload.pool(shape);
      const found = pool === 'default' ? undefined : pools.find(({ name }) => name === pool);
      if (found === undefined) return {};
      // AKS labels every node with its pool; what the user labels it with says more.
      const nodeSelector = Object.keys(found.labels).length > 0 ? found.labels : { 'kubernetes.azure.com/agentpool': found.name };
      const tolerations = found.taints.map(toleration);
      return { [workload.key]: { [podKey(workload)]: { nodeSelector, ...(tolerations.length === 0 ? {} : { tolerations }) } } };
    }),
  );
}

const podKey = ({ kind }: Workload): string => (kind === 'StatefulSet' ? 'statefulSet' : 'deployment');

/** `key=value:Effect`, as AKS writes a taint. */
function toleration(taint: string): Tree {
  const [, key = '', value = '', effect = ''] = /^([^=]+)=([^:]*):(\w+)$/.exec(taint) ?? [];
  return { key, operator: 'Equal', value, effect };
}

/** Which file of `helm/values` says by what kind of object the chart routes (`ingress-<name>.yaml`). PURE. */
export const ingressFile = (outputs: Pick<Outputs, 'ingress_controller' | 'tls_certificate_source'>): string =>
  usesIstioGateway(outputs) ? 'istio-gateway' : outputs.ingress_controller;

/** Where the certificate is served, and for which Gateway the chart makes its route. Certificates themselves are the platform's. PURE. */
export function routing(outputs: ValuesOutputs): Tree {
  const isTls = outputs.tls_certificate_source !== 'none';
  const gateway = { name: GATEWAY, namespace: outputs.langsmith_namespace };
  if (usesIstioGateway(outputs)) return { istioGateway: gateway };
  if (outputs.ingress_controller === 'envoy-gateway') {
    // What arrives on the other listener is redirected by the platform.
    return { gateway: { ...gateway, ...(isTls ? { sectionName: GATEWAY_TLS_LISTENER } : {}) } };
  }
  return isTls ? { ingress: { tls: [{ secretName: TLS_SECRET, hosts: [outputs.langsmith_hostname] }] } } : {};
}

/** Leaves out what a file says of workloads this deployment has not: of those, nothing but their own switch reaches the chart. */
export function withoutAbsent(values: Tree, shape: Shape): Tree {
  const present = new Set(workloadsOf(shape).map(({ key }) => key));
  const absent = new Set(WORKLOADS.map(({ key }) => key).filter((key) => !present.has(key)));
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      if (!absent.has(key) || !isTree(value)) return [[key, value]];
      return 'enabled' in value ? [[key, { enabled: value['enabled'] }]] : [];
    }),
  );
}
