/** Values of a chart: plain JSON. */
export type Tree = { readonly [key: string]: unknown };

export const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Deep merge as Helm does it: maps key by key, the later one wins, arrays are replaced whole. */
export function merge(...trees: readonly Tree[]): Tree {
  return trees.reduce<Tree>((merged, tree) => mergeTwo(merged, tree), {});
}

function mergeTwo(base: Tree, over: Tree): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? mergeTwo(below, value) : value;
  }
  return merged;
}

/** `{ 'a.b': 1, 'a.c': 2 }` → `{ a: { b: 1, c: 2 } }`. */
export function nest(paths: Readonly<Record<string, unknown>>): Tree {
  return merge(
    ...Object.entries(paths).map(
      ([path, value]) => path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree,
    ),
  );
}

/** JSON with sorted keys: equal text means equal values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isTree(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) : inner,
  );
}
