import type { BlockSchema } from '../schema.js';
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
  if (Array.isArray(base) && Array.isArray(learnt) && base.length === learnt.length && learnt.every(isObject)) {
    return base.map((element, index) => mergeValue(element, learnt[index] ?? null));
  }
  return isObject(base) && isObject(learnt) ? merge(base, learnt) : learnt;
}

/**
 * A complete state object: exactly the schema's names, no unknowns, write-only values null. What nobody filled in becomes null (Terraform
 * itself stops a configuration that puts null into a string), an absent block an empty collection.
 */
export function settle(schema: BlockSchema, value: ValueObject): ValueObject {
  const settled: ValueObject = {};
  for (const [name, attribute] of Object.entries(schema.attributes))
    settled[name] = attribute.writeOnly ? null : known(value[name] ?? null);
  for (const [name, nested] of Object.entries(schema.blocks)) {
    const inner = value[name] ?? null;
    if (nested.nesting === 'single') settled[name] = isObject(inner) ? settle(nested.block, inner) : null;
    else settled[name] = Array.isArray(inner) ? inner.filter(isObject).map((element) => settle(nested.block, element)) : [];
  }
  return settled;
}

function known(value: Value): Value {
  if (isUnknown(value)) return null;
  if (Array.isArray(value)) return value.map(known);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, known(inner)])) : value;
}

/** Refresh: what was read replaces what was stored, except that empty and absent are the same thing. */
export function refresh(stored: ValueObject, read: ValueObject): ValueObject {
  const kept = Object.entries(read).filter(([name, value]) => !(isEmpty(value) && isEmpty(stored[name] ?? null)));
  return merge(stored, Object.fromEntries(kept));
}
