import { CONTAINER_DEFAULTS, type Demand } from '../capacity/demand.js';
import { objectName, type Shape } from '../passes.js';
import type { Outputs } from '../phases/outputs.js';
import type { Tree } from '../values/merge.js';
import { factsOf } from './addons.js';
import { DNS_LABEL_ANNOTATION, entranceOf } from './entrance.js';
import {
  AGENT_SERVICE_ACCOUNT,
  certificateNamespace,
  CLUSTER_ISSUER,
  GATEWAY,
  KEDA_NAMESPACE,
  TLS_SECRET,
  usesIstioGateway,
} from './names.js';
import { quotaOf } from './quota.js';

/** Values of helm/langsmith-platform. A part that a deployment has not is left out: the chart renders nothing for it. PURE. */
export function platformValues(shape: Shape, outputs: Outputs, demand: Demand): Tree {
  return {
    quota: quotaOf(shape, demand),
    containerDefaults: CONTAINER_DEFAULTS,
    allowedNamespaces: allowedNamespaces(outputs),
    ...(factsOf(shape, outputs, demand).uses_keda ? { keda: keda(outputs) } : {}),
    // Agents come with pass 3, and nothing else runs under it.
    ...(shape.pass >= 3 ? { serviceAccount: { name: AGENT_SERVICE_ACCOUNT, clientId: outputs.workload_identity_client_id } } : {}),
    ...(issuesCertificates(outputs) ? { issuer: issuer(outputs), certificate: certificate(outputs) } : {}),
    ...controllerParts(outputs),
  };
}

export const issuesCertificates = ({ tls_certificate_source: source }: Pick<Outputs, 'tls_certificate_source'>): boolean =>
  source === 'letsencrypt' || source === 'dns01';

/** The namespace itself and that of what receives traffic. Without a controller of ours, only those the user names are let in. */
export function allowedNamespaces(outputs: Outputs): string[] {
  const entrance = entranceOf(outputs);
  const others = entrance === undefined ? outputs.ingress_namespaces : [entrance.namespace];
  return [...new Set([outputs.langsmith_namespace, ...others])];
}

/** KEDA asks the back ends for the length of their queues, over HTTP; it needs no other pod. */
const keda = ({ langsmith_release_name: release }: Outputs): Tree => ({
  namespace: KEDA_NAMESPACE,
  components: ['backend', 'platform-backend'].map((suffix) => objectName(release, suffix)),
});

function issuer(outputs: Outputs): Tree {
  return { name: CLUSTER_ISSUER, email: outputs.letsencrypt_email, solver: solver(outputs) };
}

/** How ownership of the host name is proved: by a record in the zone that pass 1 made, or by an answer at the entrance. */
function solver(outputs: Outputs): Tree {
  if (outputs.tls_certificate_source === 'dns01') {
    return {
      dns: {
        subscriptionID: outputs.subscription_id,
        resourceGroupName: outputs.resource_group_name,
        hostedZoneName: outputs.dns_zone_name,
        clientID: outputs.cert_manager_identity_client_id,
      },
    };
  }
  if (outputs.ingress_controller === 'envoy-gateway') return { gateway: { name: GATEWAY, sectionName: 'http' } };
  return { ingressClass: outputs.ingress_controller };
}

/** In the namespace that serves it: a copy made there would end with the first renewal. */
const certificate = (outputs: Outputs): Tree => ({
  name: TLS_SECRET,
  namespace: certificateNamespace(outputs),
  hostname: outputs.langsmith_hostname,
});

/** What labels the pods of the gateway: the chart of our own Istio takes the release's name without "istio-", AKS that of its Service. */
const gatewayPods = (outputs: Outputs): Tree => ({ istio: entranceOf(outputs)?.service?.replace(/^istio-/, '') });

/** What each controller needs besides its add-on. An Ingress is the LangSmith chart's, and so is a VirtualService. */
function controllerParts(outputs: Outputs): Tree {
  const isTls = outputs.tls_certificate_source !== 'none';
  const gateway = { name: GATEWAY, hostname: outputs.langsmith_hostname, ...(isTls ? { tlsSecret: TLS_SECRET } : {}) };
  if (usesIstioGateway(outputs)) return { istioGateway: { ...gateway, selector: gatewayPods(outputs) } };
  switch (outputs.ingress_controller) {
    case 'envoy-gateway': {
      const annotations = outputs.dns_label === '' ? {} : { [DNS_LABEL_ANNOTATION]: outputs.dns_label };
      return { envoyGateway: { ...gateway, class: 'langsmith-eg', serviceAnnotations: annotations } };
    }
    case 'istio':
      return { ingressClass: { name: 'istio', controller: 'istio.io/ingress-controller' } };
    default:
      return {};
  }
}
