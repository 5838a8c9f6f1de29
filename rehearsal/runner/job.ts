import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { JobTokens } from '../world/github.js';
import { CommandFiles } from './command-files.js';
import { contextVariables, runnerContext, type Context, type JobDirectories } from './contexts.js';
import type { JobModel, StepModel, WorkflowFile } from './documents.js';
import { textOf, type Scope, type Status } from './expressions.js';
import { Masks } from './masks.js';
import { levelOf } from './permissions.js';
import { runProcess, TRACKING_VARIABLE } from './process.js';
import { StepRecorder } from './recorder.js';
import type { Run } from './run.js';
import type { Conclusion, Permissions, StepResult } from './types.js';

/** A leg of a job that is about to run, everything decided. */
export interface JobSpec {
  readonly run: Run;
  readonly workflow: WorkflowFile;
  readonly model: JobModel;
  readonly id: string;
  readonly name: string;
  readonly permissions: Permissions;
  readonly environment: string | undefined;
  readonly deployment: boolean;
  readonly tokens: JobTokens;
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  /** `github` without what belongs to the job, `needs`, `strategy`, `matrix`, `inputs`. */
  readonly contexts: Context;
  /** Aborted when the job is to be cancelled; the reason is the text for the log. */
  readonly signal: AbortSignal;
}

/** A `post` that has earned its run because its `main` was started. */
export interface PostStep {
  readonly name: string;
  readonly id: string;
  readonly condition: string;
  readonly run: (recorder: StepRecorder, signal: AbortSignal) => Promise<Conclusion>;
}

/** One process a step needs, before the job adds its environment. */
export interface StepProcess {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** `github` as this step sees it: composite actions change parts of it. */
  readonly github: Context;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables the environment of the step may not override. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Owner of the saved state: an action's `pre`, `main` and `post` share one. */
  readonly stateKey: string;
  readonly recorder: StepRecorder;
  readonly signal: AbortSignal;
  /** Main processes can be killed by a {@link RunControl}. */
  readonly main: { readonly step: string; readonly id: string } | undefined;
}

export interface ProcessOutcome {
  readonly code: number;
  /** Exit code 0, no failing command, command files that parse. */
  readonly ok: boolean;
  readonly outputs: ReadonlyMap<string, string>;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A running job: what its steps share and change. */
export class Job {
  readonly masks = new Masks();
  readonly directories: JobDirectories;
  readonly trackingId = `github_${randomUUID()}`;
  readonly debug: boolean;
  readonly runner: Context;
  readonly github: Context;
  /** The `env` context: workflow, job, then whatever steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string> = {};
  readonly posts: PostStep[] = [];
  readonly results: StepResult[] = [];
  /** Process groups started, for systems without /proc. */
  readonly groups: number[] = [];
  status: 'success' | 'failure' = 'success';
  readonly #paths: string[] = [];
  readonly #states = new Map<string, Map<string, string>>();

  constructor(readonly spec: JobSpec) {
    const { run, secrets, tokens } = spec;
    for (const secret of Object.values(secrets)) this.masks.add(secret);
    for (const token of [tokens.githubToken, tokens.idTokenRequestToken, tokens.runtimeToken]) this.masks.add(token);
    this.debug = [secrets, spec.variables].some((values) => values.ACTIONS_STEP_DEBUG === 'true');
    const [, repository = ''] = run.options.world.github.repository.split('/');
    const root = path.join(run.directory, spec.id.replace(/[^\w.-]+/g, '_'));
    this.directories = {
      workspace: path.join(root, 'work', repository, repository),
      temp: path.join(root, 'temp'),
      toolCache: path.join(run.options.workDirectory, 'tool-cache'),
      home: path.join(root, 'home'),
    };
    rmSync(this.directories.temp, { recursive: true, force: true });
    for (const directory of Object.values(this.directories)) mkdirSync(directory, { recursive: true });
    this.runner = runnerContext(this.directories, this.debug);
    this.github = {
      ...(spec.contexts.github as Context),
      job: spec.model.id,
      token: tokens.githubToken,
      workspace: this.directories.workspace,
    };
  }

  get cancelled(): boolean {
    return this.spec.signal.aborted;
  }

  /** `job.status` and what the status functions go by; a cancelled job neither succeeded nor failed. */
  statusOf(of: 'success' | 'failure'): Status {
    return { success: of === 'success' && !this.cancelled, failure: of === 'failure' && !this.cancelled, cancelled: this.cancelled };
  }

