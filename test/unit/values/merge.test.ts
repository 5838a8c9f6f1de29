import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonical, merge, nest, type Tree } from '../../../src/values/merge.js';

const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; value: unknown }>((tie) => ({
  tree: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.array(fc.integer(), { maxLength: 2 }), tie('tree')),
})).tree;

describe('merge', () => {
  it('lets the later layer win, key by key', () => {
    expect(merge({ a: { b: 1, c: 2 } }, { a: { c: 3 } })).toEqual({ a: { b: 1, c: 3 } });
  });

  it('replaces arrays whole', () => {
    expect(merge({ a: [1, 2] }, { a: [3] })).toEqual({ a: [3] });
  });

  it('is associative, keeps the last layer as it is, and leaves its arguments alone', () => {
    fc.assert(
      fc.property(tree, tree, tree, (a, b, c) => {
        const before = canonical([a, b, c]);
        expect(merge(merge(a, b), c)).toEqual(merge(a, b, c));
        expect(merge(a, a)).toEqual(a);
        expect(canonical([a, b, c])).toBe(before);
      }),
    );
  });

  it('nests dotted paths', () => {
    expect(nest({ 'a.b': 1, 'a.c': false })).toEqual({ a: { b: 1, c: false } });
  });

  it('writes equal values as equal text whatever the order of keys', () => {
    expect(canonical({ b: [{ d: 1, c: 2 }], a: 1 })).toBe(canonical({ a: 1, b: [{ c: 2, d: 1 }] }));
    expect(canonical({ a: [1, 2] })).not.toBe(canonical({ a: [2, 1] }));
  });
});
