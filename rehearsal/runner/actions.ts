import path from 'node:path';
import type { ActionRunsNode } from '@actions/workflow-parser/actions/index';
import { BUILT_IN, type BuiltIn } from './built-in.js';
import { readAction, type ActionFile, type Source } from './documents.js';
import { textOf, textsOf } from './expressions.js';
import { stepName, type Job } from './job.js';
import { sameRepository } from './plan.js';
import type { StepRecorder } from './recorder.js';
import { logHeader, runStep, stepScope, type StepFrame, type StepOutcome, type StepRun } from './steps.js';
import type { Run } from './run.js';

/** Composite actions may use composite actions, this many deep. */
const MAX_DEPTH = 9;

interface Located {
  readonly directory: string;
  /** Where its own `$/` leads. */
  readonly source: Source;
  /** For `github.action_repository` and `github.action_ref`; a local action has neither. */
  readonly published: { readonly repository: string; readonly ref: string } | undefined;
}

/** A `uses` this rehearsal has nothing for. */
export class UnknownAction extends Error {
  constructor(uses: string, known: string) {
    super(`The rehearsal runner has no stand-in for the action '${uses}'. It plays ${known}; nothing is downloaded.`);
    this.name = 'UnknownAction';
  }
}

/** Which action of the runner's own a `uses` names, whatever its version. */
function builtIn(uses: string): BuiltIn | undefined {
  return BUILT_IN[uses.split('@')[0]?.toLowerCase() ?? ''];
}

/**
 * Where a step's `uses` leads.
 * @throws UnknownAction for any repository but the action's own
 */
function locateAction(uses: string, source: Source, run: Run, workspace: string): Located {
  if (uses.startsWith('./')) {
    const local = { ...run.sources.caller, root: workspace };
    return { directory: path.join(workspace, uses), source: local, published: undefined };
  }
  if (uses.startsWith('$/')) {
    if (uses.includes('@')) throw new Error(`Invalid action reference '${uses}': $/ takes no ref`);
    return { directory: path.join(source.root, uses.slice(2)), source, published: { repository: source.repository, ref: source.shortRef } };
  }
  const { action } = run.sources;
  const [, repository = '', inside = '', ref = ''] = /^([^/@]+\/[^/@]+)(\/[^@]*)?@(.+)$/.exec(uses) ?? [];
  if (!sameRepository(repository, action.repository) || ref !== action.shortRef) {
    throw new UnknownAction(uses, [...Object.keys(BUILT_IN), `${action.repository}@${action.shortRef}`].join(', '));
  }
  return { directory: path.join(action.root, inside), source: action, published: { repository: action.repository, ref } };
}

/** Run the action a step uses: the runner's own, a composite or a JavaScript action. */
export async function runAction(uses: string, step: StepRun): Promise<StepOutcome> {
  const { frame, scope, recorder, env } = step;
  const given = textsOf(step.step.with, scope);
  const withLines = Object.entries(given).map(([name, value]) => `  ${name}: ${value}`);
  if (frame.depth === 0) logHeader(recorder, uses, withLines.length > 0 ? ['with:', ...withLines] : [], env);
  const own = builtIn(uses);
  if (own) return own({ uses, inputs: given, job: frame.job, recorder, key: step.key, name: step.name });
  const { job } = frame;
  const located = locateAction(uses, frame.source, job.spec.run, job.directories.workspace);
  const action = readAction(located.directory, uses);
  const inputs = actionInputs(action, given, step);
  if ('composite' in action.runs) return runComposite(action, located, inputs, step);
  return runNode(action, action.runs.node, located, inputs, step);
}

/** Given values first, then defaults; GitHub does not check `required`. */
function actionInputs(
  action: ActionFile,
  given: Readonly<Record<string, string>>,
  { recorder, scope }: Pick<StepRun, 'recorder' | 'scope'>,
): Record<string, string> {
  const lower = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const names = action.inputs.map(({ name }) => name);
  const unexpected = Object.keys(given).filter((name) => !names.some((known) => known.toLowerCase() === name.toLowerCase()));
  if (unexpected.length > 0) {
    const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
    recorder.warning(`Unexpected input(s) ${list(unexpected)}, valid inputs are [${list(names)}]`);
  }
  const inputs = action.inputs.map((input): [string, string] => {
    const value = lower.get(input.name.toLowerCase());
    if (value !== undefined && input.deprecation !== undefined) {
      recorder.warning(`Input '${input.name}' has been deprecated with message: ${input.deprecation}`);
    }
    return [input.name, value ?? textOf(input.default, scope)];
  });
  return { ...Object.fromEntries(unexpected.map((name) => [name, given[name] ?? ''])), ...Object.fromEntries(inputs) };
}

async function runComposite(action: ActionFile, located: Located, inputs: Record<string, string>, step: StepRun): Promise<StepOutcome> {
  const inner = compositeFrame(action, located, inputs, step);
  const steps = 'composite' in action.runs ? action.runs.composite : [];
  for (const [index, model] of steps.entries()) {
    const name = stepName(model, stepScope(inner, {}));
    await runStep(model, index, inner, step.recorder, name, step.signal);
  }
  const scope = stepScope(inner, {});
  const outputs = [...action.outputs].map(([name, value]) => [name, textOf(value, scope)]);
  return { ok: inner.status === 'success', outputs: Object.fromEntries(outputs) as Record<string, string> };
}

