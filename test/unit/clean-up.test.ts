import { describe, expect, it } from '@jest/globals';
import { isOwnLock } from '../../src/clean-up.js';
import { recorded } from '../fixtures/terraform.js';

const TEXT = recorded('force-unlock-other-id.txt');
const HOST = 'vm';
const CREATED = new Date('2026-11-22T08:56:05Z');
const ID = '4e78cac6-da20-fb5a-305c-f6da4f6fd9a5';

describe('isOwnLock, given what terraform says of a lock with another id', () => {
  it('knows the lock of this host and run', () => {
    expect(isOwnLock(TEXT, HOST, new Date(CREATED.getTime() - 60_000))).toBe(ID);
  });

  it('reads the text in the box terraform draws on some terminals too', () => {
    const boxed = TEXT.split('\n')
      .map((line) => `│ ${line}`)
      .join('\n');
    expect(isOwnLock(boxed, HOST, CREATED)).toBe(ID);
  });

  it.each([
    ['another host', TEXT, 'runner-2', CREATED],
    ['a host whose name ends alike', TEXT, 'm', CREATED],
    ['a lock that is older than the run', TEXT, HOST, new Date(CREATED.getTime() + 60_000)],
    ['no lock at all', recorded('force-unlock-no-lock.txt'), HOST, CREATED],
    ['a refusal', recorded('force-unlock-forbidden.txt'), HOST, CREATED],
    ['a time that cannot be read', TEXT.replace(/Created:.*/, 'Created:   yesterday'), HOST, CREATED],
    ['no time', TEXT.replace(/.*Created:.*\n/, ''), HOST, CREATED],
    ['nothing', '', HOST, CREATED],
  ])('leaves alone: %s', (_, text, host, since) => {
    expect(isOwnLock(text, host, since)).toBeUndefined();
  });
});
