import type { AttributePath } from '../protocol.js';
import type { AttributeSchema, BlockSchema, CtyType, NestedBlockSchema } from '../schema.js';
import { equal, isObject, isUnknown, sameSet, Unknown, type Value, type ValueObject } from '../values.js';

export interface PlannedChange {
  readonly planned: ValueObject;
  /** Paths whose change makes Terraform destroy and create again. */
  readonly requiresReplace: AttributePath[];
}

type Steps = AttributePath['steps'];

/** What an apply of `config` will leave behind, as far as it is known. `prior` is null for a create. */
export function planChange(schema: BlockSchema, prior: ValueObject | null, config: ValueObject): PlannedChange {
  const planned = planBlock(schema, prior, config);
  return { planned, requiresReplace: prior ? replacements(schema, prior, planned, []) : [] };
}

/** Does the plan differ from what is there? Sets are compared without order. */
export function changes(schema: BlockSchema, prior: ValueObject, planned: ValueObject): boolean {
  return (
    Object.entries(schema.attributes).some(([name, attribute]) => !same(attribute.type, prior[name] ?? null, planned[name] ?? null)) ||
    Object.entries(schema.blocks).some(([name, nested]) => nestedChanges(nested, prior[name] ?? null, planned[name] ?? null))
  );
}

function planBlock(schema: BlockSchema, prior: ValueObject | null, config: ValueObject): ValueObject {
  const planned: ValueObject = {};
  for (const [name, attribute] of Object.entries(schema.attributes))
    planned[name] = planAttribute(name, attribute, prior, config[name] ?? null);
  for (const [name, nested] of Object.entries(schema.blocks))
    planned[name] = planNested(nested, prior, prior?.[name] ?? null, config[name] ?? null);
  return planned;
}

function planAttribute(name: string, attribute: AttributeSchema, prior: ValueObject | null, configured: Value): Value {
  // Core rejects a plan that carries a write-only value: it reaches the provider in `config` alone.
  if (attribute.writeOnly) return null;
  if (configured !== null) return name === 'location' ? normaliseLocation(configured) : adoptComputed(configured, prior?.[name] ?? null);
  if (attribute.default !== undefined) return attribute.default;
  if (attribute.computed) return prior ? (prior[name] ?? null) : Unknown.value;
  return null;
}

function planNested(nested: NestedBlockSchema, owner: ValueObject | null, prior: Value, configured: Value): Value {
  if (isUnknown(configured)) return configured;
  if (nested.nesting === 'single') return isObject(configured) ? planBlock(nested.block, isObject(prior) ? prior : null, configured) : null;
  const elements = objects(configured);
  if (elements.length === 0 && nested.computed) return owner ? prior : Unknown.value;
  const priorElements = objects(prior);
  return elements.map((element, index) => {
    const before = nested.nesting === 'list' ? priorElements[index] : priorElements.find((candidate) => agrees(element, candidate));
    return planBlock(nested.block, before ?? null, element);
  });
}

/** Azure regions are written without spaces and capitals in state, however the user spells them. */
function normaliseLocation(location: Value): Value {
  return typeof location === 'string' ? location.replaceAll(' ', '').toLowerCase() : location;
}

/** Nested objects given as an attribute keep what the provider had filled in, unless the configuration says otherwise. */
function adoptComputed(configured: Value, prior: Value): Value {
  if (!Array.isArray(configured) || !Array.isArray(prior)) return configured;
  return configured.map((element) =>
    isObject(element) ? (objects(prior).find((candidate) => agrees(element, candidate)) ?? element) : element,
  );
}

/** Is everything that `element` says also so in `candidate`? */
function agrees(element: ValueObject, candidate: ValueObject): boolean {
  return Object.entries(element).every(([name, value]) => {
    const other = candidate[name] ?? null;
    if (value === null) return true;
    if (!Array.isArray(value) || !Array.isArray(other)) return equal(value, other);
    return (
      value.length === other.length &&
      value.every((item) => other.some((match) => (isObject(item) && isObject(match) ? agrees(item, match) : equal(item, match))))
    );
  });
}

function replacements(schema: BlockSchema, prior: ValueObject, planned: ValueObject, path: Steps): AttributePath[] {
  const found: AttributePath[] = [];
  for (const [name, attribute] of Object.entries(schema.attributes)) {
    if (attribute.forceNew && !same(attribute.type, prior[name] ?? null, planned[name] ?? null))
      found.push({ steps: [...path, { attribute_name: name }] });
  }
  for (const [name, nested] of Object.entries(schema.blocks)) {
    found.push(...nestedReplacements(nested, prior[name] ?? null, planned[name] ?? null, [...path, { attribute_name: name }]));
  }
  return found;
}

function nestedReplacements(nested: NestedBlockSchema, prior: Value, planned: Value, path: Steps): AttributePath[] {
  if (isUnknown(planned)) return nested.forceNew ? [{ steps: path }] : [];
  const [before, after] = [objects(prior), objects(planned)];
  if (nested.nesting === 'set') {
    // Elements of a set have no index to point at: the set itself is named.
    return (nested.forceNew || hasForceNew(nested.block)) && nestedChanges(nested, prior, planned) ? [{ steps: path }] : [];
  }
  if (nested.forceNew && before.length !== after.length) return [{ steps: path }];
  return after.flatMap((element, index) => {
    const old = before[index];
    return old ? replacements(nested.block, old, element, nested.nesting === 'list' ? [...path, { element_key_int: index }] : path) : [];
  });
}

function hasForceNew(block: BlockSchema): boolean {
  return (
    Object.values(block.attributes).some((attribute) => attribute.forceNew) ||
    Object.values(block.blocks).some((nested) => hasForceNew(nested.block))
  );
}

function nestedChanges(nested: NestedBlockSchema, prior: Value, planned: Value): boolean {
  if (isUnknown(planned)) return true;
  const [before, after] = [objects(prior), objects(planned)];
  if (before.length !== after.length) return true;
  return after.some((element, index) => {
    const others = nested.nesting === 'set' ? before : [before[index] ?? {}];
    return others.every((other) => changes(nested.block, other, element));
  });
}

/** Terraform's older provider SDK, which azurerm is built on, sees no difference between null and an empty collection or string. */
function same(type: CtyType, left: Value, right: Value): boolean {
  if (isEmpty(left) && isEmpty(right)) return true;
  if (Array.isArray(type) && type[0] === 'set' && Array.isArray(left) && Array.isArray(right)) return sameSet(left, right);
  return equal(left, right);
}

export function isEmpty(value: Value): boolean {
  return (
    value === null || value === '' || (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0)
  );
}

function objects(value: Value): ValueObject[] {
  if (isObject(value)) return [value];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
