import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DeployError } from '../errors.js';
import type { Log } from '../log.js';
import { until, type Patience } from '../retry.js';
import { countChanges, describeCounts, resourceChanges, type ResourceChange } from '../terraform-changes.js';
import type { SecretReader } from '../tools/key-vault.js';
import { TerraformError, type PlanFile, type Terraform } from '../tools/terraform.js';
import type { Inputs } from './inputs.js';
import type { Session } from './login.js';
import { explainState, readState, type Infrastructure } from './state.js';

/** What pass 1 would change or changed. */
export interface Provisioned {
  readonly changes: readonly ResourceChange[];
  readonly applied: boolean;
}

export interface ProvisionTools {
  readonly log: Log;
  readonly openVault: (vaultUri: string) => Promise<SecretReader>;
  readonly patience: Patience;
}

/**
 * `terraform plan`, and on `apply` that very plan. The secrets file is removed as soon as Terraform has read it for the last time.
 * @throws DeployError `provision-invalid`, `provision-failed`, `state-locked`, `state-*`, `login-*`.
 */
export async function provision(
  inputs: Inputs,
  session: Session,
  infrastructure: Infrastructure,
  tools: ProvisionTools,
): Promise<Provisioned> {
  const { terraform } = infrastructure;
  try {
    const plan = await terraform.plan();
    const changes = resourceChanges(await terraform.showPlan(plan));
    if (inputs.command === 'plan' || !plan.hasChanges) return { changes, applied: false };
    await applyWithPatience(terraform, plan, tools);
    return { changes, applied: true };
  } catch (error) {
    throw explainProvision(error, inputs, session);
  } finally {
    await rm(path.join(terraform.directory, 'secrets.auto.tfvars.json'), { force: true });
  }
}

/**
 * Terraform grants the deploying identity its Key Vault role and writes secrets in one run, but the vault believes a new role only
 * minutes later. Instead of a fixed sleep, wait until the vault answers, then let Terraform resume the rest.
 */
async function applyWithPatience(terraform: Terraform, plan: PlanFile, tools: ProvisionTools): Promise<void> {
  try {
    await terraform.apply(plan);
  } catch (error) {
    if (
      !(error instanceof TerraformError) ||
      !error.diagnostics.every((diagnostic) => /ForbiddenByRbac/.test(diagnostic.detail + diagnostic.summary))
    )
      throw error;
    const { vaultUri } = readState(await terraform.showState());
    if (vaultUri === undefined) throw error;
    tools.log.info('the Key Vault role is granted but not yet believed by the vault; waiting for it');
    const read = await tools.openVault(vaultUri);
    const believed = await until(tools.patience, async () =>
      (await read('langsmith-license-key')).kind === 'forbidden' ? undefined : true,
    );
    if (believed !== true) throw error;
    await terraform.apply(await terraform.plan());
  }
}

function explainProvision(error: unknown, inputs: Inputs, session: Session): unknown {
  const explained = explainState(error, inputs, session);
  if (!(explained instanceof TerraformError)) return explained;
  const detail = explained.message;
  return explained.command === 'plan'
    ? new DeployError('provision-invalid', detail, { cause: error })
    : new DeployError('provision-failed', detail, { cause: error });
}

export function describeProvision(result: Provisioned): string {
  const counts = describeCounts(countChanges(result.changes));
  return result.applied ? `applied: ${counts}` : `planned: ${counts}`;
}
