import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { convertWorkflowTemplate, isBasicExpression, isMapping, isSequence, isString } from '@actions/workflow-parser';
import { convertActionTemplate, type ActionRunsNode } from '@actions/workflow-parser/actions/index';
import { ErrorPolicy } from '@actions/workflow-parser/model/convert';
import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition';
import type { TemplateContext } from '@actions/workflow-parser/templates/template-context';
import type { MappingToken, TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { FileProvider } from '@actions/workflow-parser/workflows/file-provider';
import { readTokens } from './template.js';

/** A repository at a commit, and the checkout that stands for it. */
export interface Source {
  /** `owner/name`. */
  readonly repository: string;
  /** As a user writes it after `@`: `v1`. */
  readonly shortRef: string;
  /** `refs/tags/v1`. */
  readonly ref: string;
  readonly sha: string;
  readonly root: string;
}

export interface StepModel {
  /** As written, or one GitHub would make up: `__run_2`. */
  readonly id: string;
  readonly name: TemplateToken | undefined;
  readonly if: string;
  readonly run: TemplateToken | undefined;
  readonly uses: string | undefined;
  readonly with: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly shell: TemplateToken | undefined;
  readonly workingDirectory: TemplateToken | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
}

export interface JobModel {
  readonly id: string;
  readonly needs: readonly string[];
  readonly if: string;
  readonly uses: string | undefined;
  readonly steps: readonly StepModel[];
  /** Any other key of the job: `strategy`, `environment`, `outputs`, ... */
  readonly get: (key: string) => TemplateToken | undefined;
}

export interface WorkflowFile {
  readonly source: Source;
  /** Inside the repository: `.github/workflows/x.yml`. */
  readonly path: string;
  readonly name: string;
  /** What `on` holds for each event; undefined when the event has no settings. */
  readonly events: ReadonlyMap<string, MappingToken | undefined>;
  readonly jobs: readonly JobModel[];
  readonly get: (key: string) => TemplateToken | undefined;
}

export interface ActionInput {
  readonly name: string;
  readonly default: TemplateToken | undefined;
  readonly deprecation: string | undefined;
}

export interface ActionFile {
  readonly directory: string;
  readonly name: string;
  readonly inputs: readonly ActionInput[];
  /** Output name to the expression of its value; JavaScript actions have none. */
  readonly outputs: ReadonlyMap<string, TemplateToken | undefined>;
  readonly runs: { readonly composite: readonly StepModel[] } | { readonly node: ActionRunsNode };
}

/** A file GitHub would refuse, with everything that is wrong with it. */
export class InvalidFile extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InvalidFile';
  }
}

/** The children of a mapping by key; anything else has none. */
export function field(token: TemplateToken | undefined, key: string): TemplateToken | undefined {
  return token !== undefined && isMapping(token) ? token.find(key) : undefined;
}

/** A scalar as its author wrote it, expressions included. @throws TemplateTokenError for anything else. */
export function written(token: TemplateToken): string {
  return token.assertScalar('value').toString();
}

/** A literal string of a mapping. */
export function literal(token: TemplateToken | undefined, key: string): string | undefined {
  const value = field(token, key);
  return value !== undefined && isString(value) ? value.value : undefined;
}

/**
 * Read and validate one workflow file with GitHub's own parser, the calls it makes to reusable workflows included.
 * @throws InvalidFile with every problem GitHub would report.
 */
export async function readWorkflow(source: Source, file: string, fileProvider: FileProvider): Promise<WorkflowFile> {
  const full = path.join(source.root, file);
  if (!existsSync(full)) throw new InvalidFile([`${source.repository}@${source.shortRef} has no workflow ${file}`]);
  const { context, value } = readTokens('workflow', file, readFileSync(full, 'utf8'));
  if (value)
    await convertWorkflowTemplate(context, value, fileProvider, { fetchReusableWorkflowDepth: 1, errorPolicy: ErrorPolicy.TryConversion });
  refuseErrors(context, file);
  const jobs = field(value, 'jobs');
  if (value === undefined || jobs === undefined || !isMapping(jobs)) throw new InvalidFile([`${file} has no jobs`]);
  return {
    source,
    path: file,
    name: literal(value, 'name') ?? file,
    events: eventsOf(field(value, 'on')),
    jobs: [...jobs].map(({ key, value: job }) => readJob(key.toString(), job)),
    get: (key) => field(value, key),
  };
}

