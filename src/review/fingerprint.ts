import { createHmac, hkdfSync } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { canonicalText, type Leaf, type Leaves, leavesOf } from './leaves.js';
import type { PlannedItem } from './items.js';

/**
 * A fingerprint says whether two plans would change the same things in the same way, without holding any of them.
 *
 * It is a keyed MAC (HMAC-SHA-256) over canonical JSON of every attribute before and after, sensitive ones included, so a reader who
 * has not the key can neither make one up nor test a guess at a value against it. The order in which Terraform or Helm names things does
 * not matter, nor do timestamps that services keep, nor what Azure will choose when it acts.
 */

/**
 * Where the key comes from. `vault`: a secret of the deployment that never changes. `public`: before there is a vault, what everybody
 * may know of the deployment; such a fingerprint guards against a plan that changed, not against a reader who guesses. It hides no
 * secret, because a plan of the first run has none: Terraform gets them as write-only arguments.
 */
export type KeySource = 'vault' | 'public';

export interface FingerprintKey {
  readonly source: KeySource;
  readonly key: Buffer;
}

/** What sets one deployment apart from every other. */
export interface DeploymentName {
  readonly subscriptionId: string;
  readonly environment: string;
  readonly stateAccount: string;
  readonly stateContainer: string;
  readonly stateKey: string;
}

/** @param salt the deployment's API key salt as Key Vault has it; undefined before it is written. */
export function fingerprintKey(deployment: DeploymentName, salt: string | undefined): FingerprintKey {
  const name = canonicalText([
    'langsmith-azure fingerprint 1',
    deployment.subscriptionId.toLowerCase(),
    deployment.environment,
    deployment.stateAccount,
    deployment.stateContainer,
    deployment.stateKey,
  ]);
  return { source: salt === undefined ? 'public' : 'vault', key: Buffer.from(hkdfSync('sha256', salt ?? '', name, 'plan', 32)) };
}

/** Bits of a part: enough that two differ, few enough that thousands fit in one output. The whole has all 256. */
const PART_BYTES = 6;

/** MACs of the parts, so that a difference can be named: by id, of the item and of its attributes. */
type Parts = Readonly<Record<string, readonly [mac: string, attributes?: Readonly<Record<string, string>>]>>;

/** Everything a fingerprint says. */
export interface Fingerprint {
  readonly source: KeySource;
  /** MAC of the whole, 43 characters of base64url. */
  readonly mac: string;
  readonly parts: Parts;
}

/** Item under which what no resource or object shows is told apart: chart, secret versions, features. */
const SCOPE_ID = 'deployment';

/** Name under which an item's action is told apart; no path of an attribute has parentheses. */
const ACTION = '(action)';

type Sides = readonly [path: string, before: string | true | null, after: string | true | null];

/**
 * @param items in any order.
 * @param scope what else the approval is for and no item shows.
 */
export function fingerprintOf(items: readonly PlannedItem[], scope: unknown, { source, key }: FingerprintKey): Fingerprint {
  const mac = (...parts: readonly unknown[]): Buffer => createHmac('sha256', key).update(canonicalText(parts)).digest();
  const macsOf = (id: string, sides: readonly Sides[]): readonly [string, Buffer, Record<string, string>] => {
    const attributes = sides.map(([path, before, after]) => [path, mac('attribute', id, path, before, after)] as const);
    const full = attributes.map(([path, digest]) => [path, digest.toString('base64url')]);
    return [id, mac('item', id, full), Object.fromEntries(attributes.map(([path, digest]) => [path, short(digest)]))];
  };
  const macs = [
    macsOf(SCOPE_ID, sidesOf(new Map(), leavesOf(scope))),
    ...items.map((item) => macsOf(`${item.root}/${item.id}`, [[ACTION, item.action, item.action], ...sidesOf(item.before, item.after)])),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    source,
    mac: mac(
      'plan',
      macs.map(([id, digest]) => [id, digest.toString('base64url')]),
    ).toString('base64url'),
    parts: Object.fromEntries(macs.map(([id, digest, attributes]) => [id, [short(digest), attributes] as const])),
  };
}

const sidesOf = (before: Leaves, after: Leaves): Sides[] =>
  [...new Set([...before.keys(), ...after.keys()])].sort().map((path) => [path, side(before.get(path)), side(after.get(path))] as const);

const short = (digest: Buffer): string => digest.subarray(0, PART_BYTES).toString('base64url');

/** `null`: not there; `true`: there and not known yet. Text of JSON is always a string, so the three cannot be mixed up. */
const side = (leaf: Leaf | undefined): string | true | null => (leaf === undefined ? null : leaf.unknown ? true : leaf.text);

/** An environment variable carries the input: Linux allows 128 KiB, and this leaves room. */
const LONGEST = 90_000;

const FORMAT = /^f1\.(vault|public)\.([\w-]{43})(?:\.([\w-]+))?$/;

