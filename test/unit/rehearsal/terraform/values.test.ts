import { decode, encode, ExtData } from '@msgpack/msgpack';
import { describe, expect, it } from '@jest/globals';
import {
  equal,
  fromWire,
  hasUnknown,
  isUnknown,
  objectFromWire,
  sameSet,
  toWire,
  Unknown,
  type Value,
} from '../../../../rehearsal/terraform/values.js';

describe('values on the wire', () => {
  it('come back as they went', () => {
    const value: Value = { name: 'a', count: 3, on: true, none: null, list: ['x', Unknown.value], map: { k: Unknown.value } };
    expect(fromWire(toWire(value))).toEqual(value);
  });

  it('write unknown as extension 0, as core expects', () => {
    const { msgpack } = toWire(Unknown.value);
    expect([...(msgpack ?? [])]).toEqual([0xd4, 0, 0]);
    expect(decode(msgpack ?? [])).toBeInstanceOf(ExtData);
  });

  it('read refined unknowns (extension 12) as plain unknowns', () => {
    const refined = encode({ id: new ExtData(12, new Uint8Array([0x81, 0x01, 0xc2])) });
    expect(isUnknown(objectFromWire({ msgpack: refined })?.id)).toBe(true);
  });

  it('read stored state from JSON and nothing as null', () => {
    expect(objectFromWire({ json: Buffer.from('{"a":[1]}') })).toEqual({ a: [1] });
    expect(fromWire(undefined)).toBeNull();
    expect(fromWire({ msgpack: new Uint8Array() })).toBeNull();
  });

  it('refuse what no azurerm schema can produce', () => {
    expect(() => fromWire({ msgpack: encode(new ExtData(7, new Uint8Array([1]))) })).toThrow('extension 7');
    expect(() => fromWire({ msgpack: encode([new Uint8Array([34]), 'x']) })).toThrow('dynamically typed');
    expect(() => objectFromWire({ json: Buffer.from('[]') })).toThrow('expected an object');
  });
});

describe('comparison', () => {
  it('ignores the order of sets only', () => {
    expect(equal(['a', 'b'], ['b', 'a'])).toBe(false);
    expect(sameSet(['a', { n: 1 }], [{ n: 1 }, 'a'])).toBe(true);
    expect(sameSet(['a', 'a'], ['a', 'b'])).toBe(false);
  });

  it('treats a missing member as null and an unknown as itself', () => {
    expect(equal({ a: null, b: 1 }, { b: 1 })).toBe(true);
    expect(equal(Unknown.value, Unknown.value)).toBe(true);
    expect(equal(Unknown.value, 'x')).toBe(false);
    expect(hasUnknown([{ a: Unknown.value }])).toBe(true);
    expect(hasUnknown({ a: ['x'] })).toBe(false);
  });
});
