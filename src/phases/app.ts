import { explainApp } from '../app/failure.js';
import { demandRest } from '../app/part.js';
import type { AppPlan, AppRequest, AppTools } from '../app/plan.js';
import { appStateKey } from '../app/state.js';
import { withVariables } from '../app/variables.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { NOT_YET } from '../platform/install.js';
import { clearPending } from '../release/recovery.js';
import { until } from '../retry.js';
import { type Diagnostic, TerraformError, type PlanFile } from '../tools/terraform.js';
import type { Inputs } from './inputs.js';
import { ensureNamespaces, type Change } from './platform.js';
import { refuseUnapproved, type Provisioned } from './provision.js';

/** What became of the cluster. */
export interface AppResult extends Provisioned {
  /** What Terraform did to the LangSmith release. */
  readonly release: Change;
}

/** The apply's own words about add-ons that are installed and do not answer yet; they are given this long. */
const ADDON_PATIENCE = { deadlineMs: 3 * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 };

/**
 * The Terraform path: applies the very plan of `terraform/app` that the phase `plan` has shown. The phases after it find everything as
 * they would have made it, and set right what Terraform cannot see.
 * @throws DeployError `provision-guarded`, `plan-changed` when it cannot be finished as planned, `release-failed`, `platform-failed`,
 * `state-*`.
 */
export async function applyApp(cluster: Cluster, planned: AppPlan, request: AppRequest, tools: AppTools): Promise<AppResult> {
  const { changes, irreversible, release, revisions, addons } = planned;
  if (!planned.part.hasChanges) return { changes, irreversible, release, applied: false };
  const inputs = { ...request.inputs, stateKey: appStateKey(request.inputs.stateKey) };
  const { outputs, session, secrets } = request;
  refuseUnapproved(irreversible, inputs.approvedIrreversible);
  await ensureNamespaces(cluster, outputs, addons);
  await clearAllPending(cluster, planned, request);
  try {
    await makeWayForSecrets(cluster, planned, request);
    await withVariables(tools.privateDirectory, { inputs, access: cluster.access, secrets }, revisions, () =>
      applyWhenAnswered(cluster, planned, inputs),
    );
    return { changes, irreversible, release, applied: true };
  } catch (error) {
    throw await explainApp(error, cluster, inputs, session, outputs);
  }
}

/** Helm refuses to work on a release whose last run died. Whoever holds the lease knows that no other run lives. */
async function clearAllPending(cluster: Cluster, { addons }: AppPlan, { outputs }: AppRequest): Promise<void> {
  const namespace = outputs.langsmith_namespace;
  const own = ['langsmith-platform', outputs.langsmith_release_name].map((name) => ({ name, namespace }));
  await Promise.all(
    [...addons, ...own].map(async (release) =>
      clearPending(cluster, await cluster.helm.newest(release.name, release.namespace), release.namespace),
    ),
  );
}

/**
 * Terraform makes Secrets and adopts none: an import would read their data into the state. What is there already, from the Helm path,
 * makes way; the same data is back within the same apply, and pods that run have read it.
 */
async function makeWayForSecrets({ log, kubectl }: Cluster, { adopted }: AppPlan, { outputs }: AppRequest): Promise<void> {
  for (const name of adopted) {
    log.info(`Secret ${name}: Terraform takes it over.`);
    await kubectl.delete('secret', name, outputs.langsmith_namespace);
  }
}

/**
 * Applies the plan. An add-on that was installed a moment ago may not answer yet: Terraform then resumes, with a plan of the rest and
 * nothing but the rest.
 */
async function applyWhenAnswered(cluster: Cluster, planned: AppPlan, inputs: Pick<Inputs, 'allowedDrift'>): Promise<void> {
  const { terraform, plan } = planned;
  let refusal: TerraformError | undefined;
  const done = await until(ADDON_PATIENCE, async () => {
    try {
      await terraform.apply(refusal === undefined ? plan : await planRest(cluster, planned, inputs));
      return true;
    } catch (error) {
      if (!(error instanceof TerraformError) || error.command !== 'apply' || !error.diagnostics.every(isNotYet)) throw error;
      if (refusal === undefined) cluster.log.info(`An add-on does not answer yet: ${cluster.redact(error.message)}`);
      refusal = error;
      return undefined;
    }
  });
  if (done === undefined && refusal !== undefined) throw refusal;
}

/** Providers say it in either. */
const isNotYet = ({ summary, detail }: Diagnostic): boolean => NOT_YET.test(`${summary}\n${detail}`);

/** @throws DeployError `plan-changed` when there is more to do than was planned. */
async function planRest({ log }: Cluster, { terraform, part }: AppPlan, inputs: Pick<Inputs, 'allowedDrift'>): Promise<PlanFile> {
  const rest = await terraform.plan();
  for (const difference of demandRest(part, await terraform.showPlan(rest), inputs))
    log.warning(`not as approved, let through by allow-drift: ${difference}`, 'plan');
  return rest;
}
