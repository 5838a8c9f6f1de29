import { describe, expect, it } from '@jest/globals';
import { namedTests, trapsDocument, trapsPage } from '../../../scripts/traps.js';

const TRAPS = {
  T001: { title: 'First' },
  T002: { title: 'Second', cannotApply: 'There is none.' },
  T009: { title: 'Last' },
};
const named = (...names: string[]) => names.map((name) => ({ file: 'a.test.ts', name }));

describe('names of tests', () => {
  it('are read from blocks, tables of rows and modifiers, and not from other text', () => {
    const text = `
      // T003 in a comment
      describe('outer', () => {
        it('T001: plain', () => { expect('T003').toBe('T003'); });
        it.each([['T003']])('of %s (T009)', () => {});
        describe.each([1])("inner", () => { test.only('x', () => {}); });
        waiting('T003', () => {});
      });`;
    expect(namedTests('a.test.ts', text).map(({ name }) => name)).toEqual([
      'outer',
      'outer › T001: plain',
      'outer › of %s (T009)',
      'outer › inner',
      'outer › inner › x',
    ]);
  });

  it('are read from Terraform runs', () => {
    const text = 'run "t001_t009_one" {\n}\n# run "t003_not_this"\n  run "nor_this" {}\nrun "two" {\n}\n';
    expect(namedTests('a.tftest.hcl', text)).toEqual([
      { file: 'a.tftest.hcl', name: 't001_t009_one' },
      { file: 'a.tftest.hcl', name: 'two' },
    ]);
  });
});

describe('the page of traps', () => {
  it('says what holds each, why one has no place, and what is open', () => {
    const page = trapsPage(TRAPS, [
      ...named('T001: `a` | b', 'block › T001', 'T0011 and XT009 and T190'),
      { file: 'b.hcl', name: 't001_c' },
    ]);
    expect(page).toContain('3 traps: 1 held by tests, 1 that cannot apply, 1 open.');
    expect(page).toMatch(/\| T001 +\| First +\| `a\.test\.ts`: `T001: 'a' \\\| b`, `block › T001`<br>`b\.hcl`: `t001_c` +\|/);
    expect(page).toMatch(/\| T002 +\| Second +\| Cannot apply\. There is none\. +\|/);
    expect(page).toMatch(/\| T009 +\| Last +\| \*\*open\*\* +\|/);
  });

  it('does not credit a test with the number of its block', () => {
    expect(trapsPage(TRAPS, named('T001', 'T001 › x'))).not.toContain('› x');
  });

  it('is refused when a test names an unknown trap or one without a place, all at once', () => {
    expect(() => trapsPage(TRAPS, named('T001', 'T002: here', 'T003: new'))).toThrow(
      'T002 is said to have no place here, but a.test.ts (T002: here) names it\na.test.ts (T003: new) names T003',
    );
  });

  it('of this repository can be made', async () => {
    const page = await trapsDocument('.');
    expect(page).toMatch(/\| T001 +\|.*`terraform\/tests\/refusals\.deployment\.tftest\.hcl`/);
    expect(page).toMatch(/\| T165 +\|/);
  });
});
