import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeFingerprint,
  describeDifference,
  encodeFingerprint,
  type Fingerprint,
  fingerprintDifferences,
  fingerprintKey,
  fingerprintOf,
  unexpected,
} from '../../../src/review/fingerprint.js';
import { terraformItems } from '../../../src/review/terraform-items.js';
import { releaseItems } from '../../../src/review/release-items.js';
import { indexObjects } from '../../../src/release/manifest.js';

const DEPLOYMENT = { subscriptionId: 'S', environment: 'production', stateAccount: 'a', stateContainer: 'c', stateKey: 'k' };
const KEY = fingerprintKey(DEPLOYMENT, 'the salt');
const SCOPE = { chart: '0.13.28', secretVersions: { 'langsmith-license-key': 1 } };

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Change {
  address: string;
  type: string;
  mode: string;
  change: { actions: string[]; before: Json; after: Json; after_unknown: Json; before_sensitive: Json; after_sensitive: Json };
}

const PLAN: readonly Change[] = [
  {
    address: 'module.aks.azurerm_kubernetes_cluster.this',
    type: 'azurerm_kubernetes_cluster',
    mode: 'managed',
    change: {
      actions: ['update'],
      before: { name: 'aks', sku: 'Free', pool: [{ name: 'default', count: 3 }], kube_config: 'secret-before', etag: 'e1' },
      after: { name: 'aks', sku: 'Standard', pool: [{ name: 'default', count: 3 }], kube_config: 'secret-after' },
      after_unknown: { etag: true },
      before_sensitive: { kube_config: true },
      after_sensitive: { kube_config: true },
    },
  },
  {
    address: 'azurerm_key_vault_secret.this["langsmith-license-key"]',
    type: 'azurerm_key_vault_secret',
    mode: 'managed',
    change: {
      actions: ['update'],
      before: { name: 'langsmith-license-key', value_wo_version: 1, tags: { a: '1', b: '2' } },
      after: { name: 'langsmith-license-key', value_wo_version: 2, tags: { a: '1', b: '2' } },
      after_unknown: {},
      before_sensitive: {},
      after_sensitive: {},
    },
  },
  {
    address: 'azurerm_resource_group.old',
    type: 'azurerm_resource_group',
    mode: 'managed',
    change: {
      actions: ['delete'],
      before: { name: 'old', locks: 4 },
      after: null,
      after_unknown: {},
      before_sensitive: {},
      after_sensitive: false,
    },
  },
];

const terraform = (changes: readonly Change[], scope: unknown = SCOPE): Fingerprint =>
  fingerprintOf(terraformItems('infrastructure', { resource_changes: changes }), scope, KEY);

/** Paths of all scalars of a JSON value. */
function scalars(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([key, inner]) => scalars(inner, [...path, Array.isArray(value) ? Number(key) : key]));
}

function changed(value: Json, [key, ...rest]: readonly (string | number)[], to: Json): Json {
  if (key === undefined) return to;
  const copy = structuredClone(value) as Record<string | number, Json>;
  copy[key] = changed(copy[key] ?? null, rest, to);
  return copy;
}

