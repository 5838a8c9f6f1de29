import type { KubeObject } from '../api.js';
import { challengeProblem } from './acme.js';
import { certManagerNamespace, isCertManager, type IssuerSpec } from './cert-manager.js';
import type { Recorder } from './events.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { selfSigned } from '../../x509.js';
import { condition, keyOf, specOf, splitKey, statusOf, withCondition, type Condition } from './types.js';

const KIND = 'cert-manager.io/Certificate';
const COMPONENT = 'cert-manager-certificates-issuing';
const DAY = 86_400_000;

const LETS_ENCRYPT = 'acme-v02.api.letsencrypt.org';

/** Let's Encrypt certificates live for 90 days and are renewed after 60. */
const LIFETIME_MS = 90 * DAY;
const RENEW_BEFORE_MS = 30 * DAY;

/** Seconds an order takes, and seconds between tries of a challenge that fails. */
const ORDER_SECONDS = 20;
const RETRY_SECONDS = 60;

interface CertificateSpec {
  secretName: string;
  dnsNames?: string[];
  commonName?: string;
  issuerRef: { name: string; kind?: string };
}

/** Issues Certificates into Secrets, once cert-manager runs, the issuer is ready and the CA can reach the host. */
export class Certificates implements Controller {
  readonly name = 'cert-manager-certificates';
  readonly watches = {
    [KIND]: itself,
    'cert-manager.io/ClusterIssuer': () => this.#waiting(),
    'cert-manager.io/Issuer': () => this.#waiting(),
    'apps/Deployment': (deployment: KubeObject) => (isCertManager(deployment) ? this.#waiting() : []),
    'networking.k8s.io/Ingress': () => this.#waiting(),
    'gateway.networking.k8s.io/Gateway': () => this.#waiting(),
    Endpoints: () => this.#waiting(),
    Secret: (secret: KubeObject) =>
      secret['type'] === 'kubernetes.io/tls' ? this.runtime.store.list(KIND, secret.metadata.namespace).map(keyOf) : [],
  };
  /** When the order of a certificate was placed, by uid. */
  readonly #orderedAt: Map<string, number>;

  constructor(
    private readonly runtime: Runtime,
    private readonly recorder: Recorder,
  ) {
    this.#orderedAt = runtime.memory('certificates-ordered');
  }

  deleted(kind: string, object: KubeObject): void {
    if (kind === KIND) this.#orderedAt.delete(object.metadata.uid);
  }

  reconcile(key: string): void {
    const [namespace, name] = splitKey(key);
    const home = certManagerNamespace(this.runtime);
    const certificate = home === undefined ? undefined : this.runtime.store.get(KIND, namespace, name);
    if (!certificate || home === undefined || certificate.metadata.deletionTimestamp) return;
    const spec = specOf<CertificateSpec>(certificate);
    const renewal = this.#renewalOf(certificate, spec);
    if (renewal > this.runtime.now()) {
      this.runtime.after(this, key, renewal - this.runtime.now());
      return;
    }
    this.#report(certificate, {
      type: 'Ready',
      status: 'False',
      reason: 'DoesNotExist',
      message: 'Issuing certificate as Secret does not exist',
    });
    if (!this.#orderedAt.has(certificate.metadata.uid)) {
      this.#orderedAt.set(certificate.metadata.uid, this.runtime.now());
      this.recorder.normal(certificate, 'Issuing', 'Issuing certificate as Secret does not exist', 'cert-manager-certificates-trigger');
    }
    const problem = this.#problem(home, certificate, spec);
    if (problem !== undefined) {
      this.recorder.warning(certificate, 'Pending', problem, COMPONENT);
      this.runtime.after(this, key, this.runtime.scaled(RETRY_SECONDS));
      return;
    }
    const left = (this.#orderedAt.get(certificate.metadata.uid) ?? 0) + this.runtime.scaled(ORDER_SECONDS) - this.runtime.now();
    if (left > 0) this.runtime.after(this, key, left);
    else this.#issue(certificate, spec);
  }

