import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, describeAmount, millicores, parseQuantity } from '../../../src/capacity/quantity.js';

describe('quantity', () => {
  it.each([
    ['500m', 0.5],
    ['2', 2],
    [2, 2],
    [0.2, 0.2],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['1E3', 1000],
    ['2E', 2e18],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1000Mi', 1000 * 2 ** 20],
    ['4k', 4000],
    ['100u', 1e-4],
  ])('%p is %p', (quantity, expected) => {
    expect(parseQuantity(quantity)).toBeCloseTo(expected, 9);
  });

  it.each(['', 'x', '1 Gi', '-1', '1gi', '1e', undefined, null, {}, true])('%p is none', (quantity) => {
    expect(parseQuantity(quantity)).toBeUndefined();
    expect(millicores(quantity)).toBeUndefined();
    expect(bytes(quantity)).toBeUndefined();
  });

  it('rounds up to whole millicores and bytes, and only real fractions', () => {
    expect([millicores('100u'), millicores('1.0005'), millicores('0.3'), millicores(1.1)]).toEqual([1, 1001, 300, 1100]);
    expect([bytes('1m'), bytes('64Mi')]).toEqual([1, 67_108_864]);
  });

  it('any whole number of millicores is read back', () => {
    fc.assert(fc.property(fc.nat(10_000_000), (value) => millicores(`${value}m`) === value && millicores(value / 1000) === value));
  });

  it('describes an amount', () => {
    expect(describeAmount({ cpu: 13_700, memory: 32 * 2 ** 30 })).toBe('13.7 CPU, 32 GiB');
    expect(describeAmount({ cpu: 25, memory: 576 * 2 ** 20 })).toBe('0.03 CPU, 0.56 GiB');
  });
});