/** The same JSON with the keys of every map in reverse. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

const everyScalar = PLAN.flatMap((change, index) =>
  (['before', 'after'] as const).flatMap((which) =>
    change.change[which] === null ? [] : scalars(change.change[which]).map((path) => [index, which, path] as const),
  ),
);

describe('fingerprint', () => {
  it('refuses any one attribute that is not as approved, sensitive or not, and names address and attribute', () => {
    const approved = terraform(PLAN);
    fc.assert(
      fc.property(fc.constantFrom(...everyScalar), fc.oneof(fc.string(), fc.integer(), fc.boolean()), ([index, which, path], to) => {
        const mutated = structuredClone(PLAN) as Change[];
        const target = mutated[index];
        if (target === undefined) throw new Error('no such change');
        const before = JSON.stringify(target.change[which]);
        target.change[which] = changed(target.change[which], path, to);
        fc.pre(JSON.stringify(target.change[which]) !== before);
        const differences = fingerprintDifferences(approved, terraform(mutated));
        expect(differences.length).toBeGreaterThan(0);
        expect(new Set(differences.map(({ id }) => id))).toEqual(new Set([`infrastructure/${target.address}`]));
        expect(differences.some(({ attribute }) => attribute.startsWith(String(path[0])))).toBe(true);
        expect(JSON.stringify(differences)).not.toContain('secret-');
      }),
      { numRuns: 300 },
    );
  });

  it('is the same in any order of resources and keys', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...PLAN], { minLength: PLAN.length }), fc.boolean(), (order, reverse) => {
        const plan = order.map((change) => (reverse ? (reversed(change as unknown as Json) as unknown as Change) : change));
        expect(fingerprintDifferences(terraform(PLAN), terraform(plan))).toEqual([]);
      }),
    );
  });

  it('refuses another action, another resource and another scope', () => {
    const [cluster, secret, group] = PLAN as [Change, Change, Change];
    const replaced = { ...cluster, change: { ...cluster.change, actions: ['delete', 'create'] } };
    expect(fingerprintDifferences(terraform(PLAN), terraform([replaced, secret, group]))).toEqual([
      { id: `infrastructure/${cluster.address}`, attribute: '(action)', what: 'differs' },
    ]);
    expect(fingerprintDifferences(terraform(PLAN), terraform([cluster, secret]))).toEqual([
      { id: `infrastructure/${group.address}`, attribute: '', what: 'is no longer planned' },
    ]);
    expect(fingerprintDifferences(terraform([cluster]), terraform([cluster, secret])).map(({ what }) => what)).toEqual([
      'was not in the approved plan',
    ]);
    const scope = { ...SCOPE, secretVersions: { 'langsmith-license-key': 2 } };
    expect(fingerprintDifferences(terraform(PLAN), terraform(PLAN, scope)).map(describeDifference)).toEqual([
      'deployment secretVersions.langsmith-license-key differs',
    ]);
  });

  it('does not mind what Azure chooses, nor when something was last touched', () => {
    const withTime = (time: string): Fingerprint =>
      terraform([changeOf({ before: { last_modified: time, sku: 'a' }, after: { sku: 'b' }, unknown: { last_modified: true } })]);
    expect(fingerprintDifferences(withTime('2026-11-01T00:00:00Z'), withTime('2026-11-02T12:00:00.123+01:00'))).toEqual([]);
    // A time that somebody set is a value like any other.
    const expiry = (time: string): Fingerprint => terraform([changeOf({ before: {}, after: { expiration_date: time }, unknown: {} })]);
    expect(fingerprintDifferences(expiry('2026-11-01T00:00:00Z'), expiry('2027-11-01T00:00:00Z'))).toHaveLength(1);
    // Known now and unknown before is a difference.
    const known = changeOf({ before: {}, after: { id: 'x' }, unknown: {} });
    const unknown = changeOf({ before: {}, after: {}, unknown: { id: true } });
    expect(fingerprintDifferences(terraform([known]), terraform([unknown]))).toHaveLength(1);
  });

  it('covers every object of a release, what is in its Secrets too', () => {
    const manifest = (value: string): string =>
      `kind: Secret\nmetadata: { name: s }\ndata: { k: ${value} }\n---\nkind: Deployment\nmetadata: { name: d }\nspec: { replicas: 2, template: { spec: { containers: [{ name: a, image: x }] } } }\n`;
    const release = (value: string, edit = (text: string): string => text): Fingerprint =>
      fingerprintOf(releaseItems({ before: new Map(), after: indexObjects(edit(manifest(value))) }), SCOPE, KEY);
    expect(fingerprintDifferences(release('c2VjcmV0'), release('b3RoZXI=')).map(describeDifference)).toEqual([
      'release/Secret s data.k differs',
    ]);
    expect(
      fingerprintDifferences(
        release('a'),
        release('a', (text) => text.replace('image: x', 'image: y')),
      ).map(describeDifference),
    ).toEqual(['release/Deployment d spec.template.spec.containers["a"].image differs']);
    const swapped = (text: string): string => text.split('---\n').reverse().join('---\n');
    expect(fingerprintDifferences(release('a'), release('a', swapped))).toEqual([]);
  });

  it('cannot be made by who has not the key, and says so when the key is another', () => {
    const items = terraformItems('infrastructure', { resource_changes: PLAN });
    const other = fingerprintOf(items, SCOPE, fingerprintKey(DEPLOYMENT, 'another salt'));
    expect(other.mac).not.toBe(terraform(PLAN).mac);
    expect(fingerprintOf(items, SCOPE, fingerprintKey({ ...DEPLOYMENT, environment: 'staging' }, 'the salt')).mac).not.toBe(
      terraform(PLAN).mac,
    );
    const open = fingerprintOf(items, SCOPE, fingerprintKey(DEPLOYMENT, undefined));
    expect(fingerprintDifferences(open, terraform(PLAN))).toEqual([
      { id: '', attribute: '', what: 'cannot be compared part by part, and the whole differs' },
    ]);
  });

  it('survives being passed on as one word, which holds no value', () => {
    const fingerprint = terraform(PLAN);
    const word = encodeFingerprint(fingerprint);
    expect(word).toMatch(/^f1\.vault\.[\w.-]+$/);
    expect(decodeFingerprint(word)).toEqual(fingerprint);
    expect(JSON.stringify(decodeFingerprint(word))).not.toMatch(/secret-(before|after)|Standard/);
  });

  it('of ten thousand resources still fits an environment variable, and is still told from another', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      changeOf({ address: `azurerm_role_assignment.this[${index}]`, before: {}, after: { a: String(index) }, unknown: {} }),
    );
    const word = encodeFingerprint(terraform(many));
    expect(word.length).toBeLessThan(100_000);
    const approved = decodeFingerprint(word);
    if (approved === undefined) throw new Error('not decoded');
    expect(fingerprintDifferences(approved, terraform(many))).toEqual([]);
    expect(fingerprintDifferences(approved, terraform(many.slice(1)))).toHaveLength(1);
  });

  it.each(['', 'x', 'f1.vault.short', `f1.vault.${'a'.repeat(43)}.!`, `f1.vault.${'a'.repeat(43)}.AAAA`, `f2.vault.${'a'.repeat(43)}`])(
    'none of ours: %p',
    (text) => {
      expect(decodeFingerprint(text)).toBeUndefined();
    },
  );
});

describe('allow-drift', () => {
  const difference = (id: string, attribute: string): ReturnType<typeof fingerprintDifferences>[number] => ({
    id,
    attribute,
    what: 'differs',
  });
  const all = [
    difference('infrastructure/azurerm_x.this["a.b"]', 'tags.owner'),
    difference('infrastructure/azurerm_x.this["a.b"]', 'sku'),
    difference('release/Deployment langsmith-backend', 'spec.replicas'),
    difference('', ''),
  ];
  const left = (...allowed: string[]): string[] => unexpected(all, allowed).map(({ id, attribute }) => `${id} ${attribute}`.trim());

  it.each([
    [['azurerm_x.this["a.b"]'], 2],
    [['azurerm_x.this["a.b"] tags.*'], 3],
    [['infrastructure/*'], 2],
    [['*'], 1],
    [['azurerm_x.this'], 4],
    [['azurerm_x.this["aXb"]'], 4],
    [['Deployment * spec.replicas'], 3],
    [[], 4],
  ] as const)('%j leaves %i', (allowed, count) => {
    expect(left(...allowed)).toHaveLength(count);
  });

  it('never lets through what cannot be named', () => {
    expect(left('*')).toEqual(['']);
  });
});

interface Made {
  readonly address?: string;
  readonly before: Json;
  readonly after: Json;
  readonly unknown: Json;
}

function changeOf({ address = 'azurerm_x.y', before, after, unknown }: Made): Change {
  return {
    address,
    type: 'azurerm_x',
    mode: 'managed',
    change: { actions: ['update'], before, after, after_unknown: unknown, before_sensitive: {}, after_sensitive: {} },
  };
}
