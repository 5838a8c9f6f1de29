import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { indexObjects, type ObjectIndex, objectIds } from '../../../src/release/manifest.js';
import { driftOf } from '../../../src/review/drift.js';
import {
  type Fingerprint,
  type FingerprintDifference,
  fingerprintDifferences,
  fingerprintKey,
  fingerprintOf,
} from '../../../src/review/fingerprint.js';
import { objectItems } from '../../../src/review/object-items.js';
import { canonical, isTree, type Tree } from '../../../src/values/merge.js';
import { renderText } from '../rehearsal/charts/render.js';
import { BASE, LIGHT, PASS2, SCENARIOS } from '../rehearsal/charts/scenarios.js';

/*
 * Every attribute of every object that is deployed: of the LangSmith chart in its smallest and its largest form, Secrets included, of an
 * add-on, and of the platform chart as its golden files have it.
 */

jest.setTimeout(120_000);

const KEY = fingerprintKey(
  { subscriptionId: 'S', environment: 'production', stateAccount: 'a', stateContainer: 'c', stateKey: 'k' },
  'the salt',
);

type Path = readonly (string | number)[];

/** One attribute at the end of its path. */
interface Place {
  /** Which object. */
  readonly index: number;
  readonly path: Path;
}

/** What is done to a place. */
const DEEDS = ['change', 'retype', 'remove', 'add'] as const;
type Deed = (typeof DEEDS)[number];

/** Manifests by what they are of. */
const manifests: Record<string, readonly Tree[]> = {};

const objectsIn = (text: string): Tree[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((object): object is Tree => isTree(object) && typeof object['kind'] === 'string');

beforeAll(async () => {
  const golden = (name: string): Promise<string> => readFile(path.resolve(`test/golden/platform/${name}.yaml`), 'utf8');
  const [light, whole, addon, ...own] = await Promise.all([
    renderText('langsmith', [
      BASE,
      LIGHT,
      PASS2,
      {
        config: {
          existingSecretName: '',
          langsmithLicenseKey: 'a license',
          apiKeySalt: 'salt',
          basicAuth: { initialOrgAdminPassword: 'A-password-of-16' },
        },
      },
    ]),
    renderText('langsmith', SCENARIOS['prod-pass5']),
    renderText('cert-manager', [{ crds: { enabled: true } }]),
    golden('production-envoy-gateway-letsencrypt'),
    golden('production-istio-addon-dns01'),
  ]);
  Object.assign(manifests, {
    'langsmith, light': objectsIn(light),
    'langsmith, production': objectsIn(whole),
    'cert-manager': objectsIn(addon),
    'langsmith-platform, Envoy Gateway': objectsIn(own[0] ?? ''),
    'langsmith-platform, Istio': objectsIn(own[1] ?? ''),
  });
});

const NAMES = [
  'langsmith, light',
  'langsmith, production',
  'cert-manager',
  'langsmith-platform, Envoy Gateway',
  'langsmith-platform, Istio',
];

/** Paths of all scalars, and of maps and lists that are empty. */
function placesIn(value: unknown, at: Path = []): Path[] {
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item] as const)
    : isTree(value)
      ? Object.entries(value)
      : [];
  return entries.length === 0 ? (value === null ? [] : [at]) : entries.flatMap(([key, inner]) => placesIn(inner, [...at, key]));
}

const valueAt = (value: unknown, [key, ...rest]: Path): unknown =>
  key === undefined ? value : valueAt((value as Readonly<Record<string | number, unknown>>)[key], rest);

