import { readFileSync } from 'node:fs';
import type { CustomVersion, ResourceType } from '../kinds.js';
import { apiVersionOf } from '../kinds.js';

/**
 * What a value looks like, as far as patches, ownership and strictness need to know.
 * `any` is a value nobody described: mappings in it merge key by key, lists are one piece.
 */
export type Shape =
  | { readonly is: 'any' }
  | { readonly is: 'scalar'; readonly type: string }
  | { readonly is: 'map'; readonly of: Shape; readonly atomic: boolean }
  | {
      readonly is: 'struct';
      /** As Go names it: `Deployment`, `PodSpec`. */
      readonly name: string;
      readonly atomic: boolean;
      /** Unknown fields are kept. */
      readonly open: boolean;
      /** A strategic patch of one field may say which others to keep. */
      readonly retainKeys: boolean;
      readonly fields: ReadonlyMap<string, Shape>;
    }
  | {
      readonly is: 'list';
      readonly of: Shape;
      /** How server-side apply shares it. */
      readonly mode: 'atomic' | 'set' | 'map';
      readonly keys: readonly string[];
      /** How a strategic patch merges it: not at all, as a set, or by a key. */
      readonly merge: { readonly key: string | undefined } | undefined;
      readonly retainKeys: boolean;
    };

export type StructShape = Extract<Shape, { is: 'struct' }>;
export type ListShape = Extract<Shape, { is: 'list' }>;

/** One field as types.json has it. */
export interface WireField {
  readonly json: string;
  readonly number: number;
  /** `string`, `v1.Container`, `[]v1.Container`, `map[]string`. */
  readonly type: string;
  readonly pointer: boolean;
  readonly omitEmpty: boolean;
  readonly inline: boolean;
  readonly flags: readonly string[];
}

const TYPES = JSON.parse(readFileSync(new URL('types.json', import.meta.url), 'utf8')) as Record<string, Record<string, string>>;

export const ANY: Shape = { is: 'any' };

const wire = new Map<string, WireField[]>();
const structs = new Map<string, StructShape>();

/** Fields of a message of a built-in kind, inlined structs not yet dissolved; undefined when there is no such message. */
export function wireFields(message: string): readonly WireField[] | undefined {
  const known = wire.get(message);
  if (known) return known;
  const declared = TYPES[message];
  if (!declared) return undefined;
  const fields = Object.entries(declared)
    .filter(([json]) => json !== '')
    .map(([json, text]) => {
      const [number = '0', type = '', ...flags] = text.split(' ');
      return {
        json,
        number: Number(number),
        type,
        flags,
        pointer: flags.includes('pointer'),
        omitEmpty: flags.includes('omitempty'),
        inline: flags.includes('inline'),
      };
    });
  wire.set(message, fields);
  return fields;
}

/** Scalar types of types.json; everything else names a message. */
const SCALARS = new Set([
  'string',
  'bool',
  'int32',
  'int64',
  'float64',
  'bytes',
  'time',
  'microtime',
  'duration',
  'quantity',
  'intOrString',
  'json',
]);

function structShape(message: string, atomic = false, retainKeys = false): StructShape {
  const plain = structs.get(message);
  if (plain) return atomic || retainKeys ? { ...plain, atomic: atomic || plain.atomic, retainKeys } : plain;
  const fields = new Map<string, Shape>();
  const shape: StructShape = {
    is: 'struct',
    name: message.slice(message.lastIndexOf('.') + 1),
    atomic: TYPES[message]?.[''] === 'atomic',
    open: false,
    retainKeys: false,
    fields,
  };
  // Known before its fields are, because some messages hold themselves.
  structs.set(message, shape);
  for (const field of wireFields(message) ?? []) {
    if (field.inline) for (const [name, inner] of structShape(field.type).fields) fields.set(name, inner);
    else fields.set(field.json, typeShape(field.type, field.flags));
  }
  return structShape(message, atomic, retainKeys);
}

