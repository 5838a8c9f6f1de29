import type { Runtime } from './runtime.js';

/** Name, replicas (0: one per node), CPU and memory requests, as AKS runs them. They take their share of every node. */
const WORKLOADS: readonly (readonly [string, number, string, string])[] = [
  ['azure-cns', 0, '40m', '250Mi'],
  ['cilium', 0, '100m', '300Mi'],
  ['cloud-node-manager', 0, '50m', '50Mi'],
  ['csi-azuredisk-node', 0, '30m', '60Mi'],
  ['coredns', 2, '100m', '70Mi'],
  ['metrics-server', 2, '150m', '100Mi'],
  ['azure-wi-webhook-controller-manager', 2, '100m', '20Mi'],
];

/** Puts AKS's own workloads into kube-system. */
export function installSystemWorkloads(runtime: Runtime): void {
  for (const [name, replicas, cpu, memory] of WORKLOADS) {
    const labels = { 'k8s-app': name };
    const perNode = replicas === 0;
    runtime.ensure({
      apiVersion: 'apps/v1',
      kind: perNode ? 'DaemonSet' : 'Deployment',
      metadata: { name, namespace: 'kube-system', labels: { ...labels, 'kubernetes.azure.com/managedby': 'aks' } },
      spec: {
        ...(perNode ? {} : { replicas }),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...(perNode ? { tolerations: [{ operator: 'Exists' }] } : {}),
            containers: [{ name, image: `mcr.microsoft.com/oss/kubernetes/${name}:v1`, resources: { requests: { cpu, memory } } }],
          },
        },
      },
    });
  }
}
