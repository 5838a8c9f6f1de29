import { Reader } from 'protobufjs/minimal.js';
import type { Tree } from '../admission/tree.js';
import { badRequest } from '../errors.js';
import { wireFields, type WireField } from './shapes.js';

/** Kubernetes puts this in front of every protobuf body. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

type Visit = (number: number, reader: Reader, wireType: number) => void;

/** Walks one message; `visit` must read or skip the value. */
function walk(bytes: Uint8Array, visit: Visit): void {
  const reader = Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    visit(tag >>> 3, reader, tag & 7);
  }
}

/** The numbered byte fields of a small message: enough for envelopes and map entries. */
function parts(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  walk(bytes, (number, reader, wireType) => {
    if (wireType === 2) found.set(number, reader.bytes());
    else reader.skipType(wireType);
  });
  return found;
}

/** The varint fields of a small message. */
function numbers(bytes: Uint8Array): Map<number, number> {
  const found = new Map<number, number>();
  walk(bytes, (number, reader, wireType) => {
    if (wireType === 0) found.set(number, Number(reader.int64()));
    else reader.skipType(wireType);
  });
  return found;
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

function timestamp(bytes: Uint8Array, micros: boolean): string | undefined {
  const found = numbers(bytes);
  const seconds = found.get(1);
  // Go's zero time stands for "no time".
  if (seconds === undefined || seconds < 0) return undefined;
  const base = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micros ? `${base}.${String(Math.floor((found.get(2) ?? 0) / 1000)).padStart(6, '0')}Z` : `${base}Z`;
}

/** Types that are a message on the wire but a scalar, or anything at all, in JSON. */
function special(type: string, bytes: Uint8Array): unknown {
  switch (type) {
    case 'time':
      return timestamp(bytes, false);
    case 'microtime':
      return timestamp(bytes, true);
    case 'duration':
      return `${(numbers(bytes).get(1) ?? 0) / 1e9}s`;
    case 'quantity':
      return text(parts(bytes).get(1));
    case 'intOrString':
      return (numbers(bytes).get(1) ?? 0) === 0 ? (numbers(bytes).get(2) ?? 0) : text(parts(bytes).get(3));
    case 'json':
      return JSON.parse(text(parts(bytes).get(1)) || 'null');
    default:
      return message(bytes, type);
  }
}

function single(reader: Reader, wireType: number, type: string): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'int32':
    case 'int64':
      return Number(reader.int64());
    case 'float64':
      return reader.double();
    default:
      if (wireType !== 2) throw badRequest(`protobuf: a message was expected for ${type}, wire type ${wireType} found`);
      return special(type, reader.bytes());
  }
}

function mapEntry(bytes: Uint8Array, type: string): [string, unknown] {
  let key = '';
  let value: unknown = type === 'string' || type === 'bytes' ? '' : undefined;
  walk(bytes, (number, reader, wireType) => {
    if (number === 1) key = reader.string();
    else value = single(reader, wireType, type);
  });
  return [key, value];
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false || value === undefined;
}

function put(target: Tree, field: WireField, reader: Reader, wireType: number): void {
  if (field.type.startsWith('map[]')) {
    const [key, value] = mapEntry(reader.bytes(), field.type.slice(5));
    (target[field.json] ??= {}) as Tree;
    (target[field.json] as Tree)[key] = value;
  } else if (field.type.startsWith('[]')) {
    const items = (target[field.json] ??= []) as unknown[];
    items.push(single(reader, wireType, field.type.slice(2)));
  } else {
    const value = single(reader, wireType, field.type);
    if (field.inline) Object.assign(target, value);
    // Go writes zero values of plain fields to the wire and leaves them out of JSON.
    else if (value !== undefined && (field.pointer || !field.omitEmpty || !isZero(value))) target[field.json] = value;
  }
}

function message(bytes: Uint8Array, name: string): Tree {
  const fields = wireFields(name);
  if (!fields) throw badRequest(`protobuf: the message ${name} is not modelled; see rehearsal/kubernetes/schema/generate.ts`);
  const target: Tree = {};
  walk(bytes, (number, reader, wireType) => {
    const field = fields.find((candidate) => candidate.number === number);
    if (field) put(target, field, reader, wireType);
    else reader.skipType(wireType);
  });
  return target;
}

/**
 * A body of type application/vnd.kubernetes.protobuf as the JSON object it stands for, apiVersion and kind included.
 * @throws ApiError 400 when it is not one, or of a kind nobody modelled
 */
export function decodeProtobuf(body: Buffer): Tree {
  if (!body.subarray(0, 4).equals(MAGIC))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const envelope = parts(body.subarray(4));
  const typeMeta = parts(envelope.get(1) ?? new Uint8Array());
  const apiVersion = text(typeMeta.get(1));
  const kind = text(typeMeta.get(2));
  // Options are sent under the group of the resource they are for.
  const name = kind === 'DeleteOptions' ? 'meta/v1.DeleteOptions' : `${apiVersion}.${kind}`;
  return { apiVersion, kind, ...message(envelope.get(2) ?? new Uint8Array(), name) };
}
