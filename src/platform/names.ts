/** Names that the LangSmith values and the objects of the platform must agree on. */
import type { Outputs } from '../phases/outputs.js';

/** The Secret cert-manager writes, or the user brings, for the host name; in {@link certificateNamespace}. */
export const TLS_SECRET = 'langsmith-tls';
export const CLUSTER_ISSUER = 'letsencrypt-prod';
/** The Gateway of Gateway API or of Istio that the chart's routes attach to, in LangSmith's own namespace. */
export const GATEWAY = 'langsmith-gateway';
/** Its listener that serves TLS. */
export const GATEWAY_TLS_LISTENER = 'https';

/** What agents run under; Terraform federates it. */
export const AGENT_SERVICE_ACCOUNT = 'langsmith-ksa';

/** Where each Istio's gateway pods are: they read certificates from their own namespace only. */
export const ISTIO_NAMESPACE = 'istio-system';
export const ISTIO_ADDON_NAMESPACE = 'aks-istio-ingress';
/** Where Envoy Gateway and the proxies it makes are. */
export const ENVOY_NAMESPACE = 'envoy-gateway-system';
export const KEDA_NAMESPACE = 'keda';

/** Namespace whose pods terminate TLS, so that the certificate must be made there and not copied. */
export function certificateNamespace(outputs: Pick<Outputs, 'ingress_controller' | 'langsmith_namespace'>): string {
  if (outputs.ingress_controller === 'istio') return ISTIO_NAMESPACE;
  return outputs.ingress_controller === 'istio-addon' ? ISTIO_ADDON_NAMESPACE : outputs.langsmith_namespace;
}

/**
 * Whether the chart makes a VirtualService for a Gateway of Istio, which can lead plain HTTP to HTTPS; an Ingress of Istio cannot. Where
 * ownership is proved over HTTP the Ingress stays: cert-manager answers by one, and Istio does not serve it beside a Gateway for the same
 * host (https://github.com/istio/istio/issues/27643), so that renewals would fail.
 */
export const usesIstioGateway = ({
  ingress_controller: controller,
  tls_certificate_source: source,
}: Pick<Outputs, 'ingress_controller' | 'tls_certificate_source'>): boolean =>
  controller === 'istio-addon' || (controller === 'istio' && (source === 'dns01' || source === 'existing'));
