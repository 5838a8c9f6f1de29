import { rmSync } from 'node:fs';
import { jobFrame, prepareActions } from './actions.js';
import { field } from './documents.js';
import { holds, numberOf, textOf, textsOf, type Scope } from './expressions.js';
import { Job, stepName, type JobSpec } from './job.js';
import { linked } from './linked.js';
import { killLeftovers } from './process.js';
import type { StepRecorder } from './recorder.js';
import { runStep, stepScope, type StepFrame } from './steps.js';
import type { Conclusion, JobResult } from './types.js';

const DEFAULT_TIMEOUT_MINUTES = 360;
/** What GitHub gives `always()` steps and posts after a cancellation. */
const CLEAN_UP_MINUTES = 5;

/**
 * Run one job from `Set up job` to `Complete job`: `pre`, steps, `post` in reverse order, outputs. Nothing it started is left running
 * when this returns.
 */
export async function runJob(spec: Omit<JobSpec, 'signal'>, signal: AbortSignal): Promise<JobResult> {
  const controller = linked(signal);
  const clock = new JobClock(controller);
  const job = new Job({ ...spec, signal: controller.signal });
  let completed: ReturnType<typeof complete>;
  try {
    const frame = await setUp(job, clock);
    if (frame) {
      for (const [index, step] of spec.model.steps.entries()) {
        const name = nameOf(() => stepName(step, stepScope(frame, {})), step.id);
        const recorder = job.record(name, step.id);
        const { outcome, conclusion } = await runStep(step, index, frame, recorder, name, clock.forced);
        if (conclusion === 'failure') job.status = 'failure';
        job.results.push(recorder.finish(outcome, conclusion));
      }
      await runPosts(job, frame, clock.forced);
    }
    completed = complete(job, frame);
  } finally {
    clock.stop();
    killLeftovers(job.trackingId, job.groups);
    rmSync(job.directories.temp, { recursive: true, force: true });
  }
  return {
    id: spec.id,
    name: spec.name,
    conclusion: job.cancelled ? 'cancelled' : job.status,
    ...completed,
    environment: spec.environment,
    deployment: spec.deployment,
    permissions: spec.permissions,
    steps: job.results,
    reason: job.cancelled ? String(controller.signal.reason) : undefined,
  };
}

/** Cancels the job when `timeout-minutes` have passed, and stops even its clean-up some time after a cancellation. */
class JobClock {
  readonly #forced = new AbortController();
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly controller: AbortController) {
    const cleanUp = (): void => this.#set(CLEAN_UP_MINUTES, () => this.#forced.abort());
    controller.signal.addEventListener('abort', cleanUp, { once: true, signal: this.#stopped.signal });
  }

  /** Aborted when the time for cleaning up is over too. */
  get forced(): AbortSignal {
    return this.#forced.signal;
  }

  start(minutes: number): void {
    if (this.controller.signal.aborted) return;
    this.#set(minutes, () => this.controller.abort(`The job has exceeded the maximum execution time of ${minutes} minutes`));
  }

  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
  }

  #set(minutes: number, action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, minutes * 60_000);
  }
}

