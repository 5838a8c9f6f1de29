import type { KubeObject } from '../api.js';
import type { Cause } from '../errors.js';
import { copy, same } from '../json.js';
import { groupVersion, type ResourceType } from '../kinds.js';
import { isTree, type Tree } from './tree.js';

type Schema = Tree;

function schemaOf(type: ResourceType, object: KubeObject): Schema | undefined {
  return type.custom?.get(groupVersion(object.apiVersion).version)?.schema;
}

function properties(schema: Schema): [string, Schema][] {
  return isTree(schema['properties'])
    ? Object.entries(schema['properties']).filter((entry): entry is [string, Schema] => isTree(entry[1]))
    : [];
}

function fillDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value) && isTree(schema['items'])) for (const item of value) fillDefaults(item, schema['items']);
  if (!isTree(value)) return;
  for (const [name, inner] of properties(schema)) {
    const nullable = inner['nullable'] === true;
    if (inner['default'] !== undefined && (value[name] === undefined || (value[name] === null && !nullable)))
      value[name] = copy(inner['default']);
    fillDefaults(value[name], inner);
  }
  const additional = schema['additionalProperties'];
  if (isTree(additional)) for (const inner of Object.values(value)) fillDefaults(inner, additional);
}

/** Writes the defaults of a custom resource's schema into the object. */
export function defaultCustom(type: ResourceType, object: KubeObject): void {
  const schema = schemaOf(type, object);
  if (schema) fillDefaults(object, schema);
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value;
}

function fitsType(value: unknown, schema: Schema): boolean {
  const found = jsonType(value);
  if (schema['x-kubernetes-int-or-string'] === true) return found === 'integer' || found === 'string';
  return schema['type'] === undefined || found === schema['type'] || (found === 'integer' && schema['type'] === 'number');
}

function wrong(field: string, value: unknown, why: string): Cause {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${field} in body ${why}` };
}

function scalarCauses(value: unknown, schema: Schema, field: string): Cause[] {
  const causes: Cause[] = [];
  const options = schema['enum'];
  if (Array.isArray(options) && !options.some((option) => same(option, value))) {
    const supported = options.map((option) => JSON.stringify(option)).join(', ');
    causes.push({
      field,
      reason: 'FieldValueInvalid',
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
    });
  }
  if (typeof value === 'string') {
    const { pattern, minLength, maxLength } = schema;
    if (typeof pattern === 'string' && !new RegExp(pattern).test(value)) causes.push(wrong(field, value, `should match '${pattern}'`));
    if (typeof minLength === 'number' && value.length < minLength)
      causes.push(wrong(field, value, `should be at least ${minLength} chars long`));
    if (typeof maxLength === 'number' && value.length > maxLength)
      causes.push({ field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxLength} bytes` });
  }
  if (typeof value === 'number') {
    const { minimum, maximum } = schema;
    if (typeof minimum === 'number' && value < minimum) causes.push(wrong(field, value, `should be greater than or equal to ${minimum}`));
    if (typeof maximum === 'number' && value > maximum) causes.push(wrong(field, value, `should be less than or equal to ${maximum}`));
  }
  return causes;
}

function causesOf(value: unknown, schema: Schema, field: string): Cause[] {
  if (value === undefined || (value === null && schema['nullable'] === true)) return [];
  if (!fitsType(value, schema)) {
    return [
      {
        field,
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(jsonType(value))}: ${field} in body must be of type ${String(schema['type'])}: ${JSON.stringify(jsonType(value))}`,
      },
    ];
  }
  const below = (name: string) => (field === '' ? name : `${field}.${name}`);
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isTree(items) ? value.flatMap((item, index) => causesOf(item, items, `${field}[${index}]`)) : [];
  }
  if (!isTree(value)) return scalarCauses(value, schema, field);
  const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
  const additional = schema['additionalProperties'];
  return [
    ...required
      .filter((name) => value[name] === undefined)
      .map((name): Cause => ({ field: below(name), reason: 'FieldValueRequired', message: 'Required value' })),
    ...properties(schema).flatMap(([name, inner]) => causesOf(value[name], inner, below(name))),
    ...(isTree(additional) ? Object.entries(value).flatMap(([name, inner]) => causesOf(inner, additional, below(name))) : []),
  ];
}

/** What a custom resource gets wrong by its schema: types, required fields, enumerations, lengths and bounds. CEL rules are not run. */
export function customCauses(type: ResourceType, object: KubeObject): Cause[] {
  const schema = schemaOf(type, object);
  if (!schema) return [];
  const { metadata: _metadata, ...rest } = object;
  return causesOf(
    rest,
    { ...schema, required: ((schema['required'] as string[] | undefined) ?? []).filter((name) => name !== 'metadata') },
    '',
  );
}