/** As one word: `f1.<key source>.<MAC>.<parts>`. Where they would be too long, attributes are left out, then all parts. */
export function encodeFingerprint({ source, mac, parts }: Fingerprint): string {
  const head = `f1.${source}.${mac}`;
  const withoutAttributes = Object.fromEntries(Object.entries(parts).map(([id, [part]]) => [id, [part]]));
  for (const detail of [parts, withoutAttributes]) {
    const text = `${head}.${deflateRawSync(JSON.stringify(detail), { level: 9 }).toString('base64url')}`;
    if (text.length <= LONGEST) return text;
  }
  return head;
}

/** What people compare by eye. */
export const shortFingerprint = ({ mac }: Pick<Fingerprint, 'mac'>): string => mac.slice(0, 16);

const PARTS = z.record(z.string(), z.union([z.tuple([z.string()]), z.tuple([z.string(), z.record(z.string(), z.string())])]));

/** Beyond this no fingerprint of ours unfolds: a small word could otherwise unfold to fill the memory. */
const MOST_UNFOLDED = 64 * 2 ** 20;

/** Undefined when it is none of ours, or not whole. */
export function decodeFingerprint(text: string): Fingerprint | undefined {
  const [, source, mac, packed] = FORMAT.exec(text) ?? [];
  if (source === undefined || mac === undefined) return undefined;
  if (packed === undefined) return { source: source as KeySource, mac, parts: {} };
  try {
    const unfolded = inflateRawSync(Buffer.from(packed, 'base64url'), { maxOutputLength: MOST_UNFOLDED }).toString('utf8');
    return { source: source as KeySource, mac, parts: PARTS.parse(JSON.parse(unfolded)) };
  } catch {
    return undefined;
  }
}

/** One thing that is not as it was approved. */
export interface FingerprintDifference {
  /** Address of a resource, or kind and name of an object; '' when the difference cannot be named. */
  readonly id: string;
  /** '' for the item as a whole. */
  readonly attribute: string;
  readonly what:
    'was not in the approved plan' | 'is no longer planned' | 'differs' | 'cannot be compared part by part, and the whole differs';
}

/** What of a plan is not as approved; nothing when the two are the same. PURE. */
export function fingerprintDifferences(approved: Fingerprint, planned: Fingerprint): FingerprintDifference[] {
  if (approved.source === planned.source && approved.mac === planned.mac) return [];
  const ids = [...new Set([...Object.keys(approved.parts), ...Object.keys(planned.parts)])].sort();
  const named =
    // With another key every part differs, and nothing can be told from that; nor can it without parts.
    approved.source !== planned.source || (Object.keys(approved.parts).length === 0 && Object.keys(planned.parts).length > 0)
      ? []
      : ids.flatMap((id) => itemDifferences(id, approved.parts[id], planned.parts[id]));
  return named.length > 0 ? named : [{ id: '', attribute: '', what: 'cannot be compared part by part, and the whole differs' }];
}

function itemDifferences(id: string, approved: Parts[string] | undefined, planned: Parts[string] | undefined): FingerprintDifference[] {
  if (approved === undefined) return [{ id, attribute: '', what: 'was not in the approved plan' }];
  if (planned === undefined) return [{ id, attribute: '', what: 'is no longer planned' }];
  if (approved[0] === planned[0]) return [];
  const [, before = {}] = approved;
  const [, after = {}] = planned;
  const paths = approved[1] === undefined ? [] : [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const attributes = paths.filter((path) => before[path] !== after[path]).map((attribute) => ({ id, attribute, what: 'differs' }) as const);
  return attributes.length > 0 ? attributes : [{ id, attribute: '', what: 'differs' }];
}

/** Of the scope: what was to be done, and how far an earlier run had come; the rest says what was approved. */
const PROGRESS = /^(change|chart\.previous|(pending|drifted)\b.*)$/;

/** Whether a difference only says that part of what was approved has been done meanwhile. */
export const isDone = ({ id, attribute, what }: FingerprintDifference): boolean =>
  id === SCOPE_ID ? PROGRESS.test(attribute) : what === 'is no longer planned';

/** `release/Deployment langsmith-backend spec.replicas differs`. */
export const describeDifference = ({ id, attribute, what }: FingerprintDifference): string =>
  [id, attribute, what].filter((word) => word !== '').join(' ');

/**
 * Those that nobody expected. @param allowed ids, or `<id> <attribute>`, with `*` for any text; the root before the slash may be left out.
 */
export function unexpected(differences: readonly FingerprintDifference[], allowed: readonly string[]): FingerprintDifference[] {
  const patterns = allowed.map((line) => new RegExp(`^${line.split('*').map(escaped).join('.*')}$`));
  const matches = (text: string): boolean => patterns.some((pattern) => pattern.test(text) || pattern.test(text.replace(/^[a-z]+\//, '')));
  return differences.filter(({ id, attribute }) => id === '' || !(matches(id) || (attribute !== '' && matches(`${id} ${attribute}`))));
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
