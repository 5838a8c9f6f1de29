import pc from 'picocolors';
import type { RunEvent } from './runner/index.js';

/** Prints a run as it goes, one line per phase: in a terminal with a line for the phase under way, in a plain log without. */
export class Progress {
  /** `job / phase` and how long it took, in order. */
  readonly times: { readonly job: string; readonly phase: string; readonly milliseconds: number }[] = [];
  readonly #names = new Map<string, string>();
  #current: { readonly job: string; readonly phase: string; readonly start: number; last: string } | undefined;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly now: () => number = Date.now,
  ) {}

  show(event: RunEvent): void {
    switch (event.type) {
      case 'job-started':
        this.#names.set(event.job, event.name);
        this.#line(`\n${pc.bold(event.name)}`);
        break;
      case 'job-waiting-approval':
        this.#line(`  environment ${event.environment} asks ${event.reviewers.join(', ')}: approved by the rehearsal`);
        break;
      case 'group':
        this.#finish(true);
        this.#current = { job: event.job, phase: event.title, start: this.now(), last: '' };
        this.#under(`  … ${event.title}`);
        break;
      case 'log':
        if (this.#current !== undefined && event.line.trim() !== '' && !/^(::|##\[)/.test(event.line)) this.#current.last = event.line;
        break;
      case 'step-finished':
        this.#finish(event.conclusion === 'success');
        break;
      case 'job-finished':
        this.#line(event.conclusion === 'success' ? pc.green(`  ${event.conclusion}`) : pc.red(`  ${event.conclusion}`));
        break;
      case 'step-started':
        break;
    }
  }

  #finish(ok: boolean): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    const milliseconds = this.now() - current.start;
    this.times.push({ job: this.#names.get(current.job) ?? current.job, phase: current.phase, milliseconds });
    const mark = ok ? pc.green('✔') : pc.red('✖');
    this.#line(
      `  ${mark} ${current.phase.padEnd(10)} ${`${(milliseconds / 1000).toFixed(1)} s`.padStart(7)}  ${pc.dim(current.last.slice(0, 120))}`,
    );
  }

  #line(text: string): void {
    this.out.write(`${this.out.isTTY ? '\r\u001b[K' : ''}${text}\n`);
  }

  #under(text: string): void {
    if (this.out.isTTY) this.out.write(`\r\u001b[K${pc.dim(text)}`);
  }
}
