import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { configWith } from './support/config.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { type Outcome, runPass } from './support/passes.js';

jest.setTimeout(300_000);

let rehearsal: Rehearsal;

afterEach(() => rehearsal.stop());

const ZONE = 'contoso.example';
const DOMAIN = `langsmith.${ZONE}`;

const DNS01 = { tls_certificate_source: '"dns01"', create_dns_zone: 'true', langsmith_domain: `"${DOMAIN}"` };

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

const row = (outcome: Outcome, kind: string, name?: string): Row | undefined =>
  (JSON.parse(outcome.outputs['verification'] ?? '[]') as Row[]).find(
    (found) => found.kind === kind && (name ?? found.name) === found.name,
  );

async function observe(...args: string[]): Promise<string> {
  const observer = await Observer.of(rehearsal);
  if (observer === undefined) throw new Error('there is no cluster');
  return observer.kubectl(...args);
}

/** The certificate that a browser is shown at LangSmith's own address. */
function shown(): X509Certificate {
  const address = rehearsal.world.dns.resolve(DOMAIN) ?? '';
  const [cluster] = rehearsal.world.clusters.values();
  const greeting = cluster?.frontDoor?.greet(address, 443, DOMAIN);
  if (greeting?.is !== 'tls') throw new Error(`${DOMAIN} at "${address}" does not speak TLS: ${greeting?.is ?? 'nobody is there'}`);
  return new X509Certificate(greeting.certificate);
}

describe('a certificate by dns01', () => {
  it.each([
    ['envoy-gateway', 'langsmith', {}],
    ['istio', 'istio-system', {}],
    ['istio-addon', 'aks-istio-ingress', { istio_addon_revision: '"asm-1-29"' }],
  ])(
    '%s: with a zone above the domain, the record leads to the name of Azure, and passes 1 and 2 are all it takes',
    async (name, at, more) => {
      rehearsal = await Rehearsal.start();
      await rehearsal.setConfig(await configWith({ ...DNS01, dns_zone_name: `"${ZONE}"`, ingress_controller: `"${name}"`, ...more }));
      expectSuccess(await runPass(rehearsal, { pass: 1 }));
      expect(rehearsal.world.dns.resolve(DOMAIN)).toBeUndefined();
      const outcome = await runPass(rehearsal, { pass: 2 });
      expectSuccess(outcome);
      expect(outcome.outputs['verified']).toBe('true');
      expect(outcome.outputs['langsmith-url']).toBe(`https://${DOMAIN}`);
      expect(row(outcome, 'Certificate')).toMatchObject({ name: `${at}/langsmith-tls`, status: 'ok' });
      expect(row(outcome, 'HTTP', `https://${DOMAIN}`)).toMatchObject({ status: 'ok', detail: 'LangSmith 0.13.31 answers' });
      expect(row(outcome, 'HTTP', `http://${DOMAIN}`)?.detail).toBe('leads to https');
      expect(shown().subjectAltName).toBe(`DNS:${DOMAIN}`);
      // The certificate may lie in another namespace than the release that makes it; a second run finds it there.
      const again = await runPass(rehearsal, { pass: 2 });
      expectSuccess(again);
      expect([again.outputs['verified'], again.outputs['has-changes']]).toEqual(['true', 'false']);
      expect(rehearsal.world.requests.surprises).toEqual([]);
    },
  );

  it('T188 nginx: a domain that is its own zone takes two rounds, and each says what comes next', async () => {
    rehearsal = await Rehearsal.start();
    const { faults } = rehearsal.world;
    faults.zonesNotDelegated.add(DOMAIN);
    await rehearsal.setConfig(await configWith(DNS01));
    const first = await runPass(rehearsal, { pass: 1 });
    expectSuccess(first);
    expect(first.step.summary).toMatch(/must be delegated, by NS records in the zone above it, to ns1-05\.azure-dns\.com\./);
    expect(first.step.log.join('\n')).toContain(`has no record for ${DOMAIN} yet. Pass 2 names the address`);

    const second = await runPass(rehearsal, {
      pass: 2,
      // The user reads it and makes the records.
      onEvent: (event) => {
        if (event.type === 'log' && event.line.includes(`${DOMAIN} must be delegated`)) faults.zonesNotDelegated.clear();
      },
    });
    const { detail } = expectFailure(second, 'verify-failed');
    const [, address = ''] = /set ingress_ip = "([\d.]+)" in the configuration and run passes 1 and 2 again/.exec(detail) ?? [];
    expect(row(second, 'Service')?.detail).toBe(address);
    expect(second.step.summary).toContain(`set ingress\\_ip = "${address}"`);
    // All else is there: nothing but the record is left to do.
    expect(row(second, 'Certificate')).toMatchObject({ name: 'langsmith/langsmith-tls', status: 'ok' });
    expect(detail.match(/^- \S+/gm)).toEqual(['- DNS', '- HTTP']);

    await rehearsal.setConfig(await configWith({ ...DNS01, ingress_ip: `"${address}"` }));
    const third = await runPass(rehearsal, { pass: 1 });
    expectSuccess(third);
    expect(JSON.parse(third.outputs['changes'] ?? '')).toEqual({ add: 1, change: 0, destroy: 0, replace: 0 });
    const last = await runPass(rehearsal, { pass: 2 });
    expectSuccess(last);
    expect([last.outputs['verified'], last.outputs['has-changes']]).toEqual(['true', 'false']);
    expect(row(last, 'HTTP', `https://${DOMAIN}`)?.status).toBe('ok');
  });
});

