import { decodeOutputs, OUTPUT_NAMES } from '../phases/outputs.js';
import { showReview } from '../phases/plan.js';
import { describeProvision, provision, VAULT_PATIENCE } from '../phases/provision.js';
import type { Secrets } from '../phases/secrets.js';
import { reviewInfrastructure } from '../review/review.js';
import { saveLock, type Run, type SignedIn } from '../run.js';
import type { SecretReader } from '../tools/key-vault.js';
import { describeOutputs, planKey, show } from './shown.js';

/** What pass 1 has once it knows its secrets. */
export interface Provisioning extends SignedIn {
  readonly openVault: (vaultUri: string) => Promise<SecretReader>;
  readonly secrets: Secrets;
}

/** Pass 1: what stands in Azure. @param onPlan sees the plan (`terraform show -json <plan>`) before anything else is done with it. */
export async function deployInfrastructure(
  run: Run,
  { inputs, toolbox, session, infrastructure, openVault, secrets }: Provisioning,
  onPlan?: (plan: unknown) => void,
): Promise<void> {
  const { runner, phases, findings } = run;
  saveLock(runner, toolbox, session, infrastructure);
  const review = async (plan: unknown): Promise<void> => {
    onPlan?.(plan);
    await showReview(reviewInfrastructure(inputs.environment, plan, planKey(inputs, secrets)), inputs, runner, show(run, inputs));
  };
  const provisioned = await phases.run(
    'provision',
    () => provision(inputs, session, infrastructure, { log: runner, openVault, patience: VAULT_PATIENCE, review }),
    describeProvision,
  );
  // Before the first complete apply there is nothing to decode, and a plan that shows it has done its work.
  if (inputs.command === 'plan' && provisioned.changes.length > 0 && !OUTPUT_NAMES.every((name) => name in infrastructure.outputs)) return;
  const outputs = await phases.run(
    'outputs',
    async () => decodeOutputs(provisioned.applied ? await infrastructure.terraform.output() : infrastructure.outputs),
    describeOutputs,
  );
  findings.url = outputs.langsmith_url;
}
