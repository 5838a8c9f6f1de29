import { isTree, type Tree } from './merge.js';

/** A key the chart would ignore, and the known key that looks most like it. */
export interface UnknownKey {
  readonly path: string;
  readonly nearest: string;
}

/** Paths of all leaves; an empty map is a leaf. */
export function leafPaths(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    // Keys with dots (annotations) only occur below pass-through paths, where the rest of the path does not matter.
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return isTree(value) && Object.keys(value).length > 0 ? leafPaths(value, path) : [path];
  });
}

/** @param contract paths of the chart line, `.**` for pass-through subtrees. */
export function unknownKeys(values: Tree, contract: readonly string[]): UnknownKey[] {
  const exact = new Set(contract.filter((path) => !path.endsWith('.**')));
  const subtrees = contract.filter((path) => path.endsWith('.**')).map((path) => path.slice(0, -'.**'.length));
  const isKnown = (path: string): boolean =>
    exact.has(path) || subtrees.some((subtree) => path === subtree || path.startsWith(`${subtree}.`));
  const names = [...exact, ...subtrees];
  return leafPaths(values)
    .filter((path) => !isKnown(path))
    .map((path) => ({ path, nearest: nearestOf(path, names) }));
}

function nearestOf(path: string, names: readonly string[]): string {
  return names.reduce<{ name: string; distance: number }>(
    (best, name) => {
      const distance = editDistance(path, name);
      return distance < best.distance ? { name, distance } : best;
    },
    { name: '', distance: Infinity },
  ).name;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
