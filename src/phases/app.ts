import { explainApp } from '../app/failure.js';
import type { AppPlan, AppRequest, AppTools } from '../app/plan.js';
import { appStateKey } from '../app/state.js';
import { withVariables } from '../app/variables.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { NOT_YET } from '../platform/install.js';
import { clearPending } from '../release/recovery.js';
import { until } from '../retry.js';
import { TerraformError, type PlanFile, type Terraform } from '../tools/terraform.js';
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
 * @throws DeployError `provision-guarded`, `release-failed`, `platform-failed`, `state-*`.
 */
export async function applyApp(cluster: Cluster, planned: AppPlan, request: AppRequest, tools: AppTools): Promise<AppResult> {
  const { changes, irreversible, release, terraform, plan, revisions, addons } = planned;
  if (!planned.part.hasChanges) return { changes, irreversible, release, applied: false };
  const inputs = { ...request.inputs, stateKey: appStateKey(request.inputs.stateKey) };
  const { outputs, session, secrets } = request;
  refuseUnapproved(irreversible, inputs.approvedIrreversible);
  await ensureNamespaces(cluster, outputs, addons);
  await clearAllPending(cluster, planned, request);
  try {
    await makeWayForSecrets(cluster, planned, request);
    await withVariables(tools.privateDirectory, { inputs, access: cluster.access, secrets }, revisions, () =>
      applyWhenAnswered(terraform, plan),
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

async function applyWhenAnswered(terraform: Terraform, plan: PlanFile): Promise<void> {
  let refusal: TerraformError | undefined;
  const done = await until(ADDON_PATIENCE, async () => {
    try {
      await terraform.apply(refusal === undefined ? plan : await terraform.plan());
      return true;
    } catch (error) {
      if (!(error instanceof TerraformError) || error.command !== 'apply' || !error.diagnostics.every(({ detail }) => NOT_YET.test(detail)))
        throw error;
      refusal = error;
      return undefined;
    }
  });
  if (done === undefined && refusal !== undefined) throw refusal;
}