function typeShape(type: string, flags: readonly string[]): Shape {
  const retainKeys = flags.includes('retainKeys');
  if (SCALARS.has(type)) return { is: 'scalar', type };
  if (type.startsWith('map[]')) return { is: 'map', of: typeShape(type.slice(5), []), atomic: flags.includes('atomic') };
  if (!type.startsWith('[]')) return structShape(type, flags.includes('atomic'), retainKeys);
  const [mode = 'atomic', keys] =
    flags
      .find((flag) => flag.startsWith('list='))
      ?.slice(5)
      .split(':') ?? [];
  const merge = flags.find((flag) => flag === 'merge' || flag.startsWith('merge='));
  return {
    is: 'list',
    of: typeShape(type.slice(2), []),
    mode: mode === 'map' || mode === 'set' ? mode : 'atomic',
    keys: keys?.split(',') ?? [],
    merge: merge === undefined ? undefined : { key: merge.slice(6) || undefined },
    retainKeys,
  };
}

/** Shape of a built-in kind by `apiVersion` and kind; undefined when types.json does not know it. */
export function builtInShape(apiVersion: string, kind: string): StructShape | undefined {
  const message = `${apiVersion}.${kind}`;
  return TYPES[message] ? structShape(message) : undefined;
}

type Schema = Record<string, unknown>;

function schemaShape(schema: Schema): Shape {
  const properties = schema['properties'] as Record<string, Schema> | undefined;
  const additional = schema['additionalProperties'] as Schema | boolean | undefined;
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['type'] === 'array') {
    const mode = schema['x-kubernetes-list-type'];
    return {
      is: 'list',
      of: schemaShape((schema['items'] as Schema | undefined) ?? {}),
      mode: mode === 'map' || mode === 'set' ? mode : 'atomic',
      keys: (schema['x-kubernetes-list-map-keys'] as string[] | undefined) ?? [],
      merge: undefined,
      retainKeys: false,
    };
  }
  if (typeof additional === 'object') return { is: 'map', of: schemaShape(additional), atomic };
  if (properties) {
    const fields = new Map(Object.entries(properties).map(([name, inner]) => [name, schemaShape(inner)]));
    if (schema['x-kubernetes-embedded-resource'] === true) for (const [name, shape] of envelope()) fields.set(name, shape);
    return { is: 'struct', name: '', atomic, open, retainKeys: false, fields };
  }
  if (schema['type'] === 'object' && !open && additional !== true)
    return { is: 'struct', name: '', atomic, open: false, retainKeys: false, fields: new Map() };
  return ANY;
}

function envelope(): [string, Shape][] {
  const text: Shape = { is: 'scalar', type: 'string' };
  return [
    ['apiVersion', text],
    ['kind', text],
    ['metadata', structShape('meta/v1.ObjectMeta')],
  ];
}

const custom = new WeakMap<CustomVersion, StructShape>();

function customShape(kind: string, version: CustomVersion): StructShape {
  const known = custom.get(version);
  if (known) return known;
  const body = version.schema ? schemaShape(version.schema) : ANY;
  const described = body.is === 'struct' ? body : undefined;
  const shape: StructShape = {
    is: 'struct',
    name: kind,
    atomic: false,
    open: described?.open ?? true,
    retainKeys: false,
    fields: new Map([...(described?.fields ?? []), ...envelope()]),
  };
  custom.set(version, shape);
  return shape;
}

/** Shape of any served kind in one of its versions. Built-in kinds nobody described are open. */
export function shapeOf(type: ResourceType, version: string): StructShape {
  const declared = type.custom?.get(version);
  if (declared) return customShape(type.kind, declared);
  return (
    builtInShape(apiVersionOf(type.group, version), type.kind) ?? {
      is: 'struct',
      name: type.kind,
      atomic: false,
      open: true,
      retainKeys: false,
      fields: new Map(envelope()),
    }
  );
}