/**
 * Read and validate the action in a directory.
 * @throws InvalidFile when there is none, when it is invalid, or when it needs Docker.
 */
export function readAction(directory: string, shown: string): ActionFile {
  const file = ['action.yml', 'action.yaml'].map((name) => path.join(directory, name)).find((candidate) => existsSync(candidate));
  if (file === undefined) {
    const hint = 'Did you forget to run actions/checkout before running your local action?';
    throw new InvalidFile([`Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${shown}'. ${hint}`]);
  }
  const { context, value } = readTokens('action', shown, readFileSync(file, 'utf8'));
  const template = value ? convertActionTemplate(context, value, { errorPolicy: ErrorPolicy.TryConversion }) : undefined;
  refuseErrors(context, shown);
  if (template === undefined) throw new InvalidFile([`${shown} is empty`]);
  const { runs } = template;
  if (runs.using === 'docker') throw new InvalidFile([`${shown}: the rehearsal runner does not run Docker actions`]);
  const outputs = field(value, 'outputs');
  return {
    directory,
    name: template.name,
    inputs: (template.inputs ?? []).map((input) => ({ name: input.id, default: input.default, deprecation: input.deprecationMessage })),
    outputs: new Map(
      outputs !== undefined && isMapping(outputs)
        ? [...outputs].map(({ key, value: output }) => [key.toString(), field(output, 'value')])
        : [],
    ),
    runs: runs.using === 'composite' ? { composite: readSteps(field(field(value, 'runs'), 'steps')) } : { node: runs },
  };
}

function refuseErrors(context: TemplateContext, file: string): void {
  const problems = context.errors.getErrors().map(({ message }) => (message.includes(file) ? message : `${file}: ${message}`));
  if (problems.length > 0) throw new InvalidFile(problems);
}

function eventsOf(on: TemplateToken | undefined): Map<string, MappingToken | undefined> {
  if (on === undefined) return new Map();
  if (isString(on)) return new Map([[on.value, undefined]]);
  if (isSequence(on)) return new Map([...on].map((event) => [written(event), undefined]));
  return new Map(isMapping(on) ? [...on].map(({ key, value }) => [key.toString(), isMapping(value) ? value : undefined]) : []);
}

function readJob(id: string, token: TemplateToken): JobModel {
  const needs = field(token, 'needs');
  return {
    id,
    needs: needs === undefined ? [] : isSequence(needs) ? [...needs].map((need) => written(need)) : [written(needs)],
    if: conditionOf(field(token, 'if')),
    uses: literal(token, 'uses'),
    steps: readSteps(field(token, 'steps')),
    get: (key) => field(token, key),
  };
}

const BACKGROUND_KEYS = ['background', 'wait', 'wait-all', 'cancel', 'parallel'];

function readSteps(steps: TemplateToken | undefined): StepModel[] {
  if (steps === undefined || !isSequence(steps)) return [];
  return [...steps].map((step, index) => {
    const unmodelled = BACKGROUND_KEYS.find((key) => field(step, key) !== undefined);
    if (unmodelled !== undefined) throw new InvalidFile([`The rehearsal runner has no model of \`${unmodelled}\` steps`]);
    return {
      id: literal(step, 'id') ?? `__${field(step, 'run') ? 'run' : 'uses'}_${index + 1}`,
      name: field(step, 'name'),
      if: conditionOf(field(step, 'if')),
      run: field(step, 'run'),
      uses: literal(step, 'uses'),
      with: field(step, 'with'),
      env: field(step, 'env'),
      shell: field(step, 'shell'),
      workingDirectory: field(step, 'working-directory'),
      timeoutMinutes: field(step, 'timeout-minutes'),
      continueOnError: field(step, 'continue-on-error'),
    };
  });
}

/** An `if` as an expression that calls a status function, which GitHub adds when the author did not. */
function conditionOf(token: TemplateToken | undefined): string {
  if (token === undefined) return 'success()';
  const condition = isBasicExpression(token) ? token.expression : written(token).trim();
  return condition === '' ? 'success()' : ensureStatusFunction(condition, token.definitionInfo);
}
