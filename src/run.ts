import type { LockRecord } from './clean-up.js';
import type { DeployError } from './errors.js';
import type { GitHubRunner } from './github-runner.js';
import type { PhaseRunner } from './phase.js';
import type { Inputs } from './phases/inputs.js';
import type { Session } from './phases/login.js';
import type { RunReport } from './phases/report.js';
import type { Infrastructure } from './phases/state.js';
import type { Toolbox } from './phases/tools.js';
import type { PrivateDirectory } from './private-directory.js';
import { terraformEnvironment } from './terraform-workspace.js';

/** What the report learns while phases run; survives the phase that fails. */
export interface Findings {
  terraform?: NonNullable<RunReport['terraform']>;
  review?: NonNullable<RunReport['review']>;
  drift?: NonNullable<RunReport['drift']>;
  planJson?: NonNullable<RunReport['planJson']>;
  release?: NonNullable<RunReport['release']>;
  workloads?: NonNullable<RunReport['workloads']>;
  checks?: NonNullable<RunReport['checks']>;
  destroyed?: NonNullable<RunReport['destroyed']>;
  url?: string;
  failure?: DeployError;
}

export interface Run {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly actionRoot: string;
  readonly runner: GitHubRunner;
  readonly phases: PhaseRunner;
  readonly privateDirectory: PrivateDirectory;
  readonly findings: Findings;
}

/** What a run has once it has logged in and read the state. */
export interface SignedIn {
  readonly inputs: Inputs;
  readonly toolbox: Toolbox;
  readonly session: Session;
  readonly infrastructure: Infrastructure;
}

/** For the post step of a killed run: how to give back the state lock that it may have held. Before Terraform takes it. */
export function saveLock(runner: GitHubRunner, toolbox: Toolbox, session: Session, { terraform }: Pick<Infrastructure, 'terraform'>): void {
  const lock: LockRecord = {
    directory: terraform.directory,
    terraform: toolbox.terraform.path,
    environment: terraformEnvironment(session),
    since: new Date().toISOString(),
  };
  runner.save('lock', JSON.stringify(lock));
}
