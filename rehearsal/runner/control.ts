/** Which running step is meant; anything left out matches. */
export interface StepFilter {
  /** Job id with caller path, or a pattern of it. */
  readonly job?: string | RegExp;
  /** Step name or id, or a pattern of the name. */
  readonly step?: string | RegExp;
}

export interface RunningStep {
  readonly job: string;
  readonly step: string;
  readonly id: string;
  /** SIGKILL to the whole process group of the step's main process. */
  readonly kill: () => void;
}

/** A test's hand inside a run: it kills running main steps the way an out-of-memory killer or a lost machine would. */
export class RunControl {
  readonly #running = new Set<RunningStep>();
  readonly #triggers: { filter: StepFilter; line: RegExp }[] = [];

  /** Kill every running main step that matches now. Returns how many there were. */
  killStep(filter: StepFilter = {}): number {
    const hit = [...this.#running].filter((step) => matches(filter, step));
    for (const step of hit) step.kill();
    return hit.length;
  }

  /** Kill a matching step, once, as soon as it writes a line that matches. */
  killWhen(line: RegExp, filter: StepFilter = {}): void {
    this.#triggers.push({ filter, line });
  }

  /** The runner's side: a main process has started. Returns what to call when it ended. */
  started(step: RunningStep): () => void {
    this.#running.add(step);
    return () => this.#running.delete(step);
  }

  /** The runner's side: a main process has written a line. */
  wrote(step: RunningStep, line: string): void {
    const index = this.#triggers.findIndex((trigger) => trigger.line.test(line) && matches(trigger.filter, step));
    if (index < 0) return;
    this.#triggers.splice(index, 1);
    step.kill();
  }
}

function matches(filter: StepFilter, step: RunningStep): boolean {
  const same = (wanted: string | RegExp | undefined, ...values: string[]): boolean =>
    wanted === undefined || values.some((value) => (typeof wanted === 'string' ? wanted === value : wanted.test(value)));
  return same(filter.job, step.job) && same(filter.step, step.step, step.id);
}