  #waiting(): string[] {
    return this.runtime.store
      .list(KIND)
      .filter((certificate) => condition(certificate, 'Ready')?.status !== 'True')
      .map(keyOf);
  }

  /** When the certificate is to be renewed; 0 when its Secret is missing or is for other names. */
  #renewalOf(certificate: KubeObject, spec: CertificateSpec): number {
    const secret = this.runtime.store.get('Secret', certificate.metadata.namespace, spec.secretName);
    const names = secret?.metadata.annotations?.['cert-manager.io/alt-names'];
    const { renewalTime } = statusOf<{ renewalTime: string }>(certificate);
    return secret && renewalTime !== undefined && names === (spec.dnsNames ?? []).join(',') ? Date.parse(renewalTime) : 0;
  }

  #problem(home: string, certificate: KubeObject, spec: CertificateSpec): string | undefined {
    const kind = spec.issuerRef.kind ?? 'Issuer';
    const issuer = this.runtime.store.get(
      `cert-manager.io/${kind}`,
      kind === 'ClusterIssuer' ? undefined : certificate.metadata.namespace,
      spec.issuerRef.name,
    );
    if (!issuer) return `Referenced "${kind}" not found: ${kind.toLowerCase()}.cert-manager.io "${spec.issuerRef.name}" not found`;
    if (condition(issuer, 'Ready')?.status !== 'True') return 'Referenced issuer does not have a Ready status condition';
    return (spec.dnsNames ?? [])
      .map((host) => challengeProblem(this.runtime, home, issuer, host, certificate.metadata.namespace ?? 'default'))
      .find((problem) => problem !== undefined);
  }

  #issue(certificate: KubeObject, spec: CertificateSpec): void {
    const { namespace, name } = certificate.metadata;
    const notBefore = this.runtime.now();
    const pair = this.#sign(certificate, spec, notBefore);
    const data = { 'tls.crt': Buffer.from(pair.certificate).toString('base64'), 'tls.key': Buffer.from(pair.key).toString('base64') };
    const annotations = {
      'cert-manager.io/alt-names': (spec.dnsNames ?? []).join(','),
      'cert-manager.io/certificate-name': name,
      'cert-manager.io/common-name': spec.commonName ?? spec.dnsNames?.[0] ?? '',
      'cert-manager.io/issuer-group': 'cert-manager.io',
      'cert-manager.io/issuer-kind': spec.issuerRef.kind ?? 'Issuer',
      'cert-manager.io/issuer-name': spec.issuerRef.name,
    };
    // Status first: the Secret's event finds a certificate that is up to date.
    this.#orderedAt.delete(certificate.metadata.uid);
    const ready: Condition = { type: 'Ready', status: 'True', reason: 'Ready', message: 'Certificate is up to date and has not expired' };
    this.#report(certificate, ready, {
      notBefore: this.runtime.timestamp(notBefore),
      notAfter: this.runtime.timestamp(notBefore + LIFETIME_MS),
      renewalTime: this.runtime.timestamp(notBefore + LIFETIME_MS - RENEW_BEFORE_MS),
      revision: (statusOf<{ revision: number }>(certificate).revision ?? 0) + 1,
    });
    const written = this.runtime.change('Secret', namespace, spec.secretName, (secret) => {
      secret['data'] = data;
      secret.metadata.annotations = { ...secret.metadata.annotations, ...annotations };
    });
    if (!written) {
      const metadata = {
        name: spec.secretName,
        namespace: namespace ?? 'default',
        annotations,
        labels: { 'controller.cert-manager.io/fao': 'true' },
      };
      this.runtime.ensure({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data });
    }
    this.recorder.normal(certificate, 'Issuing', 'The certificate has been successfully issued', COMPONENT);
  }

  /** Let's Encrypt's certificates are trusted by everybody; those of its staging server, or of an issuer that is no CA, by nobody. */
  #sign(certificate: KubeObject, spec: CertificateSpec, notBefore: number): { certificate: string; key: string } {
    const kind = spec.issuerRef.kind ?? 'Issuer';
    const home = kind === 'ClusterIssuer' ? undefined : certificate.metadata.namespace;
    const issuer = this.runtime.store.get(`cert-manager.io/${kind}`, home, spec.issuerRef.name);
    const server = issuer && specOf<IssuerSpec>(issuer).acme?.server;
    const { authority } = this.runtime.context.world;
    const trusted = authority && server !== undefined && new URL(server).hostname === LETS_ENCRYPT;
    const until = notBefore + LIFETIME_MS;
    return trusted ? authority.certify(spec.dnsNames ?? [], notBefore, until) : selfSigned(spec.dnsNames ?? [], notBefore, until);
  }

  #report(certificate: KubeObject, ready: Condition, dates: object = {}): void {
    this.runtime.change(
      KIND,
      certificate.metadata.namespace,
      certificate.metadata.name,
      (fresh) => {
        const before = statusOf<{ conditions: Condition[] }>(fresh);
        const conditions = withCondition(
          before.conditions,
          { ...ready, observedGeneration: fresh.metadata.generation ?? 1 },
          this.runtime.timestamp(),
        );
        fresh['status'] = { ...before, ...dates, conditions };
      },
      'status',
    );
  }
}
