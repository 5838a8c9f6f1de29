import type { World } from '../world/world.js';
import type { RunControl } from './control.js';

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

/** What set the workflow off. */
export interface WorkflowEvent {
  /** `push`, `pull_request`, `workflow_dispatch`, `schedule`, ... */
  readonly name: string;
  /** The webhook body; repository and sender are filled in when absent. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Inputs of a `workflow_dispatch`, or of a reusable workflow that is run directly. */
  readonly inputs?: Readonly<Record<string, string | boolean | number>>;
}

/** Secrets and variables of one GitHub environment; they win over the repository's. */
export interface EnvironmentValues {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** Checkout that stands for `actionRepository@actionRef`. */
  readonly actionRoot: string;
  /** `org/langsmith-azure`. */
  readonly actionRepository: string;
  /** The one ref `actionRoot` stands for, as users write it: `v1`. */
  readonly actionRef: string;
  /** The user's repository, whose name is `world.github.repository`. */
  readonly callerRoot: string;
  /** `.github/workflows/x.yml` of the caller, or `org/langsmith-azure/.github/workflows/x.yml@v1`. */
  readonly workflow: string;
  readonly event: WorkflowEvent;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Secrets and variables by environment name. */
  readonly environments?: Readonly<Record<string, EnvironmentValues>>;
  readonly world: World;
  /** Extra variables of every process; a `PATH` here is put before the runner's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs node20 and node24 actions. Default: the Node that runs the runner. */
  readonly nodeBinary?: string;
  /** Everything the run writes goes below this directory. */
  readonly workDirectory: string;
  /** Answers for a required reviewer; without it a gated job fails with an explanation. */
  readonly approve?: (environment: string, job: { readonly id: string; readonly name: string }) => Promise<boolean>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  readonly control?: RunControl;
  /** Default `refs/heads/main`, or what the payload says. */
  readonly ref?: string;
  /** Commit of the caller, 40 hex digits. Default: derived from repository and ref. */
  readonly sha?: string;
  /** Login of who set it off. Default `octocat`. */
  readonly actor?: string;
  /** The run whose failed and cancelled jobs run again, with all that depends on them; what succeeded keeps its result and outputs. */
  readonly rerun?: RunResult;
  /** GITHUB_TOKEN rights of a workflow that says nothing: the repository setting. Default `read`. */
  readonly defaultPermissions?: 'read' | 'write';
  readonly oidcRequestUrl?: string;
  readonly cacheUrl?: string;
  readonly apiUrl?: string;
  /** Milliseconds from SIGINT to SIGTERM (GitHub: 7500) and from SIGTERM to SIGKILL (GitHub: 2500). */
  readonly grace?: { readonly interruptMs: number; readonly terminateMs: number };
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string | undefined;
  readonly message: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
}

export interface StepResult {
  readonly name: string;
  readonly id: string;
  /** After `continue-on-error`. */
  readonly conclusion: Conclusion;
  /** Before `continue-on-error`. */
  readonly outcome: Conclusion;
  readonly durationMs: number;
  /** Lines as a reader of the log sees them. */
  readonly log: readonly string[];
  /** The same lines before masking, commands included: what a leak test must not trust to be hidden. */
  readonly rawLog: readonly string[];
  readonly annotations: readonly Annotation[];
  /** Masked Markdown of the step summary; empty when none was written. */
  readonly summary: string;
}

export interface JobResult {
  /** Ids from the top workflow down, with the matrix leg: `production/build (aws)`. */
  readonly id: string;
  /** Display name, callers first: `production / Build`. */
  readonly name: string;
  readonly conclusion: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  readonly environment: string | undefined;
  readonly environmentUrl: string | undefined;
  /** Whether GitHub keeps a deployment record: it does for an environment, unless told `deployment: false`. */
  readonly deployment: boolean;
  readonly permissions: Readonly<Record<string, PermissionLevel>>;
  readonly steps: readonly StepResult[];
  /** Why a job without steps ended as it did: rejected approval, concurrency, an expression that failed. */
  readonly reason: string | undefined;
}

export interface Artifact {
  readonly name: string;
  readonly directory: string;
  /** Paths inside the artifact, sorted. */
  readonly files: readonly string[];
}

export interface RunResult {
  /** `startup_failure`: GitHub would have refused the workflow file, nothing ran. */
  readonly conclusion: Conclusion | 'startup_failure';
  readonly runId: number;
  /** 1, and one more with each {@link RunOptions.rerun}. */
  readonly attempt: number;
  readonly jobs: readonly JobResult[];
  readonly artifacts: readonly Artifact[];
  /** Everything wrong that is not the exit code of a step: invalid files, unknown actions, failed expressions. */
  readonly errors: readonly string[];
}

export type RunEvent =
  | { readonly type: 'job-started'; readonly job: string; readonly name: string }
  | { readonly type: 'job-waiting-approval'; readonly job: string; readonly environment: string; readonly reviewers: readonly string[] }
  | { readonly type: 'job-finished'; readonly job: string; readonly name: string; readonly conclusion: Conclusion }
  | { readonly type: 'step-started'; readonly job: string; readonly step: string }
  | {
      readonly type: 'step-finished';
      readonly job: string;
      readonly step: string;
      readonly conclusion: Conclusion;
      readonly durationMs: number;
    }
  | { readonly type: 'group'; readonly job: string; readonly step: string; readonly title: string }
  | { readonly type: 'log'; readonly job: string; readonly step: string; readonly line: string };

export type PermissionLevel = 'none' | 'read' | 'write';
export type Permissions = Readonly<Record<string, PermissionLevel>>;
