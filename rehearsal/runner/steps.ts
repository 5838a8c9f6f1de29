import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runAction } from './actions.js';
import type { Context } from './contexts.js';
import type { Source, StepModel } from './documents.js';
import { booleanOf, holds, numberOf, textOf, textsOf, type Scope } from './expressions.js';
import type { Job } from './job.js';
import type { StepRecorder } from './recorder.js';
import type { Conclusion } from './types.js';

export interface StepState {
  readonly outputs: Readonly<Record<string, string>>;
  readonly outcome: Conclusion;
  readonly conclusion: Conclusion;
}

/** The surroundings of a list of steps: the job's own, or those inside one use of a composite action. */
export interface StepFrame {
  readonly job: Job;
  /** The repository `$/` means. */
  readonly source: Source;
  /** `github` as these steps see it. */
  readonly github: Context;
  readonly inputs: Context;
  /** Composite actions see no secrets. */
  readonly secrets: Context | undefined;
  /** `env` a composite action's own step adds. */
  readonly env: Readonly<Record<string, string>>;
  readonly defaults: { readonly shell: string | undefined; readonly workingDirectory: string | undefined };
  /** The `steps` context, filled as the steps finish. */
  readonly steps: Record<string, StepState>;
  /** Whether a step of this list has failed. */
  status: 'success' | 'failure';
  /** How many composite actions deep; GitHub stops at nine. */
  readonly depth: number;
  /** Tells apart the uses of one action in a job. */
  readonly key: string;
}

/** One step while it runs, handed to whatever it runs. */
export interface StepRun {
  readonly step: StepModel;
  readonly frame: StepFrame;
  readonly key: string;
  readonly name: string;
  readonly scope: Scope;
  /** The step's environment: job, composite, step. */
  readonly env: Readonly<Record<string, string>>;
  readonly recorder: StepRecorder;
  readonly signal: AbortSignal;
}

