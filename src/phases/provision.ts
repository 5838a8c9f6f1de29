import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DeployError, FAILURE_REASONS } from '../errors.js';
import type { Log } from '../log.js';
import { irreversibleChanges, unapproved, type IrreversibleChange } from '../plan-guards.js';
import { until, type Patience } from '../retry.js';
import { demandRemainder } from '../review/remainder.js';
import { terraformItems } from '../review/terraform-items.js';
import { countChanges, describeCounts, resourceChanges, type ResourceChange } from '../terraform-changes.js';
import type { SecretReader } from '../tools/key-vault.js';
import { TerraformError, type Diagnostic, type PlanFile, type Terraform } from '../tools/terraform.js';
import type { Inputs } from './inputs.js';
import type { Session } from './login.js';
import { explainState, readState, type Infrastructure } from './state.js';

/** What pass 1 would change or changed. */
export interface Provisioned {
  readonly changes: readonly ResourceChange[];
  /** Those that cannot be undone. */
  readonly irreversible: readonly IrreversibleChange[];
  readonly applied: boolean;
}

export interface ProvisionTools {
  readonly log: Log;
  readonly openVault: (vaultUri: string) => Promise<SecretReader>;
  /** How long a fresh role assignment may take to be believed by the vault. */
  readonly patience: Patience;
  /** Sees the plan (`terraform show -json <plan>`) before anything acts on it, and throws to stop the run. */
  readonly review: (plan: unknown) => Promise<void>;
}

/** Role assignments take minutes to reach Key Vault. */
export const VAULT_PATIENCE: Patience = { deadlineMs: 5 * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 };

/**
 * `terraform plan`, and on `apply` that very plan. The secrets file is removed as soon as Terraform has read it for the last time.
 * @throws DeployError `provision-invalid`, `provision-guarded`, `plan-changed` when it cannot be finished as planned, `provision-failed`, `state-locked`, `state-*`, `login-*`.
 */
export async function provision(
  inputs: Inputs,
  session: Session,
  infrastructure: Infrastructure,
  tools: ProvisionTools,
): Promise<Provisioned> {
  const { terraform } = infrastructure;
  let changes: ResourceChange[] = [];
  try {
    const plan = await terraform.plan();
    const planned = await terraform.showPlan(plan);
    changes = resourceChanges(planned);
    const irreversible = irreversibleChanges(planned);
    await tools.review(planned);
    if (inputs.command === 'plan' || !plan.hasChanges) return { changes, irreversible, applied: false };
    refuseUnapproved(irreversible, inputs.approvedIrreversible);
    await applyWithPatience(terraform, plan, tools, (resumed) => {
      const allowed = demandRemainder(terraformItems('infrastructure', planned), terraformItems('infrastructure', resumed), inputs);
      for (const difference of allowed) tools.log.warning(`not as approved, let through by allow-drift: ${difference}`, 'plan');
    });
    return { changes, irreversible, applied: true };
  } catch (error) {
    throw explainProvision(error, inputs, session, changes);
  } finally {
    await rm(path.join(terraform.directory, 'secrets.auto.tfvars.json'), { force: true });
  }
}

/** @throws DeployError `provision-guarded` naming what no input approves. */
export function refuseUnapproved(irreversible: readonly IrreversibleChange[], approved: readonly string[]): void {
  const refused = unapproved(irreversible, approved);
  if (refused.length > 0) throw new DeployError('provision-guarded', refused.map(({ address, what }) => `- ${address} ${what}`).join('\n'));
}

/** The vault's refusal of a principal without a role; the wording depends on which client library the provider uses. */
const isNotYetBelieved = ({ summary, detail }: Diagnostic): boolean =>
  /ForbiddenByRbac|Caller is not authorized to perform action on resource/.test(`${summary}\n${detail}`);

/**
 * Terraform grants the deploying identity its Key Vault role and writes secrets in one run, but the vault believes a new role only
 * minutes later. Instead of a fixed sleep, wait until the vault answers, then let Terraform resume the rest.
 * @param demandRest sees the plan of the rest (`terraform show -json <plan>`), and throws when it is more than that.
 */
async function applyWithPatience(
  terraform: Terraform,
  plan: PlanFile,
  tools: ProvisionTools,
  demandRest: (plan: unknown) => void,
): Promise<void> {
  try {
    await terraform.apply(plan);
  } catch (error) {
    if (!(error instanceof TerraformError) || !error.diagnostics.every(isNotYetBelieved)) throw error;
    const { vaultUri } = readState(await terraform.showState());
    if (vaultUri === undefined) throw error;
    tools.log.info('the Key Vault role is granted but not yet believed by the vault; waiting for it');
    const read = await tools.openVault(vaultUri);
    const believed = await until(tools.patience, async () =>
      (await read('langsmith-license-key')).kind === 'forbidden' ? undefined : true,
    );
    if (believed !== true) throw error;
    const rest = await terraform.plan();
    demandRest(await terraform.showPlan(rest));
    await terraform.apply(rest);
  }
}

/** Why Terraform failed to plan or apply, as a DeployError where this is known. */
export function explainProvision(error: unknown, inputs: Inputs, session: Session, changes: readonly ResourceChange[]): unknown {
  const explained = explainState(error, inputs, session);
  if (!(explained instanceof TerraformError)) return explained;
  // A plan that Azure itself refused, while Terraform looked at what exists, says nothing against the configuration.
  if (explained.command === 'plan' && !/unexpected status \d|StatusCode=\d/.test(explained.message))
    return new DeployError('provision-invalid', explained.message, { cause: error });
  if (explained.message.includes('already exists - to be managed via Terraform')) {
    return new DeployError('provision-failed', explained.message, {
      cause: error,
      // Terraform writes the state at most every 20 seconds, and what a killed one had not written it cannot know.
      fix: 'If a run that was killed made what is named above, delete it in Azure (nothing uses it yet) or import it into the state, and run again. If it is not yours, choose another identifier.',
    });
  }
  const rotations = changes.filter((change) => change.type === 'azurerm_key_vault_secret' && change.action === 'update');
  // azurerm stores the new version number even when the write failed (terraform-plugin-sdk issue 476), so the next plan would be empty.
  const fix = rotations.some((change) => explained.diagnostics.some((diagnostic) => diagnostic.address === change.address))
    ? {
        fix: `${FAILURE_REASONS['provision-failed'].fix} Raise the number of each secret named above in secret_versions once more: Terraform believes that it was written.`,
      }
    : {};
  return new DeployError('provision-failed', explained.message, { cause: error, ...fix });
}

export function describeProvision(result: Provisioned): string {
  const counts = describeCounts(countChanges(result.changes));
  return result.applied ? `applied: ${counts}` : `planned: ${counts}`;
}
