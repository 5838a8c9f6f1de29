import type { BlockSchema, CtyType } from '../schema.js';
import { isObject, isUnknown, type Value, type ValueObject } from '../values.js';
import { isEmpty } from './plan.js';

/**
 * Lays what the provider learnt (`learnt`) over a planned or stored object. Lists of objects are merged element by element when the
 * lengths agree, so that a binding can fill in `identity[0].principal_id` alone.
 */
export function merge(base: ValueObject, learnt: ValueObject): ValueObject {
  const merged: ValueObject = { ...base };
  for (const [name, value] of Object.entries(learnt)) merged[name] = mergeValue(base[name] ?? null, value);
  return merged;
}

function mergeValue(base: Value, learnt: Value): Value {
  // Only objects in lists are blocks; a map that was learnt is the whole map.
  if (!Array.isArray(base) || !Array.isArray(learnt) || base.length !== learnt.length) return learnt;
  return learnt.map((element, index) => {
    const before = base[index];
    return isObject(element) && isObject(before) ? merge(before, element) : element;
  });
}

/**
 * A complete state object: exactly the schema's names, no unknowns, write-only values null. What nobody filled in becomes null (Terraform
 * itself stops a configuration that puts null into a string), an absent block an empty collection.
 */
export function settle(schema: BlockSchema, value: ValueObject): ValueObject {
  const settled: ValueObject = {};
  for (const [name, attribute] of Object.entries(schema.attributes))
    settled[name] = attribute.writeOnly ? null : conform(attribute.type, value[name] ?? null);
  for (const [name, nested] of Object.entries(schema.blocks)) {
    const inner = value[name] ?? null;
    if (nested.nesting === 'single') settled[name] = isObject(inner) ? settle(nested.block, inner) : null;
    else settled[name] = Array.isArray(inner) ? inner.filter(isObject).map((element) => settle(nested.block, element)) : [];
  }
  return settled;
}

/** `value` without unknowns, and with objects that have exactly the members of their type. */
function conform(type: CtyType, value: Value): Value {
  if (value === null || isUnknown(value)) return null;
  if (typeof type === 'string') return value;
  const [kind, inner] = type;
  if (kind === 'object') return isObject(value) ? mapValues(inner, (member, name) => conform(member, value[name] ?? null)) : null;
  if (kind === 'map') return isObject(value) ? mapValues(value, (element) => conform(inner, element)) : null;
  return Array.isArray(value) ? value.map((element) => conform(inner, element)) : null;
}

function mapValues<Item>(record: Readonly<Record<string, Item>>, change: (item: Item, name: string) => Value): ValueObject {
  return Object.fromEntries(Object.entries(record).map(([name, item]) => [name, change(item, name)]));
}

/** Refresh: what was read replaces what was stored, except that empty and absent are the same thing. */
export function refresh(stored: ValueObject, read: ValueObject): ValueObject {
  const kept = Object.entries(read).filter(([name, value]) => !(isEmpty(value) && isEmpty(stored[name] ?? null)));
  return merge(stored, Object.fromEntries(kept));
}
