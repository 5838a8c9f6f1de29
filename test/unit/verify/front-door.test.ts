import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../../../src/tools/http.js';
import {
  type Attempt,
  type FrontDoorExpectation,
  frontDoorRows,
  type FrontDoorSeen,
  lookAtFrontDoor,
} from '../../../src/verify/front-door.js';

const EXPECTED: FrontDoorExpectation = {
  host: 'langsmith.example.com',
  isTls: true,
  redirects: true,
  ownCertificate: false,
  addresses: ['20.1.2.3'],
};
const ZONE = { name: 'example.com', nameservers: ['ns1.example.net.', 'ns2.example.net.'] };
const answer = (status: number, body = '', location = ''): Attempt<HttpAnswer> => ({ answer: { status, body, location } });
const failure = (code: string): { code: string; message: string } => ({ code, message: `said ${code}` });
const SEEN: FrontDoorSeen = {
  addresses: { answer: ['20.1.2.3'] },
  info: answer(200, '{"version":"0.13.31"}'),
  plain: answer(308, '', 'https://langsmith.example.com/'),
};
const judged = (seen: Partial<FrontDoorSeen>, expected: Partial<FrontDoorExpectation> = {}): string[] =>
  frontDoorRows({ ...EXPECTED, ...expected }, { ...SEEN, ...seen }).map(
    ({ kind, name, status, detail }) => `${kind} ${name}: ${status}; ${detail}`,
  );
const first = (rows: string[], kind: string): string => rows.find((row) => row.startsWith(kind)) ?? '';