/** @returns the frame of the steps, or undefined when the job could not be set up */
async function setUp(job: Job, clock: JobClock): Promise<StepFrame | undefined> {
  const { spec } = job;
  const recorder = job.record('Set up job', '__setup');
  try {
    const granted = Object.entries(spec.permissions).filter(([, level]) => level !== 'none');
    recorder.write('##[group]GITHUB_TOKEN Permissions');
    for (const [scope, level] of granted) recorder.write(`${scope}: ${level}`);
    recorder.write('##[endgroup]');
    const minutes = numberOf(spec.model.get('timeout-minutes'), job.scope(), 'timeout-minutes');
    clock.start(minutes ?? DEFAULT_TIMEOUT_MINUTES);
    Object.assign(job.env, textsOf(spec.workflow.get('env'), job.scope()));
    Object.assign(job.env, textsOf(spec.model.get('env'), job.scope()));
    const frame = jobFrame(job, defaultsOf(job));
    const pres = prepareActions(spec.model.steps, frame);
    job.results.push(recorder.finish('success', 'success'));
    for (const pre of pres) {
      const own = job.record(pre.name, pre.id);
      const ok = await attempt(own, pre.condition, stepScope(frame, {}), () => pre.run(own, spec.signal));
      if (ok === false) {
        job.status = 'failure';
        frame.status = 'failure';
      }
      job.results.push(own.finish(concluded(ok), concluded(ok)));
    }
    return frame;
  } catch (error) {
    const { message } = error as Error;
    recorder.error(message);
    spec.run.errors.push(`${spec.id}: ${message}`);
    job.status = 'failure';
    job.results.push(recorder.finish('failure', 'failure'));
    return undefined;
  }
}

function defaultsOf(job: Job): StepFrame['defaults'] {
  const value = (key: string): string | undefined => {
    const token = [job.spec.model, job.spec.workflow]
      .map((level) => field(field(level.get('defaults'), 'run'), key))
      .find((found) => found);
    return token === undefined ? undefined : textOf(token, job.scope());
  };
  return { shell: value('shell'), workingDirectory: value('working-directory') };
}

async function runPosts(job: Job, frame: StepFrame, forced: AbortSignal): Promise<void> {
  for (let post = job.posts.pop(); post !== undefined; post = job.posts.pop()) {
    const { name, id, condition, run } = post;
    const recorder = job.record(name, id);
    // Cancelling the job does not stop a post: it is what cleans up after the cancellation.
    const ok = await attempt(recorder, condition, stepScope(frame, {}), async () => (await run(recorder, forced)) === 'success');
    if (ok === false) {
      job.status = 'failure';
      frame.status = 'failure';
    }
    job.results.push(recorder.finish(concluded(ok), concluded(ok)));
  }
}

/** @returns undefined when the condition does not hold */
async function attempt(
  recorder: StepRecorder,
  condition: string,
  scope: Scope,
  work: () => Promise<boolean>,
): Promise<boolean | undefined> {
  try {
    return holds(condition, scope) ? await work() : undefined;
  } catch (error) {
    recorder.error((error as Error).message);
    return false;
  }
}

function concluded(ok: boolean | undefined): Conclusion {
  if (ok === undefined) return 'skipped';
  return ok ? 'success' : 'failure';
}

/** Outputs and the environment's URL, evaluated whether or not the job succeeded. */
function complete(job: Job, frame: StepFrame | undefined): { outputs: Record<string, string>; environmentUrl: string | undefined } {
  const recorder = job.record('Complete job', '__complete');
  const outputs: Record<string, string> = {};
  let environmentUrl: string | undefined;
  let conclusion: Conclusion = 'success';
  if (job.cancelled) recorder.error(String(job.spec.signal.reason));
  try {
    const scope = frame ? stepScope(frame, {}) : job.scope({ steps: {} });
    for (const [name, value] of Object.entries(textsOf(job.spec.model.get('outputs'), scope))) {
      if (value === '') continue;
      if (job.masks.hides(value)) recorder.warning(`Skip output '${name}' since it may contain secret.`);
      else {
        recorder.write(`Set output '${name}'`);
        outputs[name] = value;
      }
    }
    const url = field(job.spec.model.get('environment'), 'url');
    if (url !== undefined) environmentUrl = job.masks.apply(textOf(url, scope));
  } catch (error) {
    recorder.error((error as Error).message);
    job.status = 'failure';
    conclusion = 'failure';
  }
  job.results.push(recorder.finish(conclusion, conclusion));
  return { outputs, environmentUrl };
}

function nameOf(evaluate: () => string, fallback: string): string {
  try {
    return evaluate();
  } catch {
    return fallback;
  }
}
