import type { Outputs } from '../phases/outputs.js';
import { CLUSTER_ISSUER } from './names.js';

/** Namespaces the deployment uses, LangSmith's own first. */
export function namespaceObjects(namespaces: readonly string[]): object[] {
  return namespaces.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'app.kubernetes.io/part-of': 'langsmith-azure' } },
  }));
}

/** Only the namespace itself and the ingress controller's may talk to LangSmith's pods. */
export function networkPolicies(namespace: string, entranceNamespace: string): object[] {
  const policy = (name: string, spec: object): object => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  });
  const everyPod = { podSelector: {}, policyTypes: ['Ingress'] };
  const from = [namespace, entranceNamespace].map((name) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  }));
  return [policy('default-deny-ingress', everyPod), policy('allow-from-ingress', { ...everyPod, ingress: [{ from }] })];
}

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** The issuer that the Ingress annotation names; undefined when no certificate comes from Let's Encrypt over HTTP. */
export function clusterIssuer(outputs: Outputs): object | undefined {
  if (outputs.tls_certificate_source !== 'letsencrypt') return undefined;
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    metadata: { name: CLUSTER_ISSUER },
    spec: {
      acme: {
        server: LETS_ENCRYPT,
        ...(outputs.letsencrypt_email === '' ? {} : { email: outputs.letsencrypt_email }),
        privateKeySecretRef: { name: `${CLUSTER_ISSUER}-account-key` },
        solvers: [{ http01: { ingress: { ingressClassName: outputs.ingress_controller } } }],
      },
    },
  };
}
