import { isTree, type Tree } from '../admission/tree.js';
import type { ListShape, Shape } from '../schema/shapes.js';

/**
 * Who owns what is kept as sets of paths. A path is a list of steps as FieldsV1 writes them (`f:spec`, `k:{"name":"web"}`,
 * `v:"a"`), joined by NUL.
 */
export type Path = string;
export type FieldSet = ReadonlySet<Path>;

const SEPARATOR = '\0';

export function steps(path: Path): string[] {
  return path.split(SEPARATOR);
}

export function join(base: Path, step: string): Path {
  return base === '' ? step : base + SEPARATOR + step;
}

/** The step that names an item of a shared list. A port's protocol is TCP when it is not said. */
export function itemStep(shape: ListShape, item: unknown, index: number): string {
  if (shape.mode === 'set') return `v:${JSON.stringify(item)}`;
  if (shape.mode !== 'map' || !isTree(item)) return `i:${index}`;
  const keys = shape.keys
    .map((key) => [key, item[key] ?? (key === 'protocol' ? 'TCP' : undefined)] as const)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

function isShared(shape: Shape): boolean {
  return shape.is === 'list' ? shape.mode !== 'atomic' : (shape.is === 'struct' || shape.is === 'map') && !shape.atomic;
}

/** Every path of `value` with the value it stands for: leaves in full, items of maps and lists only as being there. */
export function flatten(value: unknown, shape: Shape): Map<Path, string> {
  const found = new Map<Path, string>();
  visit(value, shape, '', found, true);
  return found;
}

function visit(value: unknown, shape: Shape, path: Path, found: Map<Path, string>, declared: boolean): void {
  if (value === undefined || value === null) return;
  const shared = shape.is === 'any' ? isTree(value) : isShared(shape);
  if (!shared) {
    found.set(path, JSON.stringify(value));
    return;
  }
  if (Array.isArray(value)) {
    if (value.length === 0) found.set(path, '[]');
    const list = shape as ListShape;
    value.forEach((item: unknown, index) => visit(item, list.of, join(path, itemStep(list, item, index)), found, false));
    if (!declared) found.set(path, '');
    return;
  }
  if (!isTree(value)) {
    found.set(path, JSON.stringify(value));
    return;
  }
  const entries = Object.entries(value);
  if (path !== '' && (entries.length === 0 || !declared)) found.set(path, '');
  for (const [key, inner] of entries) {
    const field = shape.is === 'struct' ? shape.fields.get(key) : undefined;
    const of = field ?? (shape.is === 'map' ? shape.of : ({ is: 'any' } as const));
    visit(inner, of, join(path, `f:${key}`), found, field !== undefined);
  }
}

/** FieldsV1 as it stands in managedFields. */
export function encodeFields(set: FieldSet): Tree {
  const root: Tree = {};
  const members = new Set(set);
  for (const path of [...set].sort()) {
    let node = root;
    let walked: Path = '';
    for (const step of steps(path)) {
      walked = join(walked, step);
      node = (node[step] ??= {}) as Tree;
      if (members.has(walked) && walked !== path) node['.'] = {};
    }
  }
  return root;
}

export function decodeFields(fields: unknown): Set<Path> {
  const set = new Set<Path>();
  const walk = (node: unknown, path: Path): void => {
    const entries = Object.entries(isTree(node) ? node : {});
    if (path !== '' && (entries.length === 0 || (isTree(node) && node['.'] !== undefined))) set.add(path);
    for (const [step, child] of entries) if (step !== '.') walk(child, join(path, step));
  };
  walk(fields, '');
  return set;
}

/** `.spec.containers[name="web"].image`, as conflicts name it. */
export function printPath(path: Path): string {
  return steps(path)
    .map((step) => {
      const text = step.slice(2);
      if (step.startsWith('f:')) return `.${text}`;
      if (step.startsWith('v:')) return `[=${text}]`;
      if (step.startsWith('i:')) return `[${text}]`;
      const keys = Object.entries(JSON.parse(text) as Tree).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return `[${keys.join(',')}]`;
    })
    .join('');
}

export function union(...sets: readonly FieldSet[]): Set<Path> {
  return new Set(sets.flatMap((set) => [...set]));
}

export function without(set: FieldSet, other: FieldSet): Set<Path> {
  return new Set([...set].filter((path) => !other.has(path)));
}

export function intersection(set: FieldSet, other: FieldSet): Set<Path> {
  return new Set([...set].filter((path) => other.has(path)));
}
