import { describe, expect, it, jest } from '@jest/globals';
import { FEATURES, featuresOf } from '../../src/passes.js';
import { isTree, type Tree } from '../../src/values/merge.js';
import { renderText } from '../unit/rehearsal/charts/render.js';
import { build, type Combination, EXTERNAL_CLICKHOUSE, INGRESSES, PASSES, SIZINGS, TOPOLOGIES } from '../unit/values/combinations.js';
import { faults, inParallel } from '../unit/values/faults.js';

jest.setTimeout(900_000);

const ALL: readonly Combination[] = TOPOLOGIES.flatMap((topology) =>
  SIZINGS.flatMap((sizing) => INGRESSES.flatMap((ingress) => PASSES.map((pass) => ({ topology, sizing, ingress, pass })))),
);

describe('rendered with the real Helm and the strict schema of the stand-in chart', () => {
  it('T220 T247 every combination of topology, sizing, ingress and pass has exactly the workloads, routes, identities and Secret keys it promises', async () => {
    expect(ALL).toHaveLength(160);
    expect((await inParallel(ALL, 4, faults)).flat()).toEqual([]);
  });
});

/** The four in which every key this action ever sets is set. */
const EVERY_KEY: readonly Combination[] = [
  { topology: 'production', sizing: 'production', ingress: 'envoy-gateway', pass: 5, outputs: { enable_polly: true } },
  { topology: 'light', sizing: 'minimum', ingress: 'nginx', pass: 2 },
  { topology: 'light', sizing: 'dev', ingress: 'istio-addon', pass: 5, outputs: EXTERNAL_CLICKHOUSE },
  { topology: 'production', sizing: 'dev', ingress: 'none', pass: 3, outputs: { postgres_source: 'in-cluster', redis_kind: '' } },
];

/** Another value of the same kind that the chart could take as well. */
function another(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (Array.isArray(value)) return [];
  if (value === 'ClusterIP') return 'NodePort';
  if (value === 'mixed') return 'oauth';
  if (value === 'Azure') return 'S3';
  // A quantity stays one.
  if (/^\d+(m|Mi|Gi)?$/.test(String(value))) return `1${String(value)}`;
  return `${String(value)}x`;
}

/** Every leaf by its keys: a key may hold dots. */
const leaves = (tree: Tree, prefix: readonly string[] = []): (readonly string[])[] =>
  Object.entries(tree).flatMap(([key, value]) => (isTree(value) ? leaves(value, [...prefix, key]) : [[...prefix, key]]));

function changed(tree: Tree, [key = '', ...rest]: readonly string[]): Tree {
  const value = tree[key];
  return { ...tree, [key]: rest.length > 0 && isTree(value) ? changed(value, rest) : another(value) };
}

/** What the chart makes of values, without what it writes down of them for itself; its own refusals count, those of its schema do not. */
async function outcome(values: Tree): Promise<string> {
  try {
    return await renderText('langsmith', [values]);
  } catch (error) {
    const message = String((error as { stderr?: string }).stderr ?? error);
    if (message.includes('schema')) throw error;
    return message;
  }
}

describe('no key is dead', () => {
  it('T213 T219 another value of each key that is set changes what the chart renders', async () => {
    const seen = new Set<string>();
    const cases: { readonly label: string; readonly merged: Tree; readonly path: readonly string[] }[] = [];
    for (const combination of EVERY_KEY) {
      const { values, shape } = await build(combination);
      // Written as false on purpose, for charts whose default is another.
      const off = FEATURES.filter((feature) => !featuresOf(shape).includes(feature)).flatMap(({ switches }) => switches);
      for (const path of leaves(values.merged)) {
        const name = path.join('.');
        // Sizes are the same keys in every combination; everything else depends on it.
        const isSize = /\.(resources|autoscaling)\./.test(name);
        if (off.includes(name) || (isSize && seen.has(name))) continue;
        seen.add(name);
        cases.push({ label: `${name} in ${JSON.stringify(combination)}`, merged: values.merged, path });
      }
    }
    const before = new Map<Tree, string>();
    for (const { merged } of cases) if (!before.has(merged)) before.set(merged, await outcome(merged));
    const dead = await inParallel(cases, 4, async ({ label, merged, path }) =>
      (await outcome(changed(merged, path))) === before.get(merged) ? [label] : [],
    );
    expect(cases.length).toBeGreaterThan(250);
    expect(dead.flat()).toEqual([]);
  });
});
