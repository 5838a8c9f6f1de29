import { generateKeyPairSync, randomInt } from 'node:crypto';
import { parse } from 'yaml';
import type { ClusterStore, KubeObject } from '../api.js';
import type { Recorder } from './events.js';
import type { ParentRef } from './routing/gateway-api.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import {
  isAvailable,
  keyOf,
  podSpec,
  specOf,
  splitKey,
  statusOf,
  withCondition,
  type Condition,
  type Container,
  type PodSpec,
  type PodTemplate,
} from './types.js';

const GROUP = 'cert-manager.io';
const DEPLOYMENTS = ['cert-manager', 'cert-manager-cainjector', 'cert-manager-webhook'];

/** Seconds an ACME account takes to register. */
const REGISTRATION_SECONDS = 5;

export interface Solver {
  selector?: { dnsNames?: string[]; dnsZones?: string[] };
  http01?: { ingress?: { ingressClassName?: string; class?: string }; gatewayHTTPRoute?: { parentRefs?: ParentRef[] } };
  dns01?: {
    azureDNS?: { hostedZoneName?: string; resourceGroupName?: string; subscriptionID?: string; managedIdentity?: { clientID?: string } };
  };
}

export interface IssuerSpec {
  acme?: { server?: string; email?: string; privateKeySecretRef?: { name: string }; solvers?: Solver[] };
  selfSigned?: object;
  ca?: { secretName: string };
}

/** The namespace cert-manager runs in, once its controller, webhook and CA injector all serve; else undefined. */
export function certManagerNamespace(runtime: Runtime): string | undefined {
  const deployments = runtime.store.list('apps/Deployment').filter((deployment) => DEPLOYMENTS.includes(deployment.metadata.name));
  return deployments
    .map((deployment) => deployment.metadata.namespace)
    .find((namespace) =>
      DEPLOYMENTS.every((name) =>
        deployments.some(
          (deployment) => deployment.metadata.name === name && deployment.metadata.namespace === namespace && isAvailable(deployment),
        ),
      ),
    );
}

/** Does the controller look at Gateways: by its configuration file or its argument? The feature gate of old versions alone does nothing. */
export function gatewayApiEnabled(runtime: Runtime, namespace: string): boolean {
  const deployment = runtime.store.get('apps/Deployment', namespace, 'cert-manager');
  return (
    deployment !== undefined && asksForGatewayApi(runtime.store, namespace, specOf<{ template: PodTemplate }>(deployment).template.spec)
  );
}

function asksForGatewayApi(store: ClusterStore, namespace: string | undefined, spec: PodSpec): boolean {
  if (spec.containers.some((container) => container.args?.some((argument) => /^--enable-gateway-api(=true)?$/.test(argument)))) return true;
  const configMaps = (spec.volumes ?? []).flatMap((volume) => volume.configMap?.name ?? []);
  return configMaps.some((name) => {
    const data = (store.get('ConfigMap', namespace, name)?.['data'] ?? {}) as Record<string, string>;
    return Object.values(data).some((text) => (parse(text) as { enableGatewayAPI?: boolean } | null)?.enableGatewayAPI === true);
  });
}

/** The controller ends at once when it is to look at Gateways and the API server does not know them: its last line, else undefined. */
export function missingGatewayApi(runtime: Runtime, pod: KubeObject, container: Container): string | undefined {
  const isController = container.args?.some((argument) => argument.startsWith('--cluster-resource-namespace')) === true;
  if (!isController || !asksForGatewayApi(runtime.store, pod.metadata.namespace, podSpec(pod))) return undefined;
  if (runtime.store.get('apiextensions.k8s.io/CustomResourceDefinition', undefined, 'gateways.gateway.networking.k8s.io')) return undefined;
  return 'E cert-manager: error executing command: the Gateway API CRDs do not seem to be present, but the gateway API is set to be enabled. Please install the gateway-api CRDs.';
}

/** Is this Deployment one of cert-manager's? Its change wakes what waits for cert-manager. */
export function isCertManager(deployment: KubeObject): boolean {
  return DEPLOYMENTS.includes(deployment.metadata.name);
}

/** Brings ClusterIssuers and Issuers to Ready, as cert-manager does when the ACME server knows the account. */
export function issuers(runtime: Runtime, recorder: Recorder): Controller {
  const all = (deployment: KubeObject): string[] =>
    isCertManager(deployment) ? [...runtime.store.list(`${GROUP}/ClusterIssuer`), ...runtime.store.list(`${GROUP}/Issuer`)].map(keyOf) : [];
  const seenAt = runtime.memory<number>('issuers-seen');
  const controller: Controller = {
    name: 'cert-manager-issuers',
    watches: { [`${GROUP}/ClusterIssuer`]: itself, [`${GROUP}/Issuer`]: itself, 'apps/Deployment': all },
    deleted(_kind, object) {
      seenAt.delete(object.metadata.uid);
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const home = certManagerNamespace(runtime);
      const kind = namespace === undefined ? 'ClusterIssuer' : 'Issuer';
      const issuer = home === undefined ? undefined : runtime.store.get(`${GROUP}/${kind}`, namespace, name);
      if (!issuer || home === undefined || issuer.metadata.deletionTimestamp) return;
      const { acme } = specOf<IssuerSpec>(issuer);
      if (!acme) {
        report(issuer, kind, { type: 'Ready', status: 'True', reason: 'IsReady', message: '' });
        return;
      }
      const since = seenAt.get(issuer.metadata.uid) ?? runtime.now();
      seenAt.set(issuer.metadata.uid, since);
      const left = since + runtime.scaled(REGISTRATION_SECONDS) - runtime.now();
      if (left > 0) runtime.after(controller, key, left);
      else register(issuer, kind, namespace ?? home, acme);
    },
  };
  return controller;

  function register(issuer: KubeObject, kind: string, home: string, acme: NonNullable<IssuerSpec['acme']>): void {
    const secret = acme.privateKeySecretRef?.name;
    if (secret !== undefined && !runtime.store.get('Secret', home, secret)) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
      runtime.ensure({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secret, namespace: home },
        type: 'Opaque',
        data: { 'tls.key': Buffer.from(pem).toString('base64') },
      });
    }
    const known = statusOf<{ acme: { uri: string } }>(issuer).acme?.uri;
    const host = new URL(acme.server ?? 'https://acme-v02.api.letsencrypt.org/directory').origin;
    const account = { uri: known ?? `${host}/acme/acct/${randomInt(1e8, 9e8)}`, lastRegisteredEmail: acme.email ?? '' };
    report(
      issuer,
      kind,
      { type: 'Ready', status: 'True', reason: 'ACMEAccountRegistered', message: 'The ACME account was registered with the ACME server' },
      account,
    );
  }

  function report(issuer: KubeObject, kind: string, ready: Condition, acme?: object): void {
    const before = statusOf<{ conditions: Condition[] }>(issuer).conditions;
    const observedGeneration = issuer.metadata.generation ?? 1;
    const conditions = withCondition(before, { ...ready, observedGeneration }, runtime.timestamp());
    runtime.setStatus(`${GROUP}/${kind}`, issuer, { ...(acme ? { acme } : {}), conditions });
    if (!before && acme) recorder.normal(issuer, 'ACMEAccountRegistered', ready.message ?? '', 'cert-manager-clusterissuers');
  }
}
