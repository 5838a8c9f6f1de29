import { itself, type Controller, type Runtime } from './runtime.js';
import { splitKey } from './types.js';

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Name, disk or share, SKU, binding mode: the classes AKS installs. */
const STORAGE_CLASSES: readonly (readonly [string, 'disk' | 'file', string, string])[] = [
  ['default', 'disk', 'StandardSSD_LRS', 'WaitForFirstConsumer'],
  ['managed', 'disk', 'StandardSSD_LRS', 'WaitForFirstConsumer'],
  ['managed-csi', 'disk', 'StandardSSD_LRS', 'WaitForFirstConsumer'],
  ['managed-premium', 'disk', 'Premium_LRS', 'WaitForFirstConsumer'],
  ['managed-csi-premium', 'disk', 'Premium_LRS', 'WaitForFirstConsumer'],
  ['azurefile', 'file', 'Standard_LRS', 'Immediate'],
  ['azurefile-csi', 'file', 'Standard_LRS', 'Immediate'],
  ['azurefile-premium', 'file', 'Premium_LRS', 'Immediate'],
  ['azurefile-csi-premium', 'file', 'Premium_LRS', 'Immediate'],
];

/** Not a key: it only has to look like the certificate that every namespace carries. */
const CLUSTER_CA =
  '-----BEGIN CERTIFICATE-----\nMIIBcjCCARigAwIBAgIBATAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJjYTAeFw0y\n-----END CERTIFICATE-----\n';

/** Creates what a new AKS cluster has before anybody deploys to it: namespaces, storage classes, the API server's Service. */
export function installDefaults(runtime: Runtime): void {
  for (const name of NAMESPACES) {
    runtime.ensure({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
    });
  }
  for (const [name, kind, skuName, volumeBindingMode] of STORAGE_CLASSES) {
    runtime.ensure({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name,
        labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists', 'kubernetes.io/cluster-service': 'true' },
        ...(name === 'default' ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}),
      },
      provisioner: `${kind}.csi.azure.com`,
      parameters: { skuName },
      reclaimPolicy: 'Delete',
      allowVolumeExpansion: true,
      volumeBindingMode,
    });
  }
  runtime.ensure({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }],
    },
  });
}

/** Gives each namespace its phase, its default ServiceAccount and the cluster's CA. */
export function namespaces(runtime: Runtime): Controller {
  return {
    name: 'namespace',
    watches: {
      Namespace: itself,
      ServiceAccount: (object) => [`/${object.metadata.namespace}`],
      ConfigMap: (object) => (object.metadata.name === 'kube-root-ca.crt' ? [`/${object.metadata.namespace}`] : []),
    },
    reconcile(key) {
      const [, name] = splitKey(key);
      const namespace = runtime.store.get('Namespace', undefined, name);
      if (!namespace || namespace.metadata.deletionTimestamp) return;
      runtime.setStatus('Namespace', namespace, { phase: 'Active' });
      if (!runtime.store.get('ServiceAccount', name, 'default'))
        runtime.ensure({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } });
      if (!runtime.store.get('ConfigMap', name, 'kube-root-ca.crt')) {
        runtime.ensure({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: 'kube-root-ca.crt',
            namespace: name,
            annotations: { 'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver' },
          },
          data: { 'ca.crt': CLUSTER_CA },
        });
      }
    },
  };
}
