import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attributeChanges, HIDDEN, leavesOf } from '../../../src/review/leaves.js';

const texts = (value: unknown, marks = {}): Record<string, string> =>
  Object.fromEntries([...leavesOf(value, marks)].map(([path, leaf]) => [path, leaf.text]));

describe('leaves', () => {
  it('a value is its attributes; null is none', () => {
    expect(texts({ a: { b: [1, 'x'] }, c: null, d: {}, e: [], 'k8s.io/x': true })).toEqual({
      'a.b[0]': '1',
      'a.b[1]': '"x"',
      d: '{}',
      e: '[]',
      '"k8s.io/x"': 'true',
    });
  });

  it('items with names are told apart by them, so their order does not matter; other lists keep theirs', () => {
    const env = (...items: { name: string; value: string }[]): unknown => ({ env: items });
    const [a, b] = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    expect(texts(env(a, b))).toEqual(texts(env(b, a)));
    expect(Object.keys(texts(env(a, b)))).toContain('env["A"].value');
    expect(texts({ args: ['x', 'y'] })).not.toEqual(texts({ args: ['y', 'x'] }));
    // The same name twice would hide one of the two.
    expect(Object.keys(texts(env(a, a)))).toEqual(['env[0].name', 'env[0].value', 'env[1].name', 'env[1].value']);
  });

  it('what is unknown is there, also where the value leaves it out', () => {
    const leaves = leavesOf({ name: 'a' }, { unknown: { id: true, list: [{ x: true }], name: false } });
    expect([...leaves].map(([path, { unknown }]) => [path, unknown])).toEqual([
      ['name', false],
      ['id', true],
      ['list[0].x', true],
    ]);
  });

  it('sensitive values are compared and never shown, whichever side says so', () => {
    const before = leavesOf({ password: 'old', data: { a: 'secret-a' } }, { sensitive: { data: { a: true } } });
    const after = leavesOf({ password: 'new', data: { a: 'secret-b' } }, { sensitive: { password: true, data: { a: true } } });
    const changes = attributeChanges(before, after);
    expect(changes).toEqual([
      { path: 'data.a', before: HIDDEN, after: HIDDEN },
      { path: 'password', before: HIDDEN, after: HIDDEN },
    ]);
    expect(JSON.stringify(changes)).not.toMatch(/old|new|secret/);
  });

  it('long texts are shortened, and two that begin alike still differ', () => {
    const [change] = attributeChanges(leavesOf({ a: `${'x'.repeat(500)}1` }), leavesOf({ a: `${'x'.repeat(500)}2` }));
    expect(change?.after).toMatch(/^"x{159}… \(503 characters\)$/);
  });

  it('a value is told from its copy only by what was changed in it', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => attributeChanges(leavesOf(value), leavesOf(structuredClone(value))).length === 0));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.integer(), (value, key, number) => {
        fc.pre(JSON.stringify(value[key]) !== String(number));
        return attributeChanges(leavesOf(value), leavesOf({ ...value, [key]: number })).length > 0;
      }),
    );
  });
});
