import { isMapping } from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import { callInputs, callSecrets, type InputValues } from './inputs.js';
import { githubContext, workflowIdentity, type Context } from './contexts.js';
import { field, written, type WorkflowFile } from './documents.js';
import { asText, booleanOf, holds, textOf, valueOf, type Scope, type Status } from './expressions.js';
import { passGate, type GateReference } from './gate.js';
import { linked } from './linked.js';
import { expandMatrix, legLabel, type Combination } from './matrix.js';
import { readOnly } from './permissions.js';
import type { PlannedJob, PlannedWorkflow } from './plan.js';
import type { Run } from './run.js';
import { runJob } from './run-job.js';
import { withConcurrency } from './slots.js';
import { registerJob } from './tokens.js';
import type { Conclusion } from './types.js';

/** Where the jobs of one workflow file run: at the top, or below the job that calls it. */
export interface WorkflowFrame {
  readonly run: Run;
  /** The file the event set off, for the `github` context of everything below it. */
  readonly top: WorkflowFile;
  /** `''`, or `production/`. */
  readonly path: string;
  /** `''`, or `production / `. */
  readonly label: string;
  readonly inputs: InputValues;
  readonly secrets: Readonly<Record<string, string>>;
  /** Which secrets of its environment a job may see: a called workflow only those it is called with by name, unless it inherits. */
  readonly environmentSecrets: 'all' | ReadonlySet<string>;
  /** In a re-run: something that all of this depends on ran again. */
  readonly above: boolean;
  readonly signal: AbortSignal;
  /** Concurrency groups held by what is above. */
  readonly held: readonly string[];
}

/** What other jobs may know of a job. */
export interface JobOutcome {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  /** It ran in this attempt, or something below it did. */
  readonly ran?: boolean;
}

type Outcomes = ReadonlyMap<string, JobOutcome>;

/** Run every job of a workflow in the order its `needs` ask for. Resolves when all have ended, with the outcome of each. */
export async function runWorkflowJobs(workflow: PlannedWorkflow, frame: WorkflowFrame): Promise<Outcomes> {
  const outcomes = new Map<string, JobOutcome>();
  const started = new Map<string, Promise<void>>();
  const start = (planned: PlannedJob): Promise<void> => {
    const known = started.get(planned.model.id);
    if (known) return known;
    const work = (async () => {
      await Promise.all(planned.model.needs.map((id) => start(jobOf(workflow, id))));
      outcomes.set(planned.model.id, await runPlanned(planned, workflow, frame, outcomes));
    })();
    started.set(planned.model.id, work);
    return work;
  };
  await Promise.all(workflow.jobs.map(start));
  return outcomes;
}

function jobOf(workflow: PlannedWorkflow, id: string): PlannedJob {
  const job = workflow.jobs.find(({ model }) => model.id === id);
  if (!job) throw new Error(`${workflow.file.path} has no job '${id}'`);
  return job;
}

/** One result for many: any failure, else any cancellation, else success; skipped only when all were. */
export function combined(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length === 0 || results.includes('success') ? 'success' : 'skipped';
}

/** `success()` of a job means all its ancestors, so one skipped far above skips everything below that does not say otherwise. */
function statusOf(planned: PlannedJob, outcomes: Outcomes, cancelled: boolean): Status {
  const results = [...planned.ancestors].map((id) => outcomes.get(id)?.result);
  return {
    success: !cancelled && results.every((result) => result === 'success'),
    failure: !cancelled && results.includes('failure'),
    cancelled,
  };
}

async function runPlanned(planned: PlannedJob, workflow: PlannedWorkflow, frame: WorkflowFrame, outcomes: Outcomes): Promise<JobOutcome> {
  const { model } = planned;
  const { run } = frame;
  const contexts: Context = {
    github: githubContext(run, frame.top),
    inputs: frame.inputs,
    vars: run.variables,
    needs: Object.fromEntries(model.needs.map((id) => [id, needOf(outcomes.get(id))])),
  };
  const scope: Scope = { contexts };
  const id = frame.path + model.id;
  const end = (conclusion: Conclusion, reason: string | undefined): JobOutcome => {
    run.finish({ ...unrun(planned, id, frame.label + plainName(planned)), conclusion, reason });
    return { result: conclusion, outputs: {} };
  };
  try {
    const cancelled = frame.signal.aborted;
    if (!holds(model.if, { ...scope, status: statusOf(planned, outcomes, cancelled) })) {
      return cancelled ? end('cancelled', String(frame.signal.reason)) : end('skipped', undefined);
    }
    const above = frame.above || [...planned.ancestors].some((ancestor) => outcomes.get(ancestor)?.ran === true);
    return await runLegs(planned, workflow, { ...frame, above }, scope);
  } catch (error) {
    const { message } = error as Error;
    run.errors.push(`${id}: ${message}`);
    return end('failure', message);
  }
}