  /** What expressions of the job itself see: workflow `env`, outputs, the environment's URL. */
  scope(more: Context = {}): Scope {
    return {
      contexts: {
        ...this.spec.contexts,
        github: this.github,
        secrets: { ...this.spec.secrets, GITHUB_TOKEN: this.spec.tokens.githubToken },
        vars: this.spec.variables,
        env: this.env,
        runner: this.runner,
        ...more,
      },
      workspace: this.directories.workspace,
    };
  }

  /** A recorder for the next entry of the job's log. */
  record(name: string, id: string): StepRecorder {
    return new StepRecorder(this.spec.id, name, id, this.masks, (event) => this.spec.run.emit(event), this.debug);
  }

  /** Run one process as the runner does, then take over what it left in its command files. */
  async execute(step: StepProcess): Promise<ProcessOutcome> {
    const { run } = this.spec;
    const files = new CommandFiles(this.directories.temp);
    const reader = step.recorder.reader();
    const environment = this.#environment(step, files);
    const running = step.main && {
      job: this.spec.id,
      ...step.main,
      kill: (): void => undefined,
    };
    let ended = (): void => undefined;
    const code = await runProcess({
      ...step,
      environment,
      grace: run.grace,
      onStart: (kill, group) => {
        this.groups.push(group);
        if (!running) return;
        running.kill = kill;
        const stopped = run.control.started(running);
        ended = () => void stopped();
      },
      onLine: (line) => {
        reader.read(line);
        if (running) run.control.wrote(running, line);
      },
    }).finally(() => ended());
    const left = files.collect();
    for (const error of left.errors) step.recorder.error(error);
    if (left.summaryError !== undefined) step.recorder.error(left.summaryError);
    step.recorder.addSummary(left.summary);
    for (const [name, value] of left.env) this.env[name] = value;
    this.#paths.unshift(...[...left.paths].reverse());
    const state = this.#states.get(step.stateKey) ?? new Map<string, string>();
    this.#states.set(step.stateKey, new Map([...state, ...left.state]));
    return { code, ok: code === 0 && !reader.failed() && left.errors.length === 0, outputs: left.outputs };
  }

  /** `STATE_*` for an action's `main` or `post`: what it saved before. */
  state(key: string): Record<string, string> {
    return Object.fromEntries([...(this.#states.get(key) ?? [])].map(([name, value]) => [`STATE_${name}`, value]));
  }

  /** Variables that only JavaScript actions get: the cache and artifact services. */
  runtimeVariables(): Record<string, string> {
    const { cacheUrl } = this.spec.run;
    return {
      ACTIONS_RUNTIME_URL: cacheUrl,
      ACTIONS_RUNTIME_TOKEN: this.spec.tokens.runtimeToken,
      ACTIONS_RESULTS_URL: cacheUrl,
      ACTIONS_CACHE_URL: cacheUrl,
      ACTIONS_CACHE_SERVICE_V2: 'True',
    };
  }

  #environment(step: StepProcess, files: CommandFiles): Record<string, string> {
    const { run, permissions, tokens } = this.spec;
    const { PATH: prefix, ...extra } = run.options.environment ?? {};
    const identity = levelOf(permissions, 'id-token') === 'write';
    const composed: Record<string, string> = {
      PATH: [prefix, SYSTEM_PATH, path.dirname(run.options.nodeBinary ?? process.execPath)].filter((part) => part !== undefined).join(':'),
      HOME: this.directories.home,
      LANG: 'C.UTF-8',
      CI: 'true',
      ...extra,
      ...step.environment,
      GITHUB_ACTIONS: 'true',
      [TRACKING_VARIABLE]: this.trackingId,
      ...contextVariables('GITHUB', step.github),
      ...contextVariables('RUNNER', this.runner),
      ...files.variables(),
      ...(identity ? { ACTIONS_ID_TOKEN_REQUEST_URL: run.oidcRequestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: tokens.idTokenRequestToken } : {}),
      ...step.fixed,
    };
    return { ...composed, PATH: [...this.#paths, composed.PATH].join(':') };
  }
}

/** What the log calls a step: its name, or what it runs. */
export function stepName(step: StepModel, scope: Scope): string {
  if (step.name !== undefined) return textOf(step.name, scope);
  if (step.uses !== undefined) return `Run ${step.uses}`;
  const [first = ''] = textOf(step.run, scope).trim().split('\n');
  return `Run ${first}`;
}
