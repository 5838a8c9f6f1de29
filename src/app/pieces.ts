import { REDIS_KEY, SECRETS } from '../secret-catalogue.js';
import { secretSpecs, type SecretRequest } from '../release/secrets.js';
import { isTree, type Tree } from '../values/merge.js';

/** A part of the value of a Kubernetes Secret: text as it is, or a secret by name, as it is or percent-encoded. */
export type Piece = { readonly text: string } | { readonly secret: string; readonly encode?: 'url' };

/** Kubernetes Secret → key → pieces; no piece holds a value. */
export type SecretPieces = Readonly<Record<string, { readonly data: Readonly<Record<string, readonly Piece[]>> }>>;

/** What stands for the value of a secret while its place is looked for; percent-encoded it still says its name. */
const stand = (name: string): string => `<<${name}>>`;
const STAND = /<<([a-z0-9-]+)>>|%3C%3C([a-z0-9-]+)%3E%3E/g;

/**
 * How the Secrets of a deployment are composed, without their values: what the Helm path would write is written with names in the place
 * of values, and taken apart again. So there is one place that knows what goes into a Secret. PURE.
 */
export function secretPieces(request: Omit<SecretRequest, 'values'>): SecretPieces {
  const names = [...SECRETS.map((kind) => kind.name), REDIS_KEY];
  const specs = secretSpecs({ ...request, values: new Map(names.map((name) => [name, stand(name)])) });
  return Object.fromEntries(
    specs.map((spec) => [spec.name, { data: Object.fromEntries(Object.entries(spec.data).map(([key, value]) => [key, piecesOf(value)])) }]),
  );
}

function piecesOf(value: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of value.matchAll(STAND)) {
    if (found.index > end) pieces.push({ text: value.slice(end, found.index) });
    const [whole, plain, encoded] = found;
    pieces.push(plain === undefined ? { secret: encoded ?? '', encode: 'url' } : { secret: plain });
    end = found.index + whole.length;
  }
  if (end < value.length || pieces.length === 0) pieces.push({ text: value.slice(end) });
  return pieces;
}

/** Chart values without those that are secret, and where these belong. */
export interface OpenValues {
  readonly values: Tree;
  /** Path as Helm writes it → name of the secret. */
  readonly writeOnly: Readonly<Record<string, string>>;
}

/** Takes every value that is a secret's out of chart values, so that the rest may be in state and plan. PURE. */
export function withoutSecrets(values: Tree, secrets: ReadonlyMap<string, string>): OpenValues {
  const names = new Map([...secrets].filter(([, value]) => value !== '').map(([name, value]) => [value, name]));
  const writeOnly: Record<string, string> = {};
  const open = (tree: Tree, path: readonly string[]): Tree =>
    Object.fromEntries(
      Object.entries(tree).flatMap(([key, value]) => {
        const at = [...path, key.replaceAll('.', '\\.')];
        if (isTree(value)) return [[key, open(value, at)]];
        const secret = typeof value === 'string' ? names.get(value) : undefined;
        if (secret === undefined) return [[key, value]];
        writeOnly[at.join('.')] = secret;
        return [];
      }),
    );
  return { values: open(values, []), writeOnly };
}