/** What `needs.<id>` holds. */
function needOf(outcome: JobOutcome | undefined): unknown {
  return outcome && { result: outcome.result, outputs: outcome.outputs };
}

/** One leg of a job: with a matrix there are several. */
interface Leg {
  readonly planned: PlannedJob;
  readonly workflow: PlannedWorkflow;
  readonly frame: WorkflowFrame;
  readonly id: string;
  readonly name: string;
  /** With `strategy` and `matrix`. */
  readonly scope: Scope;
  readonly controller: AbortController;
}

async function runLegs(planned: PlannedJob, workflow: PlannedWorkflow, frame: WorkflowFrame, scope: Scope): Promise<JobOutcome> {
  const { model } = planned;
  const strategy = model.get('strategy');
  const matrix = valueOf(field(strategy, 'matrix'), scope) as Readonly<Record<string, unknown>> | undefined;
  const combinations: (Combination | undefined)[] = matrix ? expandMatrix(matrix) : [undefined];
  const failFast = field(strategy, 'fail-fast') === undefined || booleanOf(field(strategy, 'fail-fast'), scope, 'fail-fast');
  const maxParallel = Number(valueOf(field(strategy, 'max-parallel'), scope) ?? combinations.length);
  const legs = combinations.map((combination, index): Leg => {
    const described = { 'fail-fast': failFast, 'job-index': index, 'job-total': combinations.length, 'max-parallel': maxParallel };
    const own: Scope = { contexts: { ...scope.contexts, strategy: described, matrix: combination ?? null } };
    const label = combination ? ` ${legLabel(combination)}` : '';
    return {
      planned,
      workflow,
      frame,
      id: `${frame.path}${model.id}${label}`,
      name: frame.label + displayName(planned, own, label),
      scope: own,
      controller: linked(frame.signal),
    };
  });

  const outcomes: JobOutcome[] = [];
  const waiting = [...legs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, leg] = next;
      const outcome = await runLeg(leg);
      outcomes[index] = outcome;
      if (outcome.result !== 'failure' || !failFast) continue;
      const reason = `The strategy configuration was canceled because "${leg.id}" failed`;
      for (const other of legs) if (other !== leg) other.controller.abort(reason);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(maxParallel, legs.length)) }, worker));
  return {
    result: combined(outcomes.map(({ result }) => result)),
    outputs: Object.assign({}, ...outcomes.map(({ outputs }) => outputs)) as JobOutcome['outputs'],
    ran: outcomes.some(({ ran }) => ran),
  };
}

/** Enter the job's concurrency group, then run it or the workflow it calls. */
async function runLeg(leg: Leg): Promise<JobOutcome> {
  const { planned, frame, id, name, scope, controller } = leg;
  const { run } = frame;
  const end = (conclusion: Conclusion, reason: string): JobOutcome => {
    run.finish({ ...unrun(planned, id, name), conclusion, reason });
    return { result: conclusion, outputs: {}, ran: true };
  };
  const before = planned.called === undefined && !frame.above ? run.succeededBefore(id) : undefined;
  if (before !== undefined) {
    run.results.push(before);
    return { result: 'success', outputs: before.outputs };
  }
  try {
    const forgiven = booleanOf(planned.model.get('continue-on-error'), scope, 'continue-on-error');
    const outcome = await withConcurrency(
      { token: planned.model.get('concurrency'), scope, run, held: frame.held, controller },
      async (held) => (planned.called ? callWorkflow(leg, planned.called, held) : runOrdinary(leg)),
      (reason) => end('cancelled', reason),
    );
    return forgiven && outcome.result === 'failure' ? { ...outcome, result: 'success' } : outcome;
  } catch (error) {
    const { message } = error as Error;
    run.errors.push(`${id}: ${message}`);
    return end('failure', message);
  }
}

async function callWorkflow(leg: Leg, called: PlannedWorkflow, held: readonly string[]): Promise<JobOutcome> {
  const { planned, frame, id, name, scope, controller } = leg;
  const secretScope: Scope = { contexts: { ...scope.contexts, secrets: frame.secrets } };
  const given = (valueOf(planned.model.get('with'), scope) ?? {}) as InputValues;
  const settings = called.file.events.get('workflow_call');
  const inner: WorkflowFrame = {
    ...frame,
    path: `${id}/`,
    label: `${name} / `,
    inputs: callInputs(settings, given, scope),
    secrets: callSecrets(planned.model.get('secrets'), frame.secrets, secretScope),
    environmentSecrets: passedOn(planned.model.get('secrets'), frame.environmentSecrets),
    signal: controller.signal,
    held,
  };
  return runCalled(called, inner, controller);
}

