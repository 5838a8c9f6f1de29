import type { HttpAnswer, HttpGet, Resolve } from '../tools/http.js';
import { messageOf } from '../errors.js';
import { plainRow, type RowStatus, type VerifyRow } from './rows.js';
import { delegationOf, type OwnZone, recordProblem } from './zone.js';

/** How users reach the deployment. */
export interface FrontDoorExpectation {
  readonly host: string;
  readonly isTls: boolean;
  /** The ingress controller can lead plain HTTP to HTTPS. */
  readonly redirects: boolean;
  /** The certificate is the user's own: nothing will exchange it while we wait. */
  readonly ownCertificate: boolean;
  /** Where the host name may lead: the entrance of the cluster, or what stands before it. Empty while there is none. */
  readonly addresses: readonly string[];
  /** Where the record is kept, when pass 1 keeps it. */
  readonly zone?: OwnZone;
}

/** A call that came to an answer, or the code and words of the error it ended with. */
export type Attempt<T> = { readonly answer: T } | { readonly code: string; readonly message: string };

export interface FrontDoorTools {
  readonly resolve: Resolve;
  readonly get: HttpGet;
}

export interface FrontDoorSeen {
  readonly addresses: Attempt<readonly string[]>;
  /** Over HTTPS where the deployment has a certificate. */
  readonly info: Attempt<HttpAnswer>;
  /** Over plain HTTP; absent where that is the only way. */
  readonly plain?: Attempt<HttpAnswer>;
}

/** Goes from the front end to a back end, so one answer proves the way through both. */
const PATH = '/api/v1/info';

/** Asks all at once. Never rejects. */
export async function lookAtFrontDoor({ host, isTls }: FrontDoorExpectation, { resolve, get }: FrontDoorTools): Promise<FrontDoorSeen> {
  const [addresses, info, plain] = await Promise.all([
    attempt(resolve(host)),
    attempt(get(`${isTls ? 'https' : 'http'}://${host}${PATH}`)),
    isTls ? attempt(get(`http://${host}/`)) : undefined,
  ]);
  return { addresses, info, ...(plain === undefined ? {} : { plain }) };
}

async function attempt<T>(work: Promise<T>): Promise<Attempt<T>> {
  try {
    return { answer: await work };
  } catch (error) {
    return { code: (error as { code?: string }).code ?? '', message: messageOf(error) };
  }
}

/** PURE. */
export function frontDoorRows(expected: FrontDoorExpectation, seen: FrontDoorSeen): VerifyRow[] {
  const { isTls } = expected;
  // A call went somewhere though this machine does not know the name: a proxy resolves it instead.
  const behindProxy = !('answer' in seen.addresses) && ('answer' in seen.info || !isUnknownName(seen.info.code));
  const info = judgeInfo(expected, seen.info, behindProxy);
  const rows = [judgeName(expected, seen.addresses, info.status === 'ok', behindProxy), info];
  return seen.plain === undefined || !isTls ? rows : [...rows, judgePlain(expected, seen.plain)];
}

const isUnknownName = (code: string): boolean => code === 'ENOTFOUND' || code === 'ENODATA';

/** A record that only pass 1 can write does not come while this run waits. */
function judgeName(expected: FrontDoorExpectation, found: Attempt<readonly string[]>, isReached: boolean, behindProxy: boolean): VerifyRow {
  const { host, addresses, zone } = expected;
  const problem = zone === undefined || addresses.length === 0 ? undefined : recordProblem(zone, addresses);
  // Somebody may have made the record by hand, and that it leads here is all that counts.
  const arrives = 'answer' in found ? found.answer.some((address) => addresses.includes(address)) : isReached;
  return problem === undefined || arrives ? judgeDns(expected, found, behindProxy) : plainRow('DNS', host, 'failed', problem);
}

function judgeDns({ host, addresses, zone }: FrontDoorExpectation, found: Attempt<readonly string[]>, behindProxy: boolean): VerifyRow {
  const row = (status: RowStatus, detail: string): VerifyRow => plainRow('DNS', host, status, detail);
  const wanted = addresses.join(' or ');
  if ('answer' in found) {
    if (addresses.length === 0) return row('waiting', 'there is no address yet that it could lead to');
    if (found.answer.some((address) => addresses.includes(address))) return row('ok', `leads to ${found.answer.join(', ')}`);
    return row('waiting', `leads to ${found.answer.join(', ')}; its record must say ${wanted}`);
  }
  if (behindProxy) return row('unknown', 'this runner goes out through a proxy and resolves no public names itself');
  if (!isUnknownName(found.code)) return row('unknown', `the resolver of this runner does not answer: ${found.message}`);
  if (zone !== undefined && zone.record !== '')
    return row('waiting', `nobody knows the name; ${delegationOf(zone.name, zone.nameservers)}`);
  return row('waiting', `nobody knows the name${wanted === '' ? '' : `; it needs an A record for ${wanted}`}`);
}

/** What is wrong with a certificate, by Node's code. */
const TLS_PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the certificate vouches for itself: the ingress controller shows one of its own while that of the host name is not there',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for other names',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
};

/** The certificate's issuer is not one this runner trusts. */
const UNTRUSTED: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes without those that lead to a trusted issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of the certificate is not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'the issuer of the certificate is not trusted here',
};
const TRUST_FIX = 'tls.crt must hold the whole chain, and the runner must know an issuer of your own';

function judgeInfo(expected: FrontDoorExpectation, got: Attempt<HttpAnswer>, behindProxy: boolean): VerifyRow {
  const name = `${expected.isTls ? 'https' : 'http'}://${expected.host}`;
  const row = (status: RowStatus, detail: string): VerifyRow => plainRow('HTTP', name, status, detail);
  if (!('answer' in got)) {
    const untrusted = UNTRUSTED[got.code];
    if (untrusted !== undefined) return row(expected.ownCertificate ? 'failed' : 'waiting', `${untrusted}; ${TRUST_FIX}`);
    return row('waiting', TLS_PROBLEMS[got.code] ?? `gives no answer: ${got.message}`);
  }
  const { status, body } = got.answer;
  if (status !== 200)
    return row('waiting', `${PATH} answers HTTP ${status}${behindProxy ? ', if it is not the proxy of this runner' : ''}`);
  const version = versionOf(body);
  return version === undefined ? row('waiting', `${PATH} answers, but not as LangSmith does`) : row('ok', `LangSmith ${version} answers`);
}

function versionOf(body: string): string | undefined {
  try {
    const { version } = JSON.parse(body) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Passwords must not travel in the clear: plain HTTP leads to HTTPS, or nothing listens; where the controller cannot, it is said. */
function judgePlain({ host, redirects }: FrontDoorExpectation, got: Attempt<HttpAnswer>): VerifyRow {
  const row = (status: RowStatus, detail: string): VerifyRow => plainRow('HTTP', `http://${host}`, status, detail);
  if (!('answer' in got)) return row('ok', 'nothing answers without TLS');
  const { status, location } = got.answer;
  if (status >= 300 && status < 400 && location.startsWith('https://')) return row('ok', 'leads to https');
  if (status >= 400) return row('ok', `answers HTTP ${status} without TLS`);
  return !redirects && status < 300
    ? row('ok', `answers HTTP ${status} without TLS too: an Ingress of Istio cannot lead to https`)
    : row('waiting', `answers HTTP ${status} without TLS instead of leading to https`);
}
