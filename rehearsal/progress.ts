import pc from 'picocolors';
import type { RunEvent } from './runner/index.js';

interface RunningPhase {
  readonly phase: string;
  readonly start: number;
  last: string;
}

/** Prints a run as it goes, one line per phase: in a terminal with a line for the phase under way, in a plain log without. */
export class Progress {
  /** `job / phase` and how long it took, in order. */
  readonly times: { readonly job: string; readonly phase: string; readonly milliseconds: number }[] = [];
  /** What reviewers answer in the run that is shown. */
  approves = true;
  readonly #names = new Map<string, string>();
  /** By job: jobs of one run may overlap. */
  readonly #running = new Map<string, RunningPhase>();

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
        this.#line(
          `\n  environment ${event.environment} asks ${event.reviewers.join(', ')}: ${this.approves ? 'approved' : pc.red('rejected')} by the rehearsal`,
        );
        break;
      case 'group':
        this.#finish(event.job, true);
        this.#running.set(event.job, { phase: event.title, start: this.now(), last: '' });
        this.#under(`  … ${event.title}`);
        break;
      case 'log': {
        const running = this.#running.get(event.job);
        if (running !== undefined && event.line.trim() !== '' && !/^(::|##\[)/.test(event.line)) running.last = event.line;
        break;
      }
      case 'step-finished':
        this.#finish(event.job, event.conclusion === 'success');
        break;
      case 'job-finished':
        this.#ended(event);
        break;
      case 'step-started':
        break;
    }
  }

  /** A job that never started says its name; one that was skipped has nothing to say. */
  #ended({ job, name, conclusion }: Extract<RunEvent, { type: 'job-finished' }>): void {
    if (this.#names.delete(job)) this.#line(conclusion === 'success' ? pc.green(`  ${conclusion}`) : pc.red(`  ${conclusion}`));
    else if (conclusion !== 'skipped') this.#line(`\n${pc.bold(name)}\n${pc.red(`  ${conclusion}`)}`);
  }

  #finish(job: string, ok: boolean): void {
    const running = this.#running.get(job);
    if (running === undefined) return;
    this.#running.delete(job);
    const milliseconds = this.now() - running.start;
    this.times.push({ job: this.#names.get(job) ?? job, phase: running.phase, milliseconds });
    const mark = ok ? pc.green('✔') : pc.red('✖');
    this.#line(
      `  ${mark} ${running.phase.padEnd(10)} ${`${(milliseconds / 1000).toFixed(1)} s`.padStart(7)}  ${pc.dim(shortened(running.last))}`,
    );
  }

  #line(text: string): void {
    this.out.write(`${this.out.isTTY ? '\r\u001b[K' : ''}${text}\n`);
  }

  #under(text: string): void {
    if (this.out.isTTY) this.out.write(`\r\u001b[K${pc.dim(text)}`);
  }
}

/** What fits beside a phase and its time. */
const LONGEST = 120;
const shortened = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);
