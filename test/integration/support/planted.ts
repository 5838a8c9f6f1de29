import type { Rehearsal } from '../../../rehearsal/rehearsal.js';

/** A value that must not be found, and every way it may be written. */
export interface Planted {
  readonly name: string;
  readonly forms: readonly string[];
}

/** Something that could have kept a secret: a file, a log, a process, a request. */
export interface Place {
  readonly name: string;
  readonly text: string;
  /** Names of planted values that belong here. */
  readonly allowed?: (planted: string) => boolean;
}

export const ADMIN_EMAIL = 'langsmith-admin-email';
export const ID_TOKEN_REQUEST = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN';
export const CACHE_KEY = 'key of a cache';
export const ASSERTION = 'GitHub assertion';

/** Plain, base64 at any offset and in both alphabets, percent-encoded, inside JSON (once and twice), in hexadecimal. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].flatMap((shift) => {
    // What depends on the neighbours of the value is left out: the last group, and its padding.
    const text = bytes.subarray(shift).toString('base64').replace(/=+$/, '').slice(0, -2);
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const json = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, ...base64, encodeURIComponent(value), json, JSON.stringify(json).slice(1, -1), bytes.toString('hex')])];
}

/** Everything secret that exists in a rehearsed world by now: what was typed in, what the vaults hold, every token that was used. */
export function plantedIn(rehearsal: Rehearsal): Planted[] {
  const { world, secrets } = rehearsal;
  const stored = [...world.vaults.live.values()].flatMap((vault) =>
    [...vault.secrets].flatMap(([name, versions]) => versions.map(({ value }) => ({ name, forms: formsOf(value) }))),
  );
  const typed = Object.entries(secrets).map(([name, value]) => ({
    name: name === 'LANGSMITH_ADMIN_EMAIL' ? ADMIN_EMAIL : name,
    forms: formsOf(value),
  }));
  const bearers = world.requests.all.flatMap(({ host, headers }) => {
    const token = /^bearer (\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
    return token === undefined ? [] : [{ name: `bearer token of ${host}`, forms: [token] }];
  });
  const assertions = world.requests
    .to('login.microsoftonline.com')
    .flatMap(({ body }) => new URLSearchParams(body).getAll('client_assertion'))
    .map((token) => ({ name: ASSERTION, forms: [token] }));
  const jobs = world.github.jobTokens().flatMap(({ githubToken, idTokenRequestToken, runtimeToken }) => [
    { name: 'GITHUB_TOKEN', forms: formsOf(githubToken) },
    { name: ID_TOKEN_REQUEST, forms: formsOf(idTokenRequestToken) },
    { name: 'ACTIONS_RUNTIME_TOKEN', forms: formsOf(runtimeToken) },
  ]);
  // Keys of a cache: in no vault, because Azure makes and rotates them.
  const keys = world.dataStores.snapshot().flatMap(({ kind, passwords }) => (kind === 'redis' ? passwords : []));
  const caches = keys.map((key) => ({ name: CACHE_KEY, forms: formsOf(key) }));
  return [...stored, ...caches, ...typed, ...jobs, ...assertions, ...bearers];
}

/** `<value> in <place>` for each planted value found where it does not belong; never the value itself. */
export function leaks(planted: readonly Planted[], places: readonly Place[]): string[] {
  const seen = new Map<string, string>();
  for (const { name, forms } of planted) for (const form of forms) if (!seen.has(form)) seen.set(form, name);
  const found = places.flatMap(({ name: place, text, allowed }) =>
    [...seen].flatMap(([form, name]) => (allowed?.(name) !== true && text.includes(form) ? [`${name} in ${place}`] : [])),
  );
  return [...new Set(found)];
}
