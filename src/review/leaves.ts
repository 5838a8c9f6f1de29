import canonicalize from 'canonicalize';
import { isTree } from '../values/merge.js';

/** One attribute at the end of its path. */
export interface Leaf {
  /** Canonical JSON (RFC 8785) of the value; '' while the value is not known. */
  readonly text: string;
  /** May be compared and never be shown. */
  readonly sensitive: boolean;
  /** The provider decides it when it acts. */
  readonly unknown: boolean;
}

/** By path: `spec.template.containers[backend].image`. A null attribute is one that is not there. */
export type Leaves = ReadonlyMap<string, Leaf>;

/** In the shape of the value: `true` marks a whole subtree, as Terraform writes `after_sensitive` and `after_unknown`. */
export interface Marks {
  readonly sensitive?: unknown;
  readonly unknown?: unknown;
}

/** RFC 8785. @throws Error for what is no JSON: a function, undefined. */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error(`${typeof value} is no JSON`);
  return text;
}

/**
 * A JSON value as the attributes it is made of. PURE. Items of a list in which every one has a `name` (or `key`) of its own are told
 * apart by it, so that their order does not matter; in every other list it does.
 */
export function leavesOf(value: unknown, marks: Marks = {}): Leaves {
  const leaves = new Map<string, Leaf>();
  walk(leaves, '', value, marks);
  return leaves;
}

function walk(leaves: Map<string, Leaf>, path: string, value: unknown, { sensitive, unknown }: Marks): void {
  if (unknown === true) {
    leaves.set(path, { text: '', sensitive: sensitive === true, unknown: true });
    return;
  }
  if (sensitive === true) {
    if (value !== null && value !== undefined) leaves.set(path, { text: canonicalText(value), sensitive: true, unknown: false });
    return;
  }
  if (Array.isArray(value) || (value === undefined && Array.isArray(unknown))) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    const names = namesOf(items);
    const length = Math.max(items.length, Array.isArray(unknown) ? unknown.length : 0);
    if (length === 0) leaves.set(path, { text: '[]', sensitive: false, unknown: false });
    for (let index = 0; index < length; index += 1)
      walk(leaves, `${path}[${names?.[index] ?? index}]`, items[index], { sensitive: at(sensitive, index), unknown: at(unknown, index) });
    return;
  }
  if (isTree(value) || (value === undefined && isTree(unknown))) {
    const known = isTree(value) ? value : {};
    const keys = new Set([...Object.keys(known), ...(isTree(unknown) ? Object.keys(unknown) : [])]);
    if (keys.size === 0) leaves.set(path, { text: '{}', sensitive: false, unknown: false });
    for (const key of keys) walk(leaves, step(path, key), known[key], { sensitive: at(sensitive, key), unknown: at(unknown, key) });
    return;
  }
  if (value !== null && value !== undefined) leaves.set(path, { text: canonicalText(value), sensitive: false, unknown: false });
}

/** Keys with a dot of their own are quoted, so that two paths are never written alike. */
const step = (path: string, key: string): string => {
  const name = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
  return path === '' ? name : `${path}.${name}`;
};

const at = (marks: unknown, key: string | number): unknown =>
  Array.isArray(marks) ? (marks as readonly unknown[])[Number(key)] : isTree(marks) ? marks[key] : undefined;

function namesOf(items: readonly unknown[]): string[] | undefined {
  for (const key of ['name', 'key']) {
    const names = items.map((item) => (isTree(item) && typeof item[key] === 'string' ? JSON.stringify(item[key]) : undefined));
    if (names.length > 0 && names.every((name) => name !== undefined) && new Set(names).size === names.length) return names;
  }
  return undefined;
}

/** What happens to one attribute, in words that may be shown. */
export interface AttributeChange {
  readonly path: string;
  /** Undefined: the attribute is not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const LONGEST = 160;

/** Shown for what must not be shown. */
export const HIDDEN = '(sensitive value)';
const UNKNOWN = '(known after apply)';

function shown(leaf: Leaf): string {
  if (leaf.sensitive) return HIDDEN;
  if (leaf.unknown) return UNKNOWN;
  const characters = [...leaf.text];
  return characters.length <= LONGEST ? leaf.text : `${characters.slice(0, LONGEST).join('')}… (${characters.length} characters)`;
}

/** Two attributes are the same, or neither is there. */
export const sameLeaf = (a: Leaf | undefined, b: Leaf | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.text === b.text && a.unknown === b.unknown);

/** Paths at which two values differ, in order. */
export const differingPaths = (before: Leaves, after: Leaves): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].sort().filter((path) => !sameLeaf(before.get(path), after.get(path)));

/** The attributes in which two values differ, in order of their paths; sensitive ones by name only. */
export function attributeChanges(before: Leaves, after: Leaves): AttributeChange[] {
  return differingPaths(before, after).map((path) => {
    const [old, next] = [before.get(path), after.get(path)];
    const hide = old?.sensitive === true || next?.sensitive === true;
    const show = (leaf: Leaf | undefined): string | undefined => (leaf === undefined ? undefined : hide ? HIDDEN : shown(leaf));
    return { path, before: show(old), after: show(next) };
  });
}
