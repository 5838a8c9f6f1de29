import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { deploymentFiles } from '../app/files.js';
import { addressOfSecret, LANGSMITH, readAppState, type AppState } from '../app/state.js';
import { PLATFORM_CHART, placeChart, prepareAppWorkspace } from '../app/workspace.js';
import { demandOf } from '../capacity/demand.js';
import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import type { Shape } from '../passes.js';
import { irreversibleChanges } from '../plan-guards.js';
import { factsOf, readAddonValues, readAddons, selectAddons, type Addon } from '../platform/addons.js';
import { NOT_YET } from '../platform/install.js';
import { platformValues } from '../platform/values.js';
import type { PrivateDirectory } from '../private-directory.js';
import { fetchChart, readChartPin } from '../release/chart.js';
import { refuseStoreMoves } from '../release/guards.js';
import { clearPending } from '../release/recovery.js';
import { judgeSecrets, type SecretResult } from '../release/secrets.js';
import { until } from '../retry.js';
import { REDIS_KEY } from '../secret-catalogue.js';
import { resourceChanges } from '../terraform-changes.js';
import { terraformEnvironment } from '../terraform-workspace.js';
import type { Exec } from '../tools/exec.js';
import { PluginCache } from '../tools/plugin-cache.js';
import { Terraform, TerraformError, type PlanFile } from '../tools/terraform.js';
import type { Inputs } from './inputs.js';
import type { Session } from './login.js';
import type { Outputs } from './outputs.js';
import { ensureNamespaces, type Change } from './platform.js';
import { refuseUnapproved, type Provisioned } from './provision.js';
import { planRelease } from './release.js';
import { breakLock, explainState } from './state.js';
import type { ChartValues } from './values.js';

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

/** `…/infra.tfstate` → `…/app.tfstate`; any other name gets `-app` before its end. */
export const appStateKey = (stateKey: string): string =>
  /(^|\/)infra\.tfstate$/.test(stateKey)
    ? stateKey.replace(/infra\.tfstate$/, 'app.tfstate')
    : `${stateKey.replace(/\.tfstate$/, '')}-app.tfstate`;

/** What became of the cluster, or would. */
export interface AppResult extends Provisioned {
  /** What Terraform did to the LangSmith release. */
  readonly release: Change;
}

/** The apply's own words about add-ons that are installed and do not answer yet; they are given this long. */
const ADDON_PATIENCE = { deadlineMs: 3 * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 };

/**
 * The Terraform path: `terraform plan` of `terraform/app`, and on `apply` that very plan. The phases after it find everything as they
 * would have made it, and set right what Terraform cannot see.
 * @throws DeployError `provision-guarded`, `plan-guarded`, `release-failed`, `secrets-lost`, `state-*`, and what planning a release throws.
 */
