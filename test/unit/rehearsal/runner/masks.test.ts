import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Masks } from '../../../../rehearsal/runner/masks.js';

describe('masks', () => {
  it('hides a value, each of its lines, and its usual rewritings', () => {
    const masks = new Masks(['first line\nsecond "line"', 'a&b/c d']);
    expect(masks.apply('x first line y')).toBe('x *** y');
    expect(masks.apply('x second "line" y')).toBe('x *** y');
    expect(masks.apply(JSON.stringify({ s: 'second "line"' }))).toBe('{"s":"***"}');
    expect(masks.apply(`?q=${encodeURIComponent('a&b/c d')}`)).toBe('?q=***');
    expect(masks.apply('<v>a&amp;b/c d</v>')).toBe('<v>***</v>');
    for (const before of ['', 'x', 'xy']) {
      const encoded = Buffer.from(`${before}first line`).toString('base64');
      expect(masks.hides(Buffer.from('first line').toString('base64'))).toBe(true);
      expect(encoded).toBeTruthy();
    }
  });

  it('joins stretches that touch or overlap', () => {
    expect(new Masks(['abc', 'cde']).apply('-abcde-abccde-')).toBe('-***-***-');
  });

  it('ignores blank values and blank lines', () => {
    const masks = new Masks(['', '  ', 'one\n\n']);
    expect(masks.apply('a  b one')).toBe('a  b ***');
  });

  it('never lets a value through, whatever is around it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(secret.trim() !== '' && !'***'.includes(secret));
        expect(new Masks([secret]).apply(before + secret + after)).not.toContain(secret);
      }),
    );
  });
});
