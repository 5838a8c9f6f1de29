import { X509Certificate } from 'node:crypto';
import type { Cluster } from '../kubernetes/cluster.js';
import type { Condition, KubeObject } from '../kubernetes/objects.js';
import type { Outputs } from '../phases/outputs.js';
import { certificateNamespace, TLS_SECRET } from '../platform/names.js';
import { CommandFailure } from '../tools/command.js';
import { plainRow, type VerifyRow } from './rows.js';
import { delegationOf } from './zone.js';

/** What cert-manager says of a certificate it keeps. */
export interface Certificate extends KubeObject {
  readonly spec?: { readonly dnsNames?: readonly string[] };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    /** ISO 8601. */
    readonly notAfter?: string;
    readonly renewalTime?: string;
  };
}

/** cert-manager renews a certificate of 90 days 30 days before its end; with this much left its renewal has been failing for long. */
const LEAST_DAYS = 14;
const DAY_MS = 24 * 60 * 60_000;

const daysLeft = (notAfter: number, now: number): number => Math.floor((notAfter - now) / DAY_MS);

/** A certificate that cert-manager obtains and renews. PURE. @param now milliseconds since 1970. */
export function judgeIssued(name: string, host: string, certificate: Certificate | undefined, now: number): VerifyRow {
  const row = (status: VerifyRow['status'], detail: string): VerifyRow => plainRow('Certificate', name, status, detail);
  if (certificate === undefined) return row('waiting', 'cert-manager has been asked for none');
  const { conditions = [], notAfter } = certificate.status ?? {};
  if (certificate.spec?.dnsNames?.includes(host) !== true) return row('failed', `is not for ${host}`);
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') {
    const issuing = conditions.find(({ type }) => type === 'Issuing');
    const said = [issuing, ready].map((condition) => condition?.message ?? '').filter((text) => text !== '');
    return row('waiting', `is not ready: ${said.join('; ') || 'cert-manager has not taken it up'}`);
  }
  const left = notAfter === undefined ? undefined : daysLeft(Date.parse(notAfter), now);
  if (left === undefined) return row('waiting', 'is ready, and cert-manager does not say until when');
  return left < LEAST_DAYS
    ? row('failed', `ends in ${left} days and was not renewed; see the events of the Certificate`)
    : row('ok', `for ${left} days more`);
}

/** A certificate of the user's own. PURE. @param pem the chain, server certificate first; '' when the Secret has none. */
export function judgeOwn(name: string, host: string, pem: string, now: number): VerifyRow {
  const row = (status: VerifyRow['status'], detail: string): VerifyRow => plainRow('Certificate', name, status, detail);
  if (pem === '') return row('failed', 'the Secret is not there or has no tls.crt');
  const certificate = parse(pem);
  if (certificate === undefined) return row('failed', 'tls.crt holds no certificate in PEM');
  if (certificate.checkHost(host) === undefined)
    return row('failed', `is for ${certificate.subjectAltName ?? certificate.subject}, not for ${host}`);
  const left = daysLeft(Date.parse(certificate.validTo), now);
  return left < LEAST_DAYS ? row('failed', `ends in ${left} days: put a new one into the Secret`) : row('ok', `for ${left} days more`);
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

type CertificateOutputs = Pick<
  Outputs,
  'tls_certificate_source' | 'langsmith_hostname' | 'ingress_controller' | 'langsmith_namespace' | 'dns_zone_name' | 'dns_nameservers'
>;

/** The row of the deployment's certificate; none where nothing is encrypted. Of a Secret only its public part is read. */
export async function lookAtCertificate({ kubectl }: Cluster, outputs: CertificateOutputs, now: number): Promise<VerifyRow[]> {
  const { tls_certificate_source: source, langsmith_hostname: host } = outputs;
  const namespace = certificateNamespace(outputs);
  const name = `${namespace}/${TLS_SECRET}`;
  if (source === 'none') return [];
  if (source === 'existing') {
    const encoded = await kubectl.field('secret', TLS_SECRET, namespace, '{.data.tls\\.crt}');
    return [judgeOwn(name, host, Buffer.from(encoded, 'base64').toString('utf8'), now)];
  }
  try {
    const certificate = await kubectl.get<Certificate>('certificates.cert-manager.io', TLS_SECRET, namespace);
    const row = judgeIssued(name, host, certificate, now);
    // cert-manager says what it cannot see, and not who has to do what.
    const delegation =
      source === 'dns01' && row.status === 'waiting' ? `; ${delegationOf(outputs.dns_zone_name, outputs.dns_nameservers)}` : '';
    return [{ ...row, detail: `${row.detail}${delegation}` }];
  } catch (error) {
    if (!(error instanceof CommandFailure) || !/doesn't have a resource type/.test(error.stderr)) throw error;
    return [plainRow('Certificate', name, 'failed', 'cert-manager is not in the cluster')];
  }
}
