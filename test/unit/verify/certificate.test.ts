import { describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '../../../rehearsal/hosts/certificate-authority.js';
import { type Certificate, judgeIssued, judgeOwn, lookAtCertificate } from '../../../src/verify/certificate.js';
import { fakeCluster, lightOutputs } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const HOST = 'langsmith.example.com';
const NOW = Date.parse('2026-11-25T12:00:00Z');
const DAY = 24 * 60 * 60_000;

const issued = (status: Certificate['status'], dnsNames = [HOST]): Certificate => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: 'langsmith-tls' },
  spec: { dnsNames },
  ...(status === undefined ? {} : { status }),
});
const READY = { type: 'Ready', status: 'True' } as const;
const until = (days: number): string => new Date(NOW + days * DAY).toISOString();

describe('a certificate that cert-manager keeps', () => {
  const judged = (certificate: Certificate | undefined): string => {
    const { status, detail } = judgeIssued('langsmith/langsmith-tls', HOST, certificate, NOW);
    return `${status}: ${detail}`;
  };

  it('is there, ready and far from its end', () => {
    expect(judged(issued({ conditions: [READY], notAfter: until(60) }))).toBe('ok: for 60 days more');
  });

  it('is waited for while it is being issued, with what cert-manager says', () => {
    expect(judged(undefined)).toBe('waiting: cert-manager has been asked for none');
    expect(judged(issued(undefined))).toBe('waiting: is not ready: cert-manager has not taken it up');
    const conditions = [
      { type: 'Ready', status: 'False', message: 'Issuing certificate as Secret does not exist' },
      { type: 'Issuing', status: 'False', message: 'The certificate request has failed: no such record' },
    ] as const;
    expect(judged(issued({ conditions }))).toBe(
      'waiting: is not ready: The certificate request has failed: no such record; Issuing certificate as Secret does not exist',
    );
  });

  it('fails when its renewal does not happen, or when it is for another host', () => {
    expect(judged(issued({ conditions: [READY], notAfter: until(13.5) }))).toMatch(/^failed: ends in 13 days and was not renewed/);
    expect(judged(issued({ conditions: [READY], notAfter: until(14) }))).toMatch(/^ok/);
    expect(judged(issued({ conditions: [READY], notAfter: until(60) }, ['other.example.com']))).toBe(`failed: is not for ${HOST}`);
  });
});

describe("a certificate of the user's own", () => {
  const { cert } = new CertificateAuthority().leaf(HOST);
  const judged = (pem: string, host = HOST, now = Date.now()): string => {
    const { status, detail } = judgeOwn('langsmith/langsmith-tls', host, pem, now);
    return `${status}: ${detail}`;
  };

  it('is for the host and far from its end', () => {
    expect(judged(cert)).toMatch(/^ok: for \d+ days more$/);
  });

  it('fails near its end, for another host, and when it is none', () => {
    expect(judged(cert, HOST, Date.now() + 20 * DAY)).toMatch(/^failed: ends in \d+ days: put a new one into the Secret/);
    expect(judged(cert, 'other.example.com')).toBe(`failed: is for DNS:${HOST}, not for other.example.com`);
    expect(judged('')).toBe('failed: the Secret is not there or has no tls.crt');
    expect(judged('-----BEGIN NONSENSE-----')).toBe('failed: tls.crt holds no certificate in PEM');
  });

  it('is read without its key', async () => {
    const fake = new FakeExec().on(
      /^kubectl get secret langsmith-tls --namespace=langsmith --ignore-not-found --output=jsonpath=\{\.data\.tls\\\.crt\}$/,
      Buffer.from(cert).toString('base64'),
    );
    const rows = await lookAtCertificate(await fakeCluster(fake), lightOutputs({ tls_certificate_source: 'existing' }), Date.now());
    expect(rows).toMatchObject([{ kind: 'Certificate', name: 'langsmith/langsmith-tls', status: 'ok' }]);
  });
});

describe('looking', () => {
  it('asks for nothing where nothing is encrypted', async () => {
    const fake = new FakeExec();
    expect(await lookAtCertificate(await fakeCluster(fake), lightOutputs({ tls_certificate_source: 'none' }), NOW)).toEqual([]);
    expect(fake.calls).toEqual([]);
  });

  it('says who has to delegate a zone while a proof in it is not seen', async () => {
    const waiting = issued({ conditions: [{ type: 'Ready', status: 'False', message: 'Waiting for DNS-01 challenge propagation' }] });
    const look = async (source: 'dns01' | 'letsencrypt'): Promise<string> => {
      const fake = new FakeExec().on(/^kubectl get certificates/, JSON.stringify(waiting));
      const zone = { dns_zone_name: 'example.com', dns_nameservers: ['ns1.example.net.'] };
      const outputs = lightOutputs({ tls_certificate_source: source, langsmith_hostname: HOST, ...zone });
      const [row] = await lookAtCertificate(await fakeCluster(fake), outputs, NOW);
      return `${row?.status ?? ''}: ${row?.detail ?? ''}`;
    };
    expect(await look('dns01')).toBe(
      'waiting: is not ready: Waiting for DNS-01 challenge propagation; example.com must be delegated, by NS records in the zone above it, to ns1.example.net.',
    );
    expect(await look('letsencrypt')).toBe('waiting: is not ready: Waiting for DNS-01 challenge propagation');
  });

  it('looks where TLS ends, and says when cert-manager is gone', async () => {
    const fake = new FakeExec().on(/^kubectl get certificates\.cert-manager\.io langsmith-tls --namespace=istio-system /, {
      code: 1,
      stderr: 'error: the server doesn\'t have a resource type "certificates"',
    });
    const outputs = lightOutputs({ ingress_controller: 'istio', tls_certificate_source: 'dns01' });
    expect(await lookAtCertificate(await fakeCluster(fake), outputs, NOW)).toMatchObject([
      { name: 'istio-system/langsmith-tls', status: 'failed', detail: 'cert-manager is not in the cluster' },
    ]);
  });
});
