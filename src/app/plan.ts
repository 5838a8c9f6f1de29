import path from 'node:path';
import type { Cluster } from '../kubernetes/cluster.js';
import type { Shape } from '../passes.js';
import type { Inputs } from '../phases/inputs.js';
import type { Session } from '../phases/login.js';
import type { Outputs } from '../phases/outputs.js';
import type { Change } from '../phases/platform.js';
import type { Provisioned } from '../phases/provision.js';
import type { ReleasePlan } from '../phases/release.js';
import { breakLock } from '../phases/state.js';
import type { ChartValues } from '../phases/values.js';
import { irreversibleChanges } from '../plan-guards.js';
import type { Addon } from '../platform/addons.js';
import type { PrivateDirectory } from '../private-directory.js';
import { fetchChart, readChartPin } from '../release/chart.js';
import { judgeSecrets } from '../release/secrets.js';
import type { PartPlan } from '../review/review.js';
import { resourceChanges } from '../terraform-changes.js';
import { terraformEnvironment } from '../terraform-workspace.js';
import type { Exec } from '../tools/exec.js';
import { PluginCache } from '../tools/plugin-cache.js';
import { Terraform, type PlanFile } from '../tools/terraform.js';
import { readDeployment } from './deployment.js';
import { explainApp } from './failure.js';
import { deploymentFiles } from './files.js';
import { appPart } from './part.js';
import { addressOfSecret, appStateKey, LANGSMITH, readAppState, type AppState } from './state.js';
import { type Revisions, revisionsOf, withVariables } from './variables.js';
import { placeChart, prepareAppWorkspace } from './workspace.js';

/** What is to stand in the cluster, and with what. */
export interface AppRequest {
  readonly inputs: Inputs;
  readonly session: Session;
  readonly shape: Shape;
  readonly outputs: Outputs;
  readonly values: ChartValues;
  /** Name → value. */
  readonly secrets: ReadonlyMap<string, string>;
}

export interface AppTools {
  readonly exec: Exec;
  readonly privateDirectory: PrivateDirectory;
  /** Told before the state is locked for the first time. */
  readonly beforeLock: (terraform: Terraform) => void;
}

/** A plan of `terraform/app`, and what its apply needs to know. */
export interface AppPlan extends Omit<Provisioned, 'applied'> {
  /** The same for the review. */
  readonly part: PartPlan;
  /** What Terraform would do to the LangSmith release. */
  readonly release: Change;
  readonly terraform: Terraform;
  readonly plan: PlanFile;
  readonly revisions: Revisions;
  readonly addons: readonly Addon[];
  /** Kubernetes Secrets that Terraform did not make and would. */
  readonly adopted: readonly string[];
}

/**
 * `terraform plan` of `terraform/app`. Reads the cluster and changes nothing in it.
 * @param release what the Helm path would do; undefined while it cannot be known.
 * @throws DeployError `release-failed`, `secrets-lost`, `secrets-missing`, `state-*`.
 */
export async function planApp(
  cluster: Cluster,
  request: AppRequest,
  release: ReleasePlan | undefined,
  { exec, privateDirectory, beforeLock }: AppTools,
): Promise<AppPlan> {
  const inputs = { ...request.inputs, stateKey: appStateKey(request.inputs.stateKey) };
  const { session, shape, outputs, secrets } = request;
  const { files, addons } = await filesOf(cluster, request, release, privateDirectory);
  const judged = await judgeSecrets(cluster, { shape, outputs, values: secrets });
  const directory = await prepareAppWorkspace(inputs, privateDirectory, files);
  const plugins = await PluginCache.open(inputs.toolCacheDirectory, path.join(directory, '.terraform.lock.hcl'), cluster.log);
  const environment = { ...terraformEnvironment(session), TF_PLUGIN_CACHE_DIR: plugins.directory };
  const terraform = new Terraform(exec, directory, environment, cluster.log);
  try {
    await terraform.init({ storage_account_name: inputs.stateAccount, container_name: inputs.stateContainer, key: inputs.stateKey });
    await plugins.save();
    if (inputs.breakLock !== '') await breakLock(terraform, inputs, cluster.log);
    const state = readAppState(await terraform.showState());
    beforeLock(terraform);
    const planWith = (revisions: Revisions): Promise<Shown> =>
      withVariables(privateDirectory, { inputs, access: cluster.access, secrets }, revisions, async () => {
        const plan = await terraform.plan();
        return { plan, shown: await terraform.showPlan(plan), revisions };
      });
    const { plan, shown, revisions } = await planTwice(state, revisionsOf(judged, state), release, planWith);
    const changes = resourceChanges(shown);
    const adopted = judged.filter(({ name, change }) => change !== 'created' && !state.addresses.has(addressOfSecret(name)));
    const names = adopted.map(({ name }) => name);
    return {
      part: appPart(shown, names),
      changes,
      irreversible: irreversibleChanges(shown),
      release: !touches(shown) ? 'unchanged' : release?.change === 'installed' ? 'installed' : 'upgraded',
      terraform,
      plan,
      revisions,
      addons,
      adopted: names,
    };
  } catch (error) {
    throw await explainApp(error, cluster, inputs, session, outputs);
  }
}

/** What Terraform reads of the deployment. */
async function filesOf(
  cluster: Cluster,
  { inputs, shape, outputs, values, secrets }: AppRequest,
  release: ReleasePlan | undefined,
  directory: PrivateDirectory,
): Promise<{ readonly files: ReadonlyMap<string, string>; readonly addons: readonly Addon[] }> {
  const { actionRoot } = inputs;
  const [chart, pin] = await Promise.all([release?.chart ?? fetchChart(cluster, inputs.chart, actionRoot), readChartPin(actionRoot)]);
  const langsmith = await placeChart(inputs.chart, chart, pin.repository, directory);
  const deployment = await readDeployment(actionRoot, { shape, outputs, values: values.merged, langsmith, secrets });
  return { files: deploymentFiles(deployment), addons: deployment.addons.map(({ addon }) => addon) };
}

interface Shown {
  readonly plan: PlanFile;
  /** `terraform show -json <plan>`. */
  readonly shown: unknown;
  readonly revisions: Revisions;
}

const touches = (shown: unknown): boolean => resourceChanges(shown).some(({ address }) => address === LANGSMITH);

/**
 * Secret chart values are handed over only when their number rises, and what others changed in the cluster is set right by it too. So a
 * release that is to change gets the next number; that it is to, only a plan may tell.
 */
async function planTwice(
  state: AppState,
  secrets: Revisions['secrets'],
  release: ReleasePlan | undefined,
  planWith: (revisions: Revisions) => Promise<Shown>,
): Promise<Shown> {
  const values = state.valuesRevision ?? 1;
  const next = { secrets, values: values + 1 };
  const isKept = state.addresses.has(LANGSMITH);
  if (isKept && release?.change !== 'unchanged') return planWith(next);
  const first = await planWith({ secrets, values });
  return isKept && touches(first.shown) ? planWith(next) : first;
}
