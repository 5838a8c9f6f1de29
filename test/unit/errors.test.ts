import { describe, expect, it } from '@jest/globals';
import { DeployError, FAILURE_REASONS, messageOf, toDeployError, type FailureReason } from '../../src/errors.js';

describe('DeployError', () => {
  it.each(Object.keys(FAILURE_REASONS) as FailureReason[])('%s has a title and a remedy that end as they should', (reason) => {
    const error = new DeployError(reason, 'because');
    expect(error.message).toBe(`${FAILURE_REASONS[reason].title}: because`);
    expect(error.fix).toMatch(/\.$/);
    expect(FAILURE_REASONS[reason].title).toMatch(/[^.]$/);
  });

  it('takes a better remedy and its cause along', () => {
    const cause = new Error('ECONNRESET');
    const error = new DeployError('login-unreachable', 'x', { fix: 'Do this.', cause });
    expect([error.fix, error.cause]).toEqual(['Do this.', cause]);
  });
});

describe('toDeployError', () => {
  it('keeps a DeployError and calls everything else a bug', () => {
    const known = new DeployError('state-locked', 'x');
    expect(toDeployError(known)).toBe(known);
    expect(toDeployError(undefined)).toMatchObject({ reason: 'internal-error', detail: 'undefined' });
  });
});

describe('messageOf', () => {
  it.each([
    [new Error('a', { cause: new Error('b', { cause: 'c' }) }), 'a: b: c'],
    [new Error('a: b', { cause: new Error('b') }), 'a: b'],
    [new Error('a', { cause: null }), 'a: null'],
    ['text', 'text'],
    [404, '404'],
  ])('%s', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
