import { decode, encode, ExtData, ExtensionCodec } from '@msgpack/msgpack';

/** A value Terraform does not know yet. There is only one: what core knows about it (refinements) is dropped. */
export class Unknown {
  static readonly value = new Unknown();
  /** Sets it apart from every other class to the type checker. */
  readonly kind = 'unknown';
  private constructor() {}
}

/** A decoded cty value. Objects, maps and `single` blocks are records; lists, sets and tuples are arrays. */
export type Value = null | boolean | number | string | Unknown | Value[] | { [name: string]: Value };
export type ValueObject = Record<string, Value>;

const PLAIN_UNKNOWN = 0;
const REFINED_UNKNOWN = 12;

const codec = new ExtensionCodec();
codec.register({
  type: PLAIN_UNKNOWN,
  // A hook that returns null leaves the value to the ordinary encoder.
  encode: (value: unknown) => (value instanceof Unknown ? new Uint8Array([0]) : null),
  decode: () => Unknown.value,
});
codec.register({ type: REFINED_UNKNOWN, encode: () => null, decode: () => Unknown.value });

/** As it travels: `msgpack` from core at work, `json` where core has no schema at hand. */
export interface DynamicValue {
  readonly msgpack?: Uint8Array;
  readonly json?: Uint8Array;
}

/** Decodes a value; absent means null. */
export function fromWire(wire: DynamicValue | null | undefined): Value {
  if (wire?.msgpack && wire.msgpack.length > 0) return plain(decode(wire.msgpack, { extensionCodec: codec }));
  if (wire?.json && wire.json.length > 0) return JSON.parse(Buffer.from(wire.json).toString('utf8')) as Value;
  return null;
}

/** The same for values that must be an object (or null). */
export function objectFromWire(wire: DynamicValue | null | undefined): ValueObject | null {
  const value = fromWire(wire);
  if (value === null || isObject(value)) return value;
  throw new Error('expected an object value');
}

export function toWire(value: Value): DynamicValue {
  return { msgpack: encode(value, { extensionCodec: codec }) };
}

export function isObject(value: Value | undefined): value is ValueObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof Unknown;
}

/** Is anything inside unknown? */
export function hasUnknown(value: Value): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Deep equality; an unknown equals only an unknown. Order counts: compare sets with {@link sameSet}. */
export function equal(left: Value, right: Value): boolean {
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((item, index) => equal(item, right[index] ?? null));
  if (isObject(left)) {
    if (!isObject(right)) return false;
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...names].every((name) => equal(left[name] ?? null, right[name] ?? null));
  }
  return left === right;
}

/** Equality that ignores the order of `left` and `right`, for sets. */
export function sameSet(left: readonly Value[], right: readonly Value[]): boolean {
  if (left.length !== right.length) return false;
  const rest = [...right];
  return left.every((item) => {
    const found = rest.findIndex((other) => equal(item, other));
    if (found >= 0) rest.splice(found, 1);
    return found >= 0;
  });
}

/** cty sends numbers that fit no float as decimal strings and ext values nobody registered would pass silently: refuse the latter. */
function plain(value: unknown): Value {
  if (value instanceof ExtData) throw new Error(`msgpack extension ${value.type} is not part of cty`);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) throw new Error('a dynamically typed value arrived for a provider without such attributes');
  if (typeof value === 'object' && value !== null && !(value instanceof Unknown)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  }
  return value as Value;
}