describe("a certificate of the user's own", () => {
  const DAY_MS = 24 * 60 * 60_000;

  /** A chain from a trusted issuer that ends in so many days, as files. */
  async function bought(days: number): Promise<{ cert: string; key: string }> {
    const { authority } = rehearsal.world;
    if (authority === undefined) throw new Error('nobody signs certificates');
    const issued = authority.certify([DOMAIN], Date.now() - DAY_MS, Date.now() + days * DAY_MS + DAY_MS / 2);
    const [cert, key] = [path.join(rehearsal.directory, 'tls.crt'), path.join(rehearsal.directory, 'tls.key')];
    await Promise.all([writeFile(cert, issued.certificate), writeFile(key, issued.key)]);
    return { cert, key };
  }

  /** Puts it into the Secret, as people renew what they bought. */
  async function renew(days: number): Promise<void> {
    const { cert, key } = await bought(days);
    await observe('delete', 'secret', 'langsmith-tls', '--namespace=langsmith');
    await observe('create', 'secret', 'tls', 'langsmith-tls', '--namespace=langsmith', `--cert=${cert}`, `--key=${key}`);
  }

  it('is asked for with the command that brings it, told the end of, and renewed without a deployment', async () => {
    rehearsal = await Rehearsal.start({ world: { dnsRecords: { [DOMAIN]: 'langsmith-demo.westeurope.cloudapp.azure.com' } } });
    await rehearsal.setConfig(
      await configWith({ tls_certificate_source: '"existing"', letsencrypt_email: '""', langsmith_domain: `"${DOMAIN}"` }),
    );
    expectSuccess(await runPass(rehearsal, { pass: 1 }));
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 2 }), 'platform-failed');
    expect(detail).toContain('the Secret langsmith/langsmith-tls is not there');

    const { cert, key } = await bought(90);
    const command = /kubectl (create secret tls .*)$/m.exec(fix)?.[1] ?? '';
    const files = [cert, key];
    await observe(...command.split(' ').map((word) => (word === '<file>' ? (files.shift() ?? '') : word)));
    const outcome = await runPass(rehearsal, { pass: 2 });
    expectSuccess(outcome);
    expect(outcome.outputs['verified']).toBe('true');
    expect(row(outcome, 'Certificate')).toMatchObject({ status: 'ok', detail: 'for 90 days more' });
    expect(row(outcome, 'HTTP', `https://${DOMAIN}`)?.status).toBe('ok');

    const before = shown().fingerprint256;
    await renew(200);
    expect(shown().fingerprint256).not.toBe(before);
    const looked = await runPass(rehearsal, { pass: 2, command: 'verify' });
    expectSuccess(looked);
    expect(row(looked, 'Certificate')).toMatchObject({ status: 'ok', detail: 'for 200 days more' });
    const again = await runPass(rehearsal, { pass: 2 });
    expectSuccess(again);
    expect(again.outputs['has-changes']).toBe('false');

    await renew(5);
    const ending = expectFailure(await runPass(rehearsal, { pass: 2, command: 'verify' }), 'verify-failed');
    expect(ending.detail).toContain('ends in 5 days: put a new one into the Secret');
  });
});
