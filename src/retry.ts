import { stopping } from './interrupt.js';

/** Waiting for something Azure or Kubernetes does in its own time. */
export interface Patience {
  /** Give up after this many milliseconds. */
  readonly deadlineMs: number;
  /** First pause; each next one is 1.5 times longer, up to `maximumPauseMs`. */
  readonly firstPauseMs: number;
  readonly maximumPauseMs: number;
}

/**
 * Calls `attempt` until it returns something other than undefined; undefined when the deadline passes first.
 * An exception ends the waiting at once, and so does the runner when it asks the run to stop.
 */
export async function until<T>(patience: Patience, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
  // By a clock that nobody sets: a runner's time may be corrected while we wait.
  const end = performance.now() + patience.deadlineMs;
  for (let pause = patience.firstPauseMs; ; pause = Math.min(pause * 1.5, patience.maximumPauseMs)) {
    stopping.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    if (performance.now() + pause > end) return undefined;
    await delay(pause);
  }
}

/** @throws what the run was stopped with, as soon as it is. */
function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      clearTimeout(timer);
      reject(stopping.reason as Error);
    };
    const timer = setTimeout(() => {
      stopping.removeEventListener('abort', stopped);
      resolve();
    }, milliseconds);
    stopping.addEventListener('abort', stopped, { once: true });
  });
}