/** A workflow under its own concurrency group, with the outputs it declares for its caller. */
export async function runCalled(workflow: PlannedWorkflow, frame: WorkflowFrame, controller: AbortController): Promise<JobOutcome> {
  const { run } = frame;
  const contexts: Context = { github: githubContext(run, frame.top), inputs: frame.inputs, vars: run.variables };
  return withConcurrency<JobOutcome>(
    { token: workflow.file.get('concurrency'), scope: { contexts }, run, held: frame.held, controller },
    async (held) => {
      const outcomes = await runWorkflowJobs(workflow, { ...frame, held, signal: controller.signal });
      const jobs = Object.fromEntries(outcomes);
      const declared = field(workflow.file.events.get('workflow_call'), 'outputs');
      const outputs = Object.entries(declared ? outputsOf(declared, { contexts: { ...contexts, jobs } }) : {}).filter(
        ([, value]) => value !== '',
      );
      const all = [...outcomes.values()];
      return {
        result: combined(all.map(({ result }) => result)),
        outputs: Object.fromEntries(outputs),
        ran: all.some(({ ran }) => ran),
      };
    },
    (reason) => {
      for (const planned of workflow.jobs) {
        run.finish({ ...unrun(planned, frame.path + planned.model.id, frame.label + plainName(planned)), conclusion: 'cancelled', reason });
      }
      return { result: 'cancelled', outputs: {} };
    },
  );
}

function passedOn(secrets: TemplateToken | undefined, own: WorkflowFrame['environmentSecrets']): WorkflowFrame['environmentSecrets'] {
  if (secrets === undefined) return new Set();
  if (!isMapping(secrets)) return own;
  return new Set([...secrets].map(({ key }) => key.toString().toUpperCase()));
}

function environmentSecrets({ run, environmentSecrets: seen }: WorkflowFrame, environment: string | undefined): Record<string, string> {
  const secrets = environment === undefined ? undefined : run.options.environments?.[environment]?.secrets;
  return Object.fromEntries(Object.entries(secrets ?? {}).filter(([name]) => seen === 'all' || seen.has(name.toUpperCase())));
}

function outputsOf(declared: NonNullable<ReturnType<typeof field>>, scope: Scope): Record<string, string> {
  const values = valueOf(declared, scope) as Readonly<Record<string, { value?: unknown }>>;
  return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, asText(value)]));
}

async function runOrdinary(leg: Leg): Promise<JobOutcome> {
  const { planned, workflow, frame, id, name, scope, controller } = leg;
  const { run } = frame;
  const { model } = planned;
  const permissions = run.fromFork ? readOnly(planned.permissions) : planned.permissions;
  const environment = environmentName(leg);
  const gate = environment === undefined ? undefined : await passGate(run, { environment, id, name }, controller.signal);
  if (gate && !gate.open) {
    const conclusion = gate.cancelled ? 'cancelled' : 'failure';
    run.finish({ ...unrun(planned, id, name), environment, conclusion, reason: gate.reason });
    if (!gate.cancelled) run.errors.push(`${id}: ${gate.reason}`);
    return { result: conclusion, outputs: {}, ran: true };
  }
  run.emit({ type: 'job-started', job: id, name });
  const own = environment === undefined ? undefined : run.options.environments?.[environment];
  const result = await runJob(
    {
      run,
      workflow: workflow.file,
      model,
      id,
      name,
      permissions,
      environment,
      tokens: registerJob({ run, top: frame.top, workflow: workflow.file, environment, permissions }),
      deployment: environment !== undefined && makesDeployment(leg),
      secrets: run.fromFork ? {} : { ...frame.secrets, ...environmentSecrets(frame, environment) },
      variables: run.fromFork ? {} : { ...run.variables, ...own?.variables },
      contexts: { ...scope.contexts, job: workflowIdentity(workflow.file) },
    },
    controller.signal,
  );
  run.finish(result);
  return { result: result.conclusion, outputs: result.outputs, ran: true };
}

function environmentName({ planned, scope }: Leg): GateReference['environment'] | undefined {
  const token = planned.model.get('environment');
  if (token === undefined) return undefined;
  const name = textOf(field(token, 'name') ?? token, scope);
  return name === '' ? undefined : name;
}

function makesDeployment({ planned, scope }: Leg): boolean {
  const token = field(planned.model.get('environment'), 'deployment');
  return token === undefined || booleanOf(token, scope, 'deployment');
}

function displayName(planned: PlannedJob, scope: Scope, label: string): string {
  const name = planned.model.get('name');
  if (name === undefined) return planned.model.id + label;
  return textOf(name, scope) + (name.isExpression ? '' : label);
}

/** The name of a job that never got so far as to have a matrix: expressions stay as written. */
function plainName({ model }: PlannedJob): string {
  const name = model.get('name');
  return name === undefined ? model.id : written(name);
}

function unrun(planned: PlannedJob, id: string, name: string) {
  return {
    id,
    name,
    outputs: {},
    environment: undefined,
    environmentUrl: undefined,
    deployment: false,
    permissions: planned.permissions,
    steps: [],
  };
}
