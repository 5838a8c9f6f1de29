import { copy } from '../json.js';

/** An object's inside, where nothing is known about its fields. */
export type Tree = Record<string, unknown>;

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The mapping at `key`, or undefined. */
export function child(tree: Tree | undefined, key: string): Tree | undefined {
  const value = tree?.[key];
  return isTree(value) ? value : undefined;
}

/** The mappings in the list at `key`; an empty list when there is none. */
export function children(tree: Tree | undefined, key: string): Tree[] {
  const value = tree?.[key];
  return Array.isArray(value) ? value.filter(isTree) : [];
}

/** The mapping at `key`, created when missing. */
export function made(tree: Tree, key: string): Tree {
  const found = child(tree, key);
  if (found) return found;
  const fresh: Tree = {};
  tree[key] = fresh;
  return fresh;
}

/** Sets what is missing, leaves what is there. */
export function fill(tree: Tree, defaults: Tree): void {
  for (const [key, value] of Object.entries(defaults)) if (tree[key] === undefined) tree[key] = copy(value);
}

/** A copy without nulls: for built-in kinds null means absent. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item)) as T;
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  ) as T;
}

export function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), tree);
}