export async function deployApp(cluster: Cluster, request: AppRequest, tools: AppTools): Promise<AppResult> {
  const inputs = { ...request.inputs, stateKey: appStateKey(request.inputs.stateKey) };
  const { shape, outputs, values, session } = request;
  const isApply = inputs.command === 'apply';
  const demand = demandOf(shape, values.merged);
  const facts = factsOf(shape, outputs, demand);
  const selected = selectAddons(await readAddons(inputs.actionRoot), facts);
  if (isApply) {
    await ensureNamespaces(cluster, outputs, selected);
    await clearAllPending(cluster, outputs, selected);
  }
  const judged = await judgeSecrets(cluster, { shape, outputs, values: request.secrets });
  const planned = await planRelease(cluster, inputs, outputs, values);
  if (isApply) refuseStoreMoves(planned.moves, outputs.langsmith_release_name, inputs.approvedIrreversible);

  const platform = parse(await readFile(path.join(inputs.actionRoot, PLATFORM_CHART, 'Chart.yaml'), 'utf8')) as {
    name: string;
    version: string;
  };
  const [chart, pin] = await Promise.all([fetchChart(cluster, inputs.chart, inputs.actionRoot), readChartPin(inputs.actionRoot)]);
  const files = deploymentFiles({
    shape,
    outputs,
    addons: await Promise.all(selected.map(async (addon) => ({ addon, values: await readAddonValues(inputs.actionRoot, addon, facts) }))),
    platform: { ...platform, chart: `../../${PLATFORM_CHART}`, values: platformValues(shape, outputs, demand) },
    langsmith: { ...(await placeChart(inputs.chart, chart, pin.repository, tools.privateDirectory)), values: values.merged },
    secrets: request.secrets,
  });
  const directory = await prepareAppWorkspace(inputs, tools.privateDirectory, files);
  const plugins = await PluginCache.open(inputs.toolCacheDirectory, path.join(directory, '.terraform.lock.hcl'), cluster.log);
  const terraform = new Terraform(
    tools.exec,
    directory,
    { ...terraformEnvironment(session), TF_PLUGIN_CACHE_DIR: plugins.directory },
    cluster.log,
  );
  const handOver = (revisions: Revisions): Promise<void> => writeVariables(cluster, tools.privateDirectory, request, revisions);
  try {
    await terraform.init({ storage_account_name: inputs.stateAccount, container_name: inputs.stateContainer, key: inputs.stateKey });
    await plugins.save();
    if (inputs.breakLock !== '') await breakLock(terraform, inputs, cluster.log);
    const state = readAppState(await terraform.showState());
    const secrets = revisionsOf(judged, state);
    const values = state.valuesRevision ?? 1;
    tools.beforeLock(terraform);

    await handOver({ secrets, values });
    let plan = await terraform.plan();
    let shown = await terraform.showPlan(plan);
    const isKept = state.addresses.has(LANGSMITH);
    if (isKept && (planned.change !== 'unchanged' || resourceChanges(shown).some(({ address }) => address === LANGSMITH))) {
      // Secret values are handed over only when their number rises, and what others changed in the cluster is set right by it too.
      await handOver({ secrets, values: values + 1 });
      plan = await terraform.plan();
      shown = await terraform.showPlan(plan);
    }
    const changes = resourceChanges(shown);
    const irreversible = irreversibleChanges(shown);
    const touches = changes.some(({ address }) => address === LANGSMITH);
    const release = !touches ? 'unchanged' : planned.change === 'installed' ? 'installed' : 'upgraded';
    if (!isApply || !plan.hasChanges) return { changes, irreversible, release, applied: false };
    refuseUnapproved(irreversible, inputs.approvedIrreversible);
    await makeWayForSecrets(cluster, outputs, judged, state);
    await applyWhenAnswered(terraform, plan);
    return { changes, irreversible, release, applied: true };
  } catch (error) {
    throw await explainApp(error, cluster, inputs, session, outputs);
  } finally {
    await rm(path.join(directory, 'secrets.auto.tfvars.json'), { force: true });
  }
}

interface Revisions {
  readonly secrets: Readonly<Record<string, number>>;
  readonly values: number;
}

/** What changes its number is written again, and its number must be one that the state does not have yet. */
export function revisionsOf(judged: readonly SecretResult[], state: AppState): Record<string, number> {
  return Object.fromEntries(
    judged.map(({ name, change, dataVersion }) => {
      const written = state.secretRevisions.get(name) ?? 0;
      return [name, change === 'unchanged' ? dataVersion : Math.max(dataVersion, written + 1)];
    }),
  );
}

async function writeVariables(
  cluster: Cluster,
  directory: PrivateDirectory,
  request: AppRequest,
  { secrets, values }: Revisions,
): Promise<void> {
  const action = {
    kubeconfig: cluster.access.kubeconfigPath,
    kube_context: cluster.access.context,
    secret_revisions: secrets,
    langsmith_values_revision: values,
    timeout_minutes: request.inputs.timeoutMinutes,
  };
  await directory.writeFile('terraform/app/action.auto.tfvars.json', `${JSON.stringify(action)}\n`);
  const redisKey = request.secrets.get(REDIS_KEY);
  const given = { secret_values: redisKey === undefined ? {} : { [REDIS_KEY]: redisKey } };
  await directory.writeFile('terraform/app/secrets.auto.tfvars.json', `${JSON.stringify(given)}\n`);
}

/** Helm refuses to work on a release whose last run died. Whoever holds the lease knows that no other run lives. */
async function clearAllPending(cluster: Cluster, outputs: Outputs, addons: readonly Addon[]): Promise<void> {
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
async function makeWayForSecrets(cluster: Cluster, outputs: Outputs, judged: readonly SecretResult[], state: AppState): Promise<void> {
  const foreign = judged.filter(({ name, change }) => change !== 'created' && !state.addresses.has(addressOfSecret(name)));
  for (const { name } of foreign) {
    cluster.log.info(`Secret ${name}: Terraform takes it over.`);
    await cluster.kubectl.delete('secret', name, outputs.langsmith_namespace);
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

async function explainApp(error: unknown, cluster: Cluster, inputs: Inputs, session: Session, outputs: Outputs): Promise<unknown> {
  const explained = explainState(error, inputs, session);
  if (!(explained instanceof TerraformError)) return explained;
  const diagnosis = explained.command === 'apply' ? await diagnose(cluster, outputs.langsmith_namespace, explained.message) : '';
  return new DeployError('release-failed', `${cluster.redact(explained.message)}\n${diagnosis}`.trim(), { cause: error });
}
