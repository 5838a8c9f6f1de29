/** The rehearsal's only clock. Tests move it forward instead of waiting; `skewMs` is how far it runs ahead of the machine. */
export class Clock {
  #skewMs: number;
  readonly #listeners = new Set<() => void>();

  constructor(skewMs = 0) {
    this.#skewMs = skewMs;
  }

  get skewMs(): number {
    return this.#skewMs;
  }

  /** Milliseconds since the epoch. The machine's time may be set while a rehearsal runs; this only goes forward. */
  now(): number {
    return Math.floor(performance.timeOrigin + performance.now()) + this.#skewMs;
  }

  /** Jump forward by `ms` milliseconds. */
  advance(ms: number): void {
    this.#skewMs += ms;
    for (const listener of this.#listeners) listener();
  }

  /** Called after each jump, so that whoever waits for a moment can look again. Returns the unsubscribe function. */
  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
