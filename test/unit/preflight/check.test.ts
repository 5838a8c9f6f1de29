import { describe, expect, it } from '@jest/globals';
import { DeployError } from '../../../src/errors.js';
import { blocker, describeChecks, inOrder, ok, unknown, warning } from '../../../src/preflight/check.js';
import { demandNoBlocker } from '../../../src/preflight/preflight.js';

const CHECKS = [
  ok('a', 'fine'),
  blocker('b', 'x', 'do this'),
  unknown('c', 'why'),
  blocker('d', 'y', 'do that'),
  warning('e', 'z', 'maybe'),
  blocker('f', 'w', 'do this'),
];

describe('checks', () => {
  it('T138: stand blockers first, those with one remedy together', () => {
    expect(inOrder(CHECKS).map(({ check }) => check)).toEqual(['b', 'f', 'd', 'e', 'c', 'a']);
    expect(describeChecks(CHECKS)).toBe('3 blockers, 1 warning, 1 unknown, 1 ok');
  });

  it('T138: fail the run only for blockers, each remedy said once', () => {
    expect(() => demandNoBlocker(CHECKS.filter(({ status }) => status !== 'blocker'))).not.toThrow();
    let thrown: unknown;
    try {
      demandNoBlocker(inOrder(CHECKS));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DeployError);
    expect(thrown).toMatchObject({ reason: 'preflight-blocked', detail: '- b: x\n- f: w\n- d: y', fix: '1. do this\n2. do that' });
  });
});
