import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { Condition, KubeObject } from '../kubernetes/objects.js';
import type { Outputs } from '../phases/outputs.js';
import { until } from '../retry.js';
import { ENVOY_NAMESPACE, GATEWAY, ISTIO_ADDON_NAMESPACE, ISTIO_NAMESPACE } from './names.js';

/** Azure serves `<value>.<region>.cloudapp.azure.com` for the address of a LoadBalancer Service that bears it. */
export const DNS_LABEL_ANNOTATION = 'service.beta.kubernetes.io/azure-dns-label-name';

/** The one LoadBalancer Service through which traffic comes in. */
export interface Entrance {
  readonly namespace: string;
  /** Its name, or undefined when it is found by the Gateway it was made for. */
  readonly service: string | undefined;
  /** Belongs to AKS: only the annotation with the DNS label is ours. */
  readonly foreign: boolean;
}

const ENTRANCES: Readonly<Record<Outputs['ingress_controller'], Entrance | undefined>> = {
  nginx: { namespace: 'ingress-nginx', service: 'ingress-nginx-controller', foreign: false },
  'envoy-gateway': { namespace: ENVOY_NAMESPACE, service: undefined, foreign: false },
  istio: { namespace: ISTIO_NAMESPACE, service: 'istio-ingressgateway', foreign: false },
  'istio-addon': { namespace: ISTIO_ADDON_NAMESPACE, service: 'aks-istio-ingressgateway-external', foreign: true },
  none: undefined,
};

export const entranceOf = (outputs: Pick<Outputs, 'ingress_controller'>): Entrance | undefined => ENTRANCES[outputs.ingress_controller];

/**
 * Finds the Service and sees that it bears the DNS label.
 * @returns `namespace/name`, or '' where the deployment has no public entrance of its own.
 * @throws DeployError `platform-failed` when the Service does not appear.
 */
export async function openEntrance(cluster: Cluster, outputs: Outputs, timeoutMinutes: number): Promise<string> {
  const entrance = entranceOf(outputs);
  if (entrance === undefined) return '';
  // A chart of ours has made it, so there is nothing to look for.
  if (entrance.service !== undefined && !entrance.foreign) return `${entrance.namespace}/${entrance.service}`;
  const patience = { deadlineMs: timeoutMinutes * 60_000, firstPauseMs: 500, maximumPauseMs: 10_000 };
  const name = await until(patience, () => findService(cluster, entrance, outputs));
  if (name === undefined) throw await missing(cluster, entrance, outputs);
  if (entrance.foreign) await cluster.kubectl.apply([entranceObject(entrance.namespace, name, outputs.dns_label)]);
  return `${entrance.namespace}/${name}`;
}

/** Its name in the cluster; undefined while it is not there. */
export async function findService({ kubectl }: Cluster, entrance: Entrance, outputs: Outputs): Promise<string | undefined> {
  const { namespace, service } = entrance;
  if (service !== undefined) return (await kubectl.get('service', service, namespace))?.metadata.name;
  const labels = { 'owning-gateway-name': GATEWAY, 'owning-gateway-namespace': outputs.langsmith_namespace };
  const selector = Object.entries(labels).map(([label, value]) => `gateway.envoyproxy.io/${label}=${value}`);
  return (await kubectl.list('services', namespace, selector.join(',')))[0]?.metadata.name;
}

/** Only what is ours of a Service of AKS. An empty label takes ours away again: applied fields that are left out are removed. */
export const entranceObject = (namespace: string, name: string, label: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, annotations: label === '' ? {} : { [DNS_LABEL_ANNOTATION]: label } },
});

async function missing({ kubectl }: Cluster, { namespace, service }: Entrance, outputs: Outputs): Promise<DeployError> {
  if (service !== undefined) {
    return new DeployError('platform-failed', `AKS has made no Service ${namespace}/${service}`, {
      fix: 'See in the Azure portal whether the Istio add-on of the cluster and its external ingress gateway are on and healthy.',
    });
  }
  const gateway = await kubectl.get<KubeObject & { status?: { conditions?: readonly Condition[] } }>(
    'gateways.gateway.networking.k8s.io',
    GATEWAY,
    outputs.langsmith_namespace,
  );
  const conditions = (gateway?.status?.conditions ?? []).map(
    ({ type, status, message }) => `${type}=${status}${message === undefined ? '' : `: ${message}`}`,
  );
  const said = conditions.length === 0 ? 'nothing has taken it up' : conditions.join('; ');
  return new DeployError(
    'platform-failed',
    `Envoy Gateway has made no Service in ${namespace} for the Gateway ${outputs.langsmith_namespace}/${GATEWAY}: ${said}`,
  );
}