/** The same object but for what is done at one place. */
function mutated(object: Tree, { path: at }: Place, deed: Deed): Tree {
  const copy = structuredClone(object);
  const key = at.at(-1) ?? '';
  const holder = valueAt(copy, at.slice(0, -1)) as Record<string | number, unknown>;
  const value = holder[key];
  if (deed === 'add') {
    const map = isTree(value) ? value : holder;
    if (Array.isArray(map)) map.push('added');
    else (map as Record<string, unknown>)['added by somebody'] = 'added';
  } else if (deed === 'remove') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (deed === 'retype') {
    holder[key] = typeof value === 'string' ? [value] : String(value);
  } else {
    holder[key] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${String(value)}-other`;
  }
  return copy;
}

/** Every object was there, and one annotation of each changes: so each is planned, with all that is in it. */
const asItWas = (object: Tree): Tree => {
  const metadata = object['metadata'] as Tree;
  return { ...object, metadata: { ...metadata, annotations: { ...(metadata['annotations'] as Tree | undefined), before: 'yes' } } };
};

/** As `indexObjects` has them, without the way through YAML. */
function indexed(objects: readonly Tree[]): ObjectIndex {
  const ids = objectIds(objects);
  return new Map(objects.map((object, index) => [ids[index] ?? '', canonical(object)]));
}

const planOf = (before: ObjectIndex, after: ObjectIndex): Fingerprint =>
  fingerprintOf(objectItems({ before, after }, [], { root: 'release' }), {}, KEY);

/** How the path of a place is written: the item of a list by the name that tells it from its neighbours, else by its number. */
function written(object: unknown, at: Path): string {
  return at.reduce<{ text: string; value: unknown }>(
    ({ text, value }, key) => {
      const next = valueAt(value, [key]);
      if (!Array.isArray(value))
        return { text: `${text}${text === '' ? '' : '.'}${/^[\w-]+$/.test(String(key)) ? key : JSON.stringify(key)}`, value: next };
      return { text: `${text}[${labelOf(value, Number(key))}]`, value: next };
    },
    { text: '', value: object },
  ).text;
}

function labelOf(list: readonly unknown[], index: number): string {
  const key = namingKey(list);
  return key === undefined ? String(index) : JSON.stringify((list[index] as Tree)[key]);
}

const namingKey = (list: readonly unknown[]): string | undefined =>
  ['name', 'key'].find((key) => {
    const names = list.map((item) => (isTree(item) && typeof item[key] === 'string' ? item[key] : undefined));
    return names.length > 0 && !names.includes(undefined) && new Set(names).size === names.length;
  });

/** The attribute that must be named, or above it when what is around it is told differently afterwards. */
function expectedAt(object: Tree, at: Path, deed: Deed): { readonly exact?: string; readonly within: string } {
  const [holderPath, holder] = [at.slice(0, -1), valueAt(object, at.slice(0, -1))];
  const around = written(object, holderPath);
  // A list whose items have other numbers or names afterwards.
  const lists = at.flatMap((_, depth) => (Array.isArray(valueAt(object, at.slice(0, depth))) ? [at.slice(0, depth)] : []));
  const list = lists.at(-1);
  const isNumbered = Array.isArray(holder) && deed !== 'change' && deed !== 'retype';
  const isName = list !== undefined && at.length === list.length + 2 && ['name', 'key'].includes(String(at.at(-1))) && deed !== 'add';
  if (isNumbered || isName) return { within: written(object, list ?? holderPath) };
  if (deed === 'add') {
    const isEmptyMap = isTree(valueAt(object, at));
    const base = isEmptyMap ? written(object, at) : around;
    return isEmptyMap ? { within: base } : { exact: `${base}${base === '' ? '' : '.'}"added by somebody"`, within: base };
  }
  const self = written(object, at);
  // Without its last key, a map is an empty one; and text that becomes a list is told item by item.
  if (deed === 'remove' && isTree(holder) && Object.keys(holder).length === 1) return { within: around };
  return deed === 'retype' || !['string', 'number', 'boolean'].includes(typeof valueAt(object, at))
    ? { within: self }
    : { exact: self, within: self };
}

const IDENTITY = (at: Path): boolean => ['kind', 'metadata.name'].includes(at.join('.'));

/** The difference names this object, and this attribute of it. */
function expectNamed(
  differences: readonly FingerprintDifference[],
  objects: readonly Tree[],
  { index, path: at }: Place,
  deed: Deed,
): void {
  const object = objects[index] as Tree;
  const id = `release/${objectIds(objects)[index] ?? ''}`;
  expect(differences.length).toBeGreaterThan(0);
  if (IDENTITY(at) && deed !== 'add') {
    // Another object: this one is not planned as it was.
    expect(differences.some((difference) => difference.id === id)).toBe(true);
    return;
  }
  expect([...new Set(differences.map((difference) => difference.id))]).toEqual([id]);
  const { exact, within } = expectedAt(object, at, deed);
  const attributes = differences.map(({ attribute }) => attribute);
  if (exact === undefined) expect(attributes.filter((attribute) => !attribute.startsWith(within))).toEqual([]);
  else expect(attributes).toEqual([exact]);
}

type Side = 'before' | 'after';

/** One object planned alone: what is refused of what somebody does to it on one side. */
function alone(object: Tree): (place: Place, deed: Deed, which: Side) => FingerprintDifference[] {
  const [before, after] = [indexed([asItWas(object)]), indexed([object])];
  const approved = planOf(before, after);
  return (place, deed, which) =>
    fingerprintDifferences(
      approved,
      which === 'after'
        ? planOf(before, indexed([mutated(object, place, deed)]))
        : planOf(indexed([mutated(asItWas(object), place, deed)]), after),
    );
}

const side = fc.constantFrom('before' as const, 'after' as const);

/** The smallest object of each kind of a manifest: the others are drawn from below. */
const onePerKind = (objects: readonly Tree[]): Tree[] => [
  ...new Map(
    [...objects].sort((a, b) => canonical(b).length - canonical(a).length).map((object) => [String(object['kind']), object]),
  ).values(),
];

describe.each(NAMES)('the fingerprint of %s', (name) => {
  const all = (): readonly Tree[] => manifests[name] ?? [];

  it('refuses any attribute of any kind that is changed, of another type, gone or new, before or after, and names it', () => {
    expect(all().length).toBeGreaterThan(3);
    for (const object of onePerKind(all())) {
      const [differences, was] = [alone(object), asItWas(object)];
      for (const at of placesIn(object)) {
        for (const deed of DEEDS) {
          for (const which of ['before', 'after'] as const) {
            const place = { index: 0, path: at };
            expectNamed(differences(place, deed, which), [which === 'after' ? object : was], place, deed);
          }
        }
      }
    }
  });

  it('refuses it among all others, wherever it is, and names no other', () => {
    const places = all().flatMap((object, index) => placesIn(object).map((at) => ({ index, path: at })));
    const before = all().map(asItWas);
    const approved = planOf(indexed(before), indexed(all()));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(...DEEDS), side, (place, deed, which) => {
        const replaced = (objects: readonly Tree[]): Tree[] =>
          objects.map((object, index) => (index === place.index ? mutated(object, place, deed) : object));
        const planned =
          which === 'after' ? planOf(indexed(before), indexed(replaced(all()))) : planOf(indexed(replaced(before)), indexed(all()));
        expectNamed(fingerprintDifferences(approved, planned), which === 'after' ? all() : before, place, deed);
      }),
      { numRuns: 80, seed: 20 },
    );
  });

  it('does not mind the order of objects and keys, nor how YAML is written', () => {
    const before = all().map(asItWas);
    const approved = planOf(indexed(before), indexed(all()));
    const styles = [
      (object: Tree): string => JSON.stringify(object),
      (object: Tree): string => stringify(object),
      (object: Tree): string => stringify(object, { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 }),
      (object: Tree): string => `# Source: langsmith/templates/x.yaml\n${stringify(object, { collectionStyle: 'flow', indent: 4 })}`,
    ];
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...all().keys()], { minLength: all().length }),
        fc.constantFrom(...styles),
        fc.boolean(),
        (order, write, turn) => {
          const written = (objects: readonly Tree[]): string =>
            order.map((index) => write((turn ? reversed(objects[index]) : objects[index]) as Tree)).join('\n---\n');
          expect(fingerprintDifferences(approved, planOf(indexObjects(written(before)), indexObjects(written(all()))))).toEqual([]);
        },
      ),
      { numRuns: 12, seed: 20 },
    );
  });

  it('covers what stands in the cluster: what somebody changed there is named, and so is what somebody changed further', () => {
    const objects = all().filter(({ kind }) => kind !== 'Secret');
    const places = objects.flatMap((object, index) =>
      placesIn(object)
        .filter(
          (at) =>
            !IDENTITY(at) &&
            at[0] !== 'status' &&
            at[0] !== 'apiVersion' &&
            at.join('.') !== 'metadata.namespace' &&
            at.at(-1) !== 'caBundle',
        )
        .map((at) => ({ index, path: at })),
    );
    const planned = (place: Place, deed: Deed | undefined): Fingerprint => {
      const object = objects[place.index] as Tree;
      const index = indexed([object]);
      const [id = ''] = index.keys();
      const { name: called, namespace } = object['metadata'] as { name: string; namespace?: string };
      const live = deed === undefined ? object : mutated(object, place, deed);
      const drift = driftOf({ kind: String(object['kind']), name: called, namespace, live, merged: object }, id, object, new Set());
      return fingerprintOf(objectItems({ before: index, after: index }, drift === undefined ? [] : [drift], { root: 'release' }), {}, KEY);
    };
    fc.assert(
      fc.property(fc.constantFrom(...places), (place) => {
        const id = `release/${objectIds([objects[place.index] as Tree])[0] ?? ''}`;
        const [settled, changed, retyped] = [planned(place, undefined), planned(place, 'change'), planned(place, 'retype')];
        expect(fingerprintDifferences(settled, planned(place, undefined))).toEqual([]);
        expect(fingerprintDifferences(settled, changed)).toEqual([{ id, attribute: '', what: 'was not in the approved plan' }]);
        expectNamed(fingerprintDifferences(changed, retyped), [objects[place.index] as Tree], { ...place, index: 0 }, 'retype');
      }),
      { numRuns: 100, seed: 20 },
    );
  });
});

describe('what is in a Secret', () => {
  it('is covered value by value, and is in no difference', () => {
    const secrets = (manifests['langsmith, light'] ?? []).filter(({ kind }) => kind === 'Secret');
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      for (const field of ['data', 'stringData']) {
        for (const key of Object.keys(secret[field] ?? {})) {
          const differences = alone(secret)({ index: 0, path: [field, key] }, 'change', 'after');
          expect(differences.map(({ attribute }) => attribute)).toEqual([written(secret, [field, key])]);
          expect(JSON.stringify(differences)).not.toContain(String((secret[field] as Tree)[key]));
        }
      }
    }
  });
});

/** The same JSON with the keys of every map in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}