function compositeFrame(
  action: ActionFile,
  located: Located,
  inputs: Record<string, string>,
  step: Pick<StepRun, 'frame' | 'env' | 'key'>,
): StepFrame {
  const { frame } = step;
  if (frame.depth >= MAX_DEPTH) throw new Error(`Composite action depth exceeded max depth ${MAX_DEPTH}`);
  const { job } = frame;
  const added = Object.entries(step.env).filter(([name, value]) => job.env[name] !== value);
  return {
    job,
    source: located.source,
    github: { ...frame.github, ...actionContext(located), action_path: action.directory },
    inputs,
    secrets: undefined,
    env: Object.fromEntries(added),
    defaults: { shell: undefined, workingDirectory: undefined },
    steps: {},
    status: 'success',
    depth: frame.depth + 1,
    key: step.key,
  };
}

function actionContext({ published }: Located): Record<string, string> {
  return { action_repository: published?.repository ?? '', action_ref: published?.ref ?? '' };
}

async function runNode(
  action: ActionFile,
  node: ActionRunsNode,
  located: Located,
  inputs: Record<string, string>,
  step: StepRun,
): Promise<StepOutcome> {
  const { job } = step.frame;
  const { post } = node;
  if (post !== undefined) {
    job.posts.push({
      name: `Post ${step.name}`,
      id: `__post_${step.step.id}`,
      condition: node.postIf ?? 'always()',
      run: async (recorder, signal) => {
        const { ok } = await execute(post, action, node, located, inputs, { ...step, recorder, signal }, undefined);
        return ok ? 'success' : 'failure';
      },
    });
  }
  return execute(node.main, action, node, located, inputs, step, { step: step.name, id: step.step.id });
}

type NodeStep = Pick<StepRun, 'frame' | 'env' | 'key' | 'step' | 'recorder' | 'signal'>;

async function execute(
  script: string,
  action: ActionFile,
  node: ActionRunsNode,
  located: Located,
  inputs: Readonly<Record<string, string>>,
  { frame, env, key, step, recorder, signal }: NodeStep,
  main: { step: string; id: string } | undefined,
): Promise<StepOutcome> {
  const { job } = frame;
  if (node.using !== 'node24' && node.using !== 'node20') throw new Error(`GitHub no longer runs '${node.using}' actions; use node24`);
  const inputVariables = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]);
  const outcome = await job.execute({
    file: job.spec.run.options.nodeBinary ?? process.execPath,
    args: [path.join(action.directory, script)],
    directory: job.directories.workspace,
    github: { ...frame.github, ...actionContext(located), action: step.id },
    environment: { ...env, ...(Object.fromEntries(inputVariables) as Record<string, string>) },
    fixed: { ...job.state(key), ...job.runtimeVariables() },
    stateKey: key,
    recorder,
    signal,
    main,
  });
  return { ok: outcome.ok, outputs: Object.fromEntries(outcome.outputs) };
}

/** A `pre` to run before the first step of the job. */
export interface PreStep {
  readonly name: string;
  readonly id: string;
  readonly condition: string;
  readonly run: (recorder: StepRecorder, signal: AbortSignal) => Promise<boolean>;
}

/**
 * What GitHub does with the actions of a job before its first step: fetch all of them, those inside composite actions too, and
 * collect their `pre`. Local actions come with the checkout, so they are looked at later and have no `pre`.
 * @throws UnknownAction, InvalidFile: the job fails while it is being set up
 */
export function prepareActions(steps: readonly StepRun['step'][], frame: StepFrame): PreStep[] {
  return steps.flatMap((step, index) => {
    if (step.uses === undefined || step.uses.startsWith('./') || builtIn(step.uses)) return [];
    const { job } = frame;
    const located = locateAction(step.uses, frame.source, job.spec.run, job.directories.workspace);
    const action = readAction(located.directory, step.uses);
    const key = `${frame.key}.${index}`;
    if ('composite' in action.runs)
      return prepareActions(action.runs.composite, compositeFrame(action, located, {}, { frame, env: {}, key }));
    const { node } = action.runs;
    return node.pre === undefined ? [] : [preStep(node.pre, action, node, located, { frame, step, key })];
  });
}

function preStep(
  script: string,
  action: ActionFile,
  node: ActionRunsNode,
  located: Located,
  at: Pick<StepRun, 'frame' | 'step' | 'key'>,
): PreStep {
  const { frame, step } = at;
  return {
    name: `Pre ${stepName(step, stepScope(frame, {}))}`,
    id: `__pre_${step.id}`,
    condition: node.preIf ?? 'always()',
    run: async (recorder, signal) => {
      const own = textsOf(step.env, stepScope(frame, {}));
      const scope = stepScope(frame, own);
      const inputs = actionInputs(action, textsOf(step.with, scope), { recorder, scope });
      const env = { ...frame.job.env, ...frame.env, ...own };
      const { ok } = await execute(script, action, node, located, inputs, { ...at, env, recorder, signal }, undefined);
      return ok;
    },
  };
}

/** The frame of a job's own steps. */
export function jobFrame(job: Job, defaults: StepFrame['defaults']): StepFrame {
  const scope = job.scope();
  return {
    job,
    source: job.spec.workflow.source,
    github: job.github,
    inputs: (job.spec.contexts.inputs ?? {}) as Record<string, unknown>,
    secrets: scope.contexts.secrets as Record<string, unknown>,
    env: {},
    defaults,
    steps: {},
    status: 'success',
    depth: 0,
    key: 'step',
  };
}
