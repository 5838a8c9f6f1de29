import { CommandReader } from './commands.js';
import type { Masks } from './masks.js';
import type { Annotation, Conclusion, RunEvent, StepResult } from './types.js';

/** Everything one step of the log shows; the steps inside a composite action share the recorder of the outer step. */
export class StepRecorder {
  readonly #log: string[] = [];
  readonly #raw: string[] = [];
  readonly #annotations: Annotation[] = [];
  readonly #started = performance.now();
  #summary = '';
  #name: string;

  constructor(
    private readonly job: string,
    name: string,
    private readonly id: string,
    private readonly masks: Masks,
    private readonly emit: (event: RunEvent) => void,
    private readonly debug: boolean,
  ) {
    this.#name = masks.apply(name);
    emit({ type: 'step-started', job, step: this.#name });
  }

  get name(): string {
    return this.#name;
  }

  /** One line of log, masked on its way. */
  write(text: string): void {
    this.#raw.push(text);
    this.#show(text);
  }

  /** An error of the runner itself, shown and annotated. */
  error(message: string): void {
    for (const line of message.split('\n')) this.write(`##[error]${line}`);
    this.annotate({ level: 'error', message, title: undefined, file: undefined, line: undefined });
  }

  /** A warning of the runner itself. */
  warning(message: string): void {
    this.write(`##[warning]${message}`);
    this.annotate({ level: 'warning', message, title: undefined, file: undefined, line: undefined });
  }

  annotate(annotation: Annotation): void {
    this.#annotations.push({
      ...annotation,
      message: this.masks.apply(annotation.message),
      title: annotation.title === undefined ? undefined : this.masks.apply(annotation.title),
    });
  }

  addSummary(markdown: string): void {
    if (markdown !== '') this.#summary += `${this.#summary === '' ? '' : '\n'}${this.masks.apply(markdown)}`;
  }

  /** Reader for the output of one process. `failed` tells whether a command in it failed the step. */
  reader(): { read: (line: string) => void; failed: () => boolean } {
    let failed = false;
    const commands = new CommandReader({
      write: (line) => this.#show(line),
      mask: (value) => this.masks.add(value),
      annotate: (annotation) => this.annotate(annotation),
      group: (title) => this.emit({ type: 'group', job: this.job, step: this.#name, title: this.masks.apply(title) }),
      fail: () => (failed = true),
      debug: this.debug,
    });
    return {
      read: (line) => {
        this.#raw.push(line);
        commands.read(line);
      },
      failed: () => failed,
    };
  }

  /** Close the record. */
  finish(outcome: Conclusion, conclusion: Conclusion): StepResult {
    const durationMs = Math.round(performance.now() - this.#started);
    this.emit({ type: 'step-finished', job: this.job, step: this.#name, conclusion, durationMs });
    return {
      name: this.#name,
      id: this.id,
      outcome,
      conclusion,
      durationMs,
      log: this.#log,
      rawLog: this.#raw,
      annotations: this.#annotations,
      summary: this.#summary,
    };
  }

  #show(text: string): void {
    for (const line of this.masks.apply(text).split('\n')) {
      this.#log.push(line);
      this.emit({ type: 'log', job: this.job, step: this.#name, line });
    }
  }
}
