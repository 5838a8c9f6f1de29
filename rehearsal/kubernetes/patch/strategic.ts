import { isTree, type Tree } from '../admission/tree.js';
import { badRequest } from '../errors.js';
import { ANY, type ListShape, type Shape } from '../schema/shapes.js';
import { interleave } from './order.js';
import { copy, same } from '../json.js';

const DIRECTIVE = '$patch';
const RETAIN = '$retainKeys';
const DELETE_PREFIX = '$deleteFromPrimitiveList/';
const ORDER_PREFIX = '$setElementOrder/';

function inner(shape: Shape, key: string): Shape {
  if (shape.is === 'struct') return shape.fields.get(key) ?? ANY;
  return shape.is === 'map' ? shape.of : ANY;
}

function isDirective(key: string): boolean {
  return key === DIRECTIVE || key === RETAIN || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX);
}

/** Two items are the same when their merge key is, or, in lists without one, when they are equal. */
function sameItem(mergeKey: string | undefined): (a: unknown, b: unknown) => boolean {
  return (a, b) => (mergeKey === undefined ? same(a, b) : isTree(a) && isTree(b) && same(a[mergeKey], b[mergeKey]));
}

function ordered(
  items: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  alike: (a: unknown, b: unknown) => boolean,
): unknown[] {
  const position = (list: readonly unknown[], item: unknown) => list.findIndex((candidate) => alike(candidate, item));
  const byOrder = (list: readonly unknown[]) => (a: unknown, b: unknown) => position(list, a) - position(list, b);
  const asked = items.filter((item) => position(order, item) >= 0).sort(byOrder(order));
  const kept = items.filter((item) => position(order, item) < 0).sort(byOrder(before));
  return interleave(kept, asked, (item) => position(before, item));
}

function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  shape: ListShape,
  order: readonly unknown[] | undefined,
): unknown[] {
  const key = shape.merge?.key;
  const alike = sameItem(key);
  if (patch.some((item) => isTree(item) && item[DIRECTIVE] === 'replace'))
    return patch.filter((item) => !(isTree(item) && item[DIRECTIVE] === 'replace')).map((item) => copy(item));
  if (key !== undefined)
    for (const item of patch)
      if (!isTree(item) || item[key] === undefined)
        throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);

  const removed = patch.filter((item) => isTree(item) && item[DIRECTIVE] === 'delete');
  const wanted = patch.filter((item) => !removed.includes(item));
  const merged = original.filter((item) => !removed.some((gone) => alike(gone, item))).map((item) => copy(item));
  for (const item of wanted) {
    const index = merged.findIndex((candidate) => alike(candidate, item));
    if (index < 0) merged.push(isTree(item) ? strategicMerge({}, item, shape.of) : item);
    else if (isTree(item)) merged[index] = strategicMerge(merged[index] as Tree, item, shape.of);
  }
  return ordered(merged, order ?? wanted, original, alike);
}

/**
 * A strategic merge patch: lists with a merge key merge item by item, `$` keys direct the rest.
 * @param shape what `original` is; unknown parts merge like JSON merge patches
 * @throws ApiError 400 when an item lacks its merge key or a directive is unknown
 */
export function strategicMerge(original: Tree, patch: Tree, shape: Shape): Tree {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') return Object.fromEntries(Object.entries(patch).filter(([key]) => key !== DIRECTIVE));
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw badRequest(`unknown patch type: ${JSON.stringify(directive)}`);

  const merged: Tree = { ...original };
  const retain = patch[RETAIN];
  if (Array.isArray(retain)) for (const key of Object.keys(merged)) if (!retain.includes(key)) delete merged[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_PREFIX)) removeFrom(merged, key.slice(DELETE_PREFIX.length), value);
    if (isDirective(key)) continue;
    if (value === null) delete merged[key];
    else merged[key] = mergeValue(merged[key], value, inner(shape, key), patch[ORDER_PREFIX + key]);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER_PREFIX)) continue;
    const field = key.slice(ORDER_PREFIX.length);
    if (patch[field] === undefined) reorder(merged, field, order, inner(shape, field));
  }
  return merged;
}

function mergeValue(original: unknown, value: unknown, shape: Shape, order: unknown): unknown {
  if (isTree(value)) return strategicMerge(isTree(original) ? original : {}, value, shape);
  if (!Array.isArray(value) || shape.is !== 'list' || !shape.merge) return copy(value);
  return mergeList(
    Array.isArray(original) ? (original as unknown[]) : [],
    value,
    shape,
    Array.isArray(order) ? (order as unknown[]) : undefined,
  );
}

function removeFrom(target: Tree, field: string, values: unknown): void {
  const list = target[field];
  if (Array.isArray(list) && Array.isArray(values)) target[field] = list.filter((item) => !values.includes(item));
}

/** An order may come without any change to the items themselves. */
function reorder(target: Tree, field: string, order: unknown, shape: Shape): void {
  const list = target[field];
  if (!Array.isArray(list) || !Array.isArray(order) || shape.is !== 'list') return;
  target[field] = ordered(list, order, list, sameItem(shape.merge?.key));
}