describe('the front door', () => {
  it('leads to the entrance, answers as LangSmith and sends plain HTTP to HTTPS', () => {
    expect(judged({})).toEqual([
      'DNS langsmith.example.com: ok; leads to 20.1.2.3',
      'HTTP https://langsmith.example.com: ok; LangSmith 0.13.31 answers',
      'HTTP http://langsmith.example.com: ok; leads to https',
    ]);
  });

  it.each([
    ['another address', { addresses: { answer: ['9.9.9.9'] } }, {}, 'waiting; leads to 9.9.9.9; its record must say 20.1.2.3'],
    ['a gateway before it', { addresses: { answer: ['9.9.9.9'] } }, { addresses: ['20.1.2.3', '9.9.9.9'] }, 'ok; leads to 9.9.9.9'],
    [
      'no record',
      { addresses: failure('ENOTFOUND'), info: failure('ENOTFOUND') },
      {},
      'waiting; nobody knows the name; it needs an A record for 20.1.2.3',
    ],
    [
      'a zone of ours that lacks the record',
      { addresses: failure('ENOTFOUND'), info: failure('ENOTFOUND') },
      { zone: { ...ZONE, record: '' } },
      'failed; the zone example.com has no record for it yet: set ingress_ip = "20.1.2.3" in the configuration and run passes 1 and 2 again',
    ],
    [
      'a zone of ours that leads elsewhere',
      { addresses: { answer: ['9.9.9.9'] } },
      { zone: { ...ZONE, record: '9.9.9.9' } },
      'failed; the zone example.com leads it to 9.9.9.9: set ingress_ip = "20.1.2.3" in the configuration and run passes 1 and 2 again',
    ],
    [
      'a zone of ours that nobody asks',
      { addresses: failure('ENOTFOUND'), info: failure('ENOTFOUND') },
      { zone: { ...ZONE, record: 'langsmith-demo.westeurope.cloudapp.azure.com' } },
      'waiting; nobody knows the name; example.com must be delegated, by NS records in the zone above it, to ns1.example.net., ns2.example.net.',
    ],
    [
      'a zone of ours that lacks the record, behind a proxy that says so in its own way',
      { addresses: failure('ENOTFOUND'), info: answer(502) },
      { zone: { ...ZONE, record: '' } },
      'failed; the zone example.com has no record for it yet: set ingress_ip',
    ],
    ['a record in our zone that somebody else made', {}, { zone: { ...ZONE, record: '' } }, 'ok; leads to 20.1.2.3'],
    ['no entrance yet, nor a record', {}, { addresses: [], zone: { ...ZONE, record: '' } }, 'waiting; there is no address yet'],
    ['no entrance yet', {}, { addresses: [] }, 'waiting; there is no address yet that it could lead to'],
    ['a proxy that resolves it', { addresses: failure('ENOTFOUND') }, {}, 'unknown; this runner goes out through a proxy'],
    [
      'a silent resolver',
      { addresses: failure('EAI_AGAIN'), info: failure('ENOTFOUND') },
      {},
      'unknown; the resolver of this runner does not answer: said EAI_AGAIN',
    ],
  ])('DNS: %s', (_what, seen, expected, said) => {
    expect(first(judged(seen, expected), 'DNS')).toContain(`: ${said}`);
  });

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', {}, 'waiting; the certificate vouches for itself'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', {}, 'waiting; the certificate is for other names'],
    ['CERT_HAS_EXPIRED', {}, 'waiting; the certificate has expired'],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      { ownCertificate: true },
      'failed; the certificate comes without those that lead to a trusted issuer; tls.crt must',
    ],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', {}, 'waiting; the certificate comes without'],
    ['ECONNREFUSED', {}, 'waiting; gives no answer: said ECONNREFUSED'],
  ])('TLS and connections: %s', (code, expected, said) => {
    expect(first(judged({ info: failure(code) }, expected), 'HTTP https')).toContain(`: ${said}`);
  });

  it.each([
    [answer(503), 'waiting; /api/v1/info answers HTTP 503'],
    [answer(200, '<html>welcome to nginx</html>'), 'waiting; /api/v1/info answers, but not as LangSmith does'],
  ])('answers: %j', (info, said) => {
    expect(first(judged({ info }), 'HTTP https')).toContain(`: ${said}`);
  });

  it('does not take the word of a proxy for that of the deployment', () => {
    expect(first(judged({ addresses: failure('ENOTFOUND'), info: answer(502) }), 'HTTP https')).toMatch(
      /HTTP 502, if it is not the proxy of this runner$/,
    );
  });

  it.each([
    [answer(200, 'hello'), 'waiting; answers HTTP 200 without TLS instead of leading to https'],
    [answer(301, '', 'http://elsewhere/'), 'waiting; answers HTTP 301 without TLS'],
    [failure('ECONNREFUSED'), 'ok; nothing answers without TLS'],
    [answer(404), 'ok; answers HTTP 404 without TLS'],
  ])('plain HTTP beside TLS: %j', (plain, said) => {
    expect(first(judged({ plain }), 'HTTP http:')).toContain(`: ${said}`);
  });

  it('plain HTTP beside TLS is told, not refused, where the controller cannot redirect', () => {
    const plain = (status: number, location = ''): string =>
      first(judged({ plain: answer(status, '', location) }, { redirects: false }), 'HTTP http:');
    expect(plain(200)).toContain(': ok; answers HTTP 200 without TLS too');
    expect(plain(302, 'http://elsewhere/')).toContain(': waiting; answers HTTP 302 without TLS');
  });

  it('asks without TLS where there is none, and takes every error for what was seen', async () => {
    const asked: string[] = [];
    const get = async (url: string): Promise<HttpAnswer> => {
      asked.push(url);
      throw Object.assign(new Error('no'), { code: 'ECONNRESET' });
    };
    const seen = await lookAtFrontDoor({ ...EXPECTED, isTls: false }, { get, resolve: async () => ['20.1.2.3'] });
    expect(asked).toEqual(['http://langsmith.example.com/api/v1/info']);
    expect(seen).toEqual({ addresses: { answer: ['20.1.2.3'] }, info: { code: 'ECONNRESET', message: 'no' } });
  });
});
