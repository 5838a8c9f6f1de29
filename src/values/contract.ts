import { closest } from 'fastest-levenshtein';
import { prettifyError, type ZodType } from 'zod';
import { isTree, type Tree } from './merge.js';

/** A line of the chart (`0.13`) as data: the keys its templates read, of what type, and what it refuses. */
export interface ChartContract {
  readonly line: string;
  /** Values key → what may stand there. A key whose type is a map or list is handed to Kubernetes as it is, so nothing below it is known here. */
  readonly keys: Readonly<Record<string, ZodType>>;
  readonly rules: readonly ChartRule[];
}

/** What the merged values of a deployment must not be: refused by the chart itself, or accepted in silence and wrong. */
export interface ChartRule {
  /** A whole sentence without its full stop. */
  readonly problem: string;
  readonly isBroken: (valueAt: (path: string) => unknown) => boolean;
}

/** Something about one key of one layer. */
export interface KeyProblem {
  readonly path: string;
  /** `is not read by the chart; nearest known key: …`, or what is wrong with its value. */
  readonly problem: string;
}

/** Paths of all leaves; an empty map is a leaf. */
export function leafPaths(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    // Keys with dots (annotations) only occur below keys that are handed on whole, where the rest of the path does not matter.
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return isTree(value) && Object.keys(value).length > 0 ? leafPaths(value, path) : [path];
  });
}

/** What the chart would ignore or stumble over in one layer. PURE. */
export function keyProblems(values: Tree, { keys }: ChartContract): KeyProblem[] {
  const names = Object.keys(keys);
  const look = (tree: Tree, prefix: string): KeyProblem[] =>
    Object.entries(tree).flatMap(([key, value]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      const type = keys[path];
      if (type !== undefined) {
        const { error } = type.safeParse(value);
        return error === undefined ? [] : [{ path, problem: prettifyError(error).replaceAll('✖ ', '').replace(/\n\s*/g, ' ') }];
      }
      const isBranch = names.some((name) => name.startsWith(`${path}.`));

      if (isBranch && isTree(value)) return look(value, path);
      if (isBranch) return [{ path, problem: 'is a map of keys in the chart' }];
      return leavesOf(path, value).map((leaf) => ({
        path: leaf,
        problem: `is not read by the chart; nearest known key: ${closest(leaf, names)}`,
      }));
    });
  return look(values, '');
}

const leavesOf = (path: string, value: unknown): string[] =>
  isTree(value) && Object.keys(value).length > 0 ? leafPaths(value, path) : [path];

/** Every rule the merged values break. PURE. */
export function brokenRules(merged: Tree, { rules }: ChartContract): string[] {
  const valueAt = (path: string): unknown =>
    path.split('.').reduce<unknown>((inner, key) => (isTree(inner) ? inner[key] : undefined), merged);
  return rules.filter(({ isBroken }) => isBroken(valueAt)).map(({ problem }) => problem);
}
