import { existsSync } from 'node:fs';
import path from 'node:path';
import { githubContext } from './contexts.js';
import { InvalidFile, type Source } from './documents.js';
import { asText } from './expressions.js';
import { callInputs, dispatchInputs, type InputValues } from './inputs.js';
import { linked } from './linked.js';
import { defaultPermissions } from './permissions.js';
import { locateWorkflow, planWorkflow, type PlannedWorkflow } from './plan.js';
import { Run } from './run.js';
import { combined, runCalled } from './scheduler.js';
import type { RunOptions, RunResult } from './types.js';

export { RunControl, type RunningStep, type StepFilter } from './control.js';
export type * from './types.js';

/**
 * Run a workflow the way GitHub would: files are read by GitHub's own parser, expressions are evaluated by its own evaluator, and
 * steps are real processes. Never throws for what a user may have written: an invalid file ends in `startup_failure` with every
 * problem in `errors`. Jobs are listed in the order they ended.
 */
export async function runWorkflow(options: RunOptions): Promise<RunResult> {
  let started: { run: Run; plan: PlannedWorkflow; inputs: InputValues };
  try {
    started = await start(options);
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    return {
      conclusion: 'startup_failure',
      runId: options.rerun?.runId ?? options.world.github.nextId(),
      attempt: (options.rerun?.attempt ?? 0) + 1,
      jobs: [],
      artifacts: [],
      errors: error.problems,
    };
  }
  const { run, plan, inputs } = started;
  const controller = linked(options.signal ?? new AbortController().signal);
  const frame = {
    run,
    top: plan.file,
    path: '',
    label: '',
    inputs,
    secrets: run.fromFork ? {} : (options.secrets ?? {}),
    signal: controller.signal,
    environmentSecrets: 'all' as const,
    above: false,
    held: [],
  };
  let conclusion: RunResult['conclusion'];
  try {
    const { result } = await runCalled(plan, frame, controller);
    conclusion = result === 'success' && options.signal?.aborted === true ? 'cancelled' : result;
  } catch (error) {
    run.errors.push((error as Error).message);
    conclusion = combined(['failure']);
  }
  return { conclusion, runId: run.id, attempt: run.attempt, jobs: run.results, artifacts: [...run.artifacts.values()], errors: run.errors };
}

/** Everything GitHub settles before the first job: the files, the inputs, the rights of each job. */
async function start(options: RunOptions): Promise<{ run: Run; plan: PlannedWorkflow; inputs: InputValues }> {
  const dispatched = options.event.inputs
    ? Object.fromEntries(Object.entries(options.event.inputs).map(([name, value]) => [name, asText(value)]))
    : undefined;
  const run = new Run(options, options.event.name === 'workflow_dispatch' ? (dispatched ?? {}) : undefined);
  const { source, file } = locate(options, run);
  const plan = await planWorkflow(run.sources, source, file, defaultPermissions(options.defaultPermissions ?? 'read'));
  return { run, plan, inputs: inputsOf(run, plan) };
}

/** The caller's file, or one of the action's when it is named in full. */
function locate(options: RunOptions, run: Run): { source: Source; file: string } {
  if (existsSync(path.join(options.callerRoot, options.workflow))) return { source: run.sources.caller, file: options.workflow };
  const located = locateWorkflow(options.workflow, run.sources.caller, run.sources);
  return { source: located.source, file: located.path };
}

function inputsOf(run: Run, { file }: PlannedWorkflow): InputValues {
  const { event, workflow, variables = {} } = run.options;
  const settings = file.events.get(event.name);
  if (event.name === 'workflow_dispatch' && file.events.has(event.name)) return dispatchInputs(settings, event.inputs ?? {});
  if (file.events.has(event.name)) return {};
  const call = file.events.get('workflow_call');
  if (file.events.has('workflow_call') && workflow.includes('@'))
    return callInputs(call, event.inputs ?? {}, { contexts: { github: githubContext(run, file), vars: variables } });
  throw new InvalidFile([`${file.path} does not run on '${event.name}', only on ${[...file.events.keys()].join(', ')}`]);
}
