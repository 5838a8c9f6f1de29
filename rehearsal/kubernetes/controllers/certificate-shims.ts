import type { KubeObject } from '../api.js';
import { certManagerNamespace, gatewayApiEnabled, isCertManager } from './cert-manager.js';
import type { Recorder } from './events.js';
import type { IngressSpec } from './routing/entrance.js';
import { GATEWAY, type GatewaySpec } from './routing/gateway-api.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { keyOf, ownedBy, specOf, splitKey } from './types.js';

const CERTIFICATE = 'cert-manager.io/Certificate';
const INGRESS = 'networking.k8s.io/Ingress';

/** A Secret an object wants filled, and the names that are to be in it. */
interface Wanted {
  readonly secretName: string;
  readonly hosts: readonly string[];
}

/** Turns Ingresses that name an issuer into Certificates, one per TLS entry. */
export function ingressShim(runtime: Runtime, recorder: Recorder): Controller {
  return shim(
    runtime,
    recorder,
    INGRESS,
    () => true,
    (ingress) =>
      (specOf<IngressSpec>(ingress).tls ?? []).flatMap((entry) =>
        entry.secretName && entry.hosts?.length ? [{ secretName: entry.secretName, hosts: entry.hosts }] : [],
      ),
  );
}

/** Turns Gateways that name an issuer into Certificates, one per Secret of a listener with a host; only where cert-manager looks at Gateways. */
export function gatewayShim(runtime: Runtime, recorder: Recorder): Controller {
  return shim(
    runtime,
    recorder,
    GATEWAY,
    (home) => gatewayApiEnabled(runtime, home),
    (gateway) =>
      specOf<GatewaySpec>(gateway).listeners.flatMap((listener) => {
        const { hostname, tls } = listener;
        if (hostname === undefined || tls?.mode === 'Passthrough') return [];
        const own = (tls?.certificateRefs ?? []).filter(
          ({ namespace }) => (namespace ?? gateway.metadata.namespace) === gateway.metadata.namespace,
        );
        return own.map(({ name }) => ({ secretName: name, hosts: [hostname] }));
      }),
  );
}

function shim(
  runtime: Runtime,
  recorder: Recorder,
  kind: string,
  enabled: (certManagerNamespace: string) => boolean,
  wantedBy: (object: KubeObject) => Wanted[],
): Controller {
  const name = `cert-manager-${kind === INGRESS ? 'ingress' : 'gateway'}-shim`;
  return {
    name,
    watches: {
      [kind]: itself,
      'apps/Deployment': (deployment) => (isCertManager(deployment) ? runtime.store.list(kind).map(keyOf) : []),
    },
    reconcile(key) {
      const [namespace, objectName] = splitKey(key);
      const object = runtime.store.get(kind, namespace, objectName);
      const home = certManagerNamespace(runtime);
      if (!object || object.metadata.deletionTimestamp || home === undefined || !enabled(home)) return;
      const annotations = object.metadata.annotations ?? {};
      const cluster = annotations['cert-manager.io/cluster-issuer'];
      const issuer = cluster ?? annotations['cert-manager.io/issuer'];
      const wanted = issuer === undefined ? [] : wantedBy(object);
      const owned = runtime.store
        .list(CERTIFICATE, namespace)
        .filter((certificate) => certificate.metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid));
      for (const certificate of owned.filter((candidate) => !wanted.some((entry) => entry.secretName === candidate.metadata.name)))
        runtime.store.remove(CERTIFICATE, namespace, certificate.metadata.name);
      for (const { secretName, hosts } of wanted) {
        const issuerRef = { name: issuer, kind: cluster === undefined ? 'Issuer' : 'ClusterIssuer', group: 'cert-manager.io' };
        const spec = { dnsNames: [...hosts], secretName, issuerRef, usages: ['digital signature', 'key encipherment'] };
        if (runtime.change(CERTIFICATE, namespace, secretName, (certificate) => void (certificate['spec'] = spec))) continue;
        const metadata = {
          name: secretName,
          namespace: namespace ?? 'default',
          labels: { ...object.metadata.labels },
          ownerReferences: ownedBy(object),
        };
        runtime.ensure({ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata, spec });
        recorder.normal(object, 'CreateCertificate', `Successfully created Certificate "${secretName}"`, name);
      }
    },
  };
}
