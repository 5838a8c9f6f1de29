import { isTree, type Tree } from '../admission/tree.js';
import { ApiError, type KubeObject } from '../api.js';
import { ANY, type ListShape, type Shape, type StructShape } from '../schema/shapes.js';
import { intersection, itemStep, printPath, steps, union, without, type FieldSet, type Path } from './fields.js';
import { compare, encodeManagers, managersOf, ownable, type Manager, type Writer } from './managers.js';
import { interleave } from './order.js';
import { copy, same } from '../json.js';

function mergeLists(live: readonly unknown[], config: readonly unknown[], shape: ListShape): unknown[] {
  const named = (list: readonly unknown[]) => list.map((item, index) => ({ item, step: itemStep(shape, item, index) }));
  const [before, asked] = [named(live), named(config)];
  const merged = asked.map(({ item, step }) => ({
    step,
    item: mergeApplied(before.find((entry) => entry.step === step)?.item, item, shape.of),
  }));
  const kept = before.filter((entry) => !asked.some(({ step }) => step === entry.step));
  return interleave(kept, merged, ({ step }) => before.findIndex((entry) => entry.step === step)).map(({ item }) => item);
}

/** What is live with the configuration laid over it. */
function mergeApplied(live: unknown, config: unknown, shape: Shape): unknown {
  if (shape.is === 'list' && shape.mode !== 'atomic' && Array.isArray(config))
    return mergeLists(Array.isArray(live) ? (live as unknown[]) : [], config, shape);
  const shared = shape.is === 'any' || ((shape.is === 'struct' || shape.is === 'map') && !shape.atomic);
  if (!shared || !isTree(config)) return copy(config);
  const merged: Tree = isTree(live) ? { ...live } : {};
  for (const [key, value] of Object.entries(config)) {
    if (value === null) continue;
    const of = shape.is === 'struct' ? (shape.fields.get(key) ?? ANY) : shape.is === 'map' ? shape.of : ANY;
    merged[key] = mergeApplied(merged[key], value, of);
  }
  return merged;
}

function matches(step: string, item: unknown): boolean {
  if (step.startsWith('v:')) return same(item, JSON.parse(step.slice(2)));
  const keys = JSON.parse(step.slice(2)) as Tree;
  return isTree(item) && Object.entries(keys).every(([key, value]) => same(item[key] ?? (key === 'protocol' ? 'TCP' : undefined), value));
}

/** Takes one path out of `value`; parents that become empty by it go too. */
function remove(value: unknown, path: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (step.startsWith('f:')) {
    const key = step.slice(2);
    if (!isTree(value) || value[key] === undefined) return value;
    const { [key]: inner, ...others } = value;
    const left = remove(inner, rest);
    if (left !== undefined) return { ...value, [key]: left };
    return Object.keys(others).length > 0 ? others : undefined;
  }
  if (!Array.isArray(value) || step.startsWith('i:')) return value;
  const list = value.flatMap((item: unknown) => {
    if (!matches(step, item)) return [item];
    const left = remove(item, rest);
    return left === undefined ? [] : [left];
  });
  return list.length > 0 ? list : undefined;
}

function conflictWith(manager: Manager): string {
  const name = `conflict with ${JSON.stringify(manager.manager)}${manager.subresource ? ` with subresource ${JSON.stringify(manager.subresource)}` : ''}`;
  if (manager.operation === 'Apply') return name;
  return `${name} using ${manager.apiVersion}${manager.time ? ` at ${manager.time}` : ''}`;
}

function refuse(conflicts: readonly { manager: Manager; fields: FieldSet }[]): never {
  const causes = conflicts.flatMap(({ manager, fields }) =>
    [...fields].map((path) => ({ reason: 'FieldManagerConflict', message: conflictWith(manager), field: printPath(path) })),
  );
  const lines = conflicts.map(({ manager, fields }) => {
    const paths = [...fields].map(printPath).sort();
    return paths.length === 1
      ? `${conflictWith(manager)}: ${paths[0]}`
      : `${conflictWith(manager).replace('conflict', 'conflicts')}:\n${paths.map((path) => `- ${path}`).join('\n')}`;
  });
  throw new ApiError(409, 'Conflict', `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${lines.join('\n')}`, {
    causes,
  });
}

export interface Application {
  readonly live: KubeObject | undefined;
  /** Already typed and decoded: see checkTyped and decodeObject. */
  readonly config: KubeObject;
  readonly writer: Writer;
  readonly force: boolean;
  readonly shape: StructShape;
}

/**
 * Server-side apply: the object that results, managedFields included.
 * @throws ApiError 409 naming each field another manager owns, unless forced
 */
export function applyConfiguration({ live, config, writer, force, shape }: Application): KubeObject {
  const managers = managersOf(live);
  const isMe = (manager: Manager) =>
    manager.manager === writer.manager && manager.operation === 'Apply' && manager.subresource === writer.subresource;
  const others = managers.filter((manager) => !isMe(manager));
  const before = managers.find(isMe);
  const applied: FieldSet = new Set(ownable(config, shape).keys());

  let merged = mergeApplied(live ?? {}, config, shape) as KubeObject;
  const dropped = without(before?.fields ?? new Set<Path>(), union(applied, ...others.map((manager) => manager.fields)));
  // Deepest first, so that an item's own fields go before the item is looked for.
  for (const path of [...dropped].sort((a, b) => steps(b).length - steps(a).length))
    merged = (remove(merged, steps(path)) ?? {}) as KubeObject;
  merged.metadata = { ...merged.metadata, ...identity(live) };

  const { changed, removed } = compare(ownable(live, shape), ownable(merged, shape));
  const conflicts = others
    .map((manager) => ({ manager, fields: intersection(manager.fields, changed) }))
    .filter(({ fields }) => fields.size > 0);
  if (conflicts.length > 0 && !force) refuse(conflicts);
  const left = others.map((manager) => ({ ...manager, fields: without(manager.fields, union(changed, removed)) }));
  const entry: Manager = { ...writer, operation: 'Apply', fields: applied };
  merged.metadata.managedFields = encodeManagers([...left, entry]);
  return merged;
}

function identity(live: KubeObject | undefined): Partial<KubeObject['metadata']> {
  if (!live) return {};
  const { uid, creationTimestamp } = live.metadata;
  return { uid, creationTimestamp };
}
