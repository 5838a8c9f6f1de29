import { stringify } from 'yaml';
import type { Rehearsal, WorkflowRun } from '../../../rehearsal/rehearsal.js';
import { ENVIRONMENT } from '../../../rehearsal/rehearsal.js';
import type { RunResult, StepResult } from '../../../rehearsal/runner/index.js';
import { OUTPUTS } from '../../../src/interface.js';
import type { PassNumber } from '../../../src/passes.js';

/** One pass in a caller workflow of its own; what is left out is as in examples/light.yml. */
export interface PassRun extends Omit<WorkflowRun, 'passes'> {
  /** Default: none is given. */
  readonly pass?: PassNumber | undefined;
  /** Default `apply`. */
  readonly command?: string;
  /** Inputs besides the usual ones, or instead of them; an empty text takes one away. */
  readonly with?: Readonly<Record<string, string>>;
  /** Secrets of the GitHub environment instead of the usual ones of the same name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Environment of the action's step. */
  readonly env?: Readonly<Record<string, string>>;
  /** Permissions of the job. */
  readonly permissions?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly result: RunResult;
  /** The step that used the action. */
  readonly step: StepResult;
  /** The action's outputs. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** What every run gets: the identity, the state, and waits short enough for a test. */
const USUAL_INPUTS = {
  topology: 'light',
  config: 'langsmith/terraform.tfvars',
  environment: ENVIRONMENT,
  'client-id': '${{ vars.AZURE_CLIENT_ID }}',
  'tenant-id': '${{ vars.AZURE_TENANT_ID }}',
  'subscription-id': '${{ vars.AZURE_SUBSCRIPTION_ID }}',
  'state-account': '${{ vars.LANGSMITH_STATE_ACCOUNT }}',
  'timeout-minutes': '1',
};

const FIRST_RUN_SECRETS = {
  'license-key': '${{ secrets.LANGSMITH_LICENSE_KEY }}',
  'admin-password': '${{ secrets.LANGSMITH_ADMIN_PASSWORD }}',
  'admin-email': '${{ secrets.LANGSMITH_ADMIN_EMAIL }}',
};

const STEP = 'pass';

const outputsOfStep = (step: string): Record<string, string> =>
  Object.fromEntries(Object.keys(OUTPUTS).map((name) => [name, `\${{ steps.${step}.outputs.${name} }}`]));

/** A user's workflow with one job that runs one pass. */
export function passWorkflow(run: PassRun): string {
  const inputs = { ...USUAL_INPUTS, ...(run.pass === 1 ? FIRST_RUN_SECRETS : {}), ...run.with };
  const job = {
    'runs-on': 'ubuntu-24.04',
    environment: ENVIRONMENT,
    permissions: run.permissions ?? { 'id-token': 'write', contents: 'read' },
    outputs: outputsOfStep(STEP),
    steps: [
      { uses: 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8' },
      {
        id: STEP,
        uses: 'org/langsmith-azure@v1',
        env: run.env ?? {},
        with: { command: run.command ?? 'apply', ...(run.pass === undefined ? {} : { pass: String(run.pass) }), ...inputs },
      },
    ],
  };
  const dispatch = { inputs: { passes: { type: 'string' } } };
  return stringify({ name: 'One pass', on: { workflow_dispatch: dispatch, pull_request: {} }, jobs: { only: job } });
}

/** Writes the workflow of one pass into the user's repository and runs it. */
export async function runPass(rehearsal: Rehearsal, run: PassRun): Promise<Outcome> {
  await rehearsal.setWorkflow(passWorkflow(run));
  return outcomeOf(await rehearsal.run(run), STEP);
}

export interface DestroyRun extends Omit<WorkflowRun, 'passes' | 'event'> {
  /** What is typed when the workflow is dispatched. Default: the right name. */
  readonly confirm?: string;
  readonly with?: Readonly<Record<string, string>>;
}

/** Destroys the deployment in a caller workflow with one job; the reusable workflow would refuse a wrong name before the action can. */
export function runDestroy(rehearsal: Rehearsal, { confirm = ENVIRONMENT, ...run }: DestroyRun = {}): Promise<Outcome> {
  return runPass(rehearsal, { ...run, command: 'destroy', with: { 'confirm-destroy': confirm, ...run.with } });
}

function outcomeOf(result: RunResult, stepId: string): Outcome {
  const job = result.jobs[0];
  const step = job?.steps.find(({ id }) => id === stepId);
  if (job === undefined || step === undefined) throw new Error(`the action was not reached: ${result.errors.join('; ')}`);
  return { result, step, outputs: job.outputs };
}