export interface StepOutcome {
  readonly ok: boolean;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What expressions of a step see. */
export function stepScope(frame: StepFrame, env: Readonly<Record<string, string>>): Scope {
  const { job } = frame;
  const status = job.statusOf(frame.status);
  const named = status.cancelled ? 'cancelled' : job.status;
  const base = job.scope({
    github: { ...frame.github, action_status: frame.status },
    inputs: frame.inputs,
    env: { ...job.env, ...frame.env, ...env },
    steps: frame.steps,
    job: { ...(job.spec.contexts.job as Context), status: named },
  });
  return { ...base, status, contexts: { ...base.contexts, secrets: frame.secrets } };
}

/**
 * Run one step of a list and note its outcome in the list's frame.
 * @param outer aborted when the composite action around this step is stopped
 */
export async function runStep(
  step: StepModel,
  index: number,
  frame: StepFrame,
  recorder: StepRecorder,
  name: string,
  outer: AbortSignal,
): Promise<StepState> {
  const state = await conclude(step, index, frame, recorder, name, outer);
  frame.steps[step.id] = state;
  if (state.conclusion === 'failure') frame.status = 'failure';
  return state;
}

async function conclude(
  step: StepModel,
  index: number,
  frame: StepFrame,
  recorder: StepRecorder,
  name: string,
  outer: AbortSignal,
): Promise<StepState> {
  const { job } = frame;
  const stop = new Stopwatch(job.spec.signal, outer);
  let scope = stepScope(frame, {});
  let ended: StepOutcome = { ok: false, outputs: {} };
  try {
    const own = textsOf(step.env, scope);
    scope = stepScope(frame, own);
    if (!holds(step.if, scope)) return { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
    const minutes = numberOf(step.timeoutMinutes, scope, 'timeout-minutes');
    stop.arm(minutes, () => !holds(step.if, stepScope(frame, own)));
    const env = { ...job.env, ...frame.env, ...own };
    ended = await runBody({ step, frame, key: `${frame.key}.${index}`, name, scope, env, recorder, signal: stop.signal });
    if (stop.timedOut) recorder.error(`The action '${name}' has timed out after ${minutes ?? 0} minutes.`);
    else if (stop.signal.aborted) recorder.error('The operation was canceled.');
  } catch (error) {
    recorder.error((error as Error).message);
    ended = { ...ended, ok: false };
  } finally {
    stop.disarm();
  }
  const { ok, outputs } = ended;
  if (stop.signal.aborted && !stop.timedOut) return { outputs, outcome: 'cancelled', conclusion: 'cancelled' };
  const outcome = ok && !stop.timedOut ? 'success' : 'failure';
  return { outputs, outcome, conclusion: outcome === 'failure' && forgiven(step, scope, recorder) ? 'success' : outcome };
}

function forgiven(step: StepModel, scope: Scope, recorder: StepRecorder): boolean {
  try {
    return booleanOf(step.continueOnError, scope, 'continue-on-error');
  } catch (error) {
    recorder.error((error as Error).message);
    return false;
  }
}

/** Stops a running step: when its time is up, when what is around it stops, or on cancellation unless its `if` still holds. */
class Stopwatch {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #onCancel: (() => void) | undefined;
  readonly #onOuter = (): void => this.#controller.abort();
  timedOut = false;

  constructor(
    private readonly cancellation: AbortSignal,
    private readonly outer: AbortSignal,
  ) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  arm(minutes: number | undefined, unwanted: () => boolean): void {
    if (minutes !== undefined) {
      this.#timer = setTimeout(() => {
        this.timedOut = !this.#controller.signal.aborted;
        this.#controller.abort();
      }, minutes * 60_000);
    }
    this.#onCancel = () => {
      if (unwanted()) this.#controller.abort();
    };
    this.cancellation.addEventListener('abort', this.#onCancel, { once: true });
    this.outer.addEventListener('abort', this.#onOuter, { once: true });
  }

  disarm(): void {
    clearTimeout(this.#timer);
    if (this.#onCancel) this.cancellation.removeEventListener('abort', this.#onCancel);
    this.outer.removeEventListener('abort', this.#onOuter);
  }
}

async function runBody(run: StepRun): Promise<StepOutcome> {
  if (run.step.uses !== undefined) return runAction(run.step.uses, run);
  return runScript(run);
}

/** GitHub's shells. A step that names none gets a bash that does not fail in the middle of a pipe. */
const SHELLS: Readonly<Record<string, string>> = {
  '': 'bash -e {0}',
  bash: 'bash --noprofile --norc -eo pipefail {0}',
  sh: 'sh -e {0}',
  python: 'python {0}',
};

async function runScript({ step, frame, key, name, scope, env, recorder, signal }: StepRun): Promise<StepOutcome> {
  const { job } = frame;
  const script = textOf(step.run, scope);
  const shell = textOf(step.shell, scope) || (frame.defaults.shell ?? '');
  const template = SHELLS[shell] ?? shell;
  if (!template.includes('{0}')) {
    throw new Error(
      `Invalid shell option '${shell}'. It must be bash, sh, python or a format string containing '{0}'; other shells have no model here.`,
    );
  }
  const relative = textOf(step.workingDirectory, scope) || (frame.defaults.workingDirectory ?? '.');
  const directory = path.resolve(job.directories.workspace, relative);
  if (!existsSync(directory)) throw new Error(`No such working directory: '${relative}'`);
  const file = path.join(job.directories.temp, `${randomUUID()}.sh`);
  writeFileSync(file, script.endsWith('\n') ? script : `${script}\n`, { mode: 0o700 });

  const [command = '', ...args] = template.split(' ').map((part) => part.replace('{0}', file));
  const body = script.trimEnd().split('\n');
  logHeader(recorder, script.trim().split('\n')[0] ?? '', [...body, `shell: ${template}`], env);
  const action = { action: frame.depth === 0 ? step.id : `__${step.id.replace(/^_+/, '')}` };
  const { code, ok, outputs } = await job.execute({
    file: command,
    args,
    directory,
    github: { ...frame.github, ...action },
    environment: env,
    fixed: {},
    stateKey: key,
    recorder,
    signal,
    main: { step: name, id: step.id },
  });
  if (code !== 0 && !signal.aborted) recorder.error(`Process completed with exit code ${code}.`);
  return { ok, outputs: Object.fromEntries(outputs) };
}

/** The folded block a step's log begins with. */
export function logHeader(recorder: StepRecorder, title: string, lines: readonly string[], env: Readonly<Record<string, string>>): void {
  const variables = Object.entries(env);
  recorder.write(`##[group]Run ${title}`);
  for (const line of lines) recorder.write(line);
  if (variables.length > 0) recorder.write('env:');
  for (const [key, value] of variables) recorder.write(`  ${key}: ${value}`);
  recorder.write('##[endgroup]');
}
