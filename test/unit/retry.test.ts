import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../src/retry.js';

const PATIENCE = { deadlineMs: 10_000, firstPauseMs: 1000, maximumPauseMs: 3000 };

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('until', () => {
  it('returns the first answer without a pause', async () => {
    expect(await until(PATIENCE, async () => false)).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('pauses longer each time up to the maximum, and gives up before the deadline', async () => {
    const asked: number[] = [];
    const waiting = until<never>(PATIENCE, async () => {
      asked.push(Date.now());
      return undefined;
    });
    await jest.runAllTimersAsync();
    expect(await waiting).toBeUndefined();
    expect(asked).toEqual([0, 1000, 2500, 4750, 7750]);
  });

  it('ends at once with what the attempt throws', async () => {
    await expect(until(PATIENCE, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(jest.getTimerCount()).toBe(0);
  });
});
