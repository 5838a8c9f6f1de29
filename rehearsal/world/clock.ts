/** The rehearsal's only clock. Tests move it forward instead of waiting; `skewMs` is how far it runs ahead of the machine. */
export class Clock {
  #skewMs = 0;

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#skewMs;
  }

  /** Jump forward by `ms` milliseconds. */
  advance(ms: number): void {
    this.#skewMs += ms;
  }
}
