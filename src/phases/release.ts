import { stringify } from 'yaml';
import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { Shape } from '../passes.js';
import { onceAnswered } from '../platform/install.js';
import { restartForAgentConfig } from '../release/agent-config.js';
import { removeStaleAutoscalers } from '../release/autoscalers.js';
import { hookTimeoutMinutes, removeOrphanJobs } from '../release/bootstrap-job.js';
import { fetchChart, type FetchedChart } from '../release/chart.js';
import { findDrift, lookForDrift } from '../release/drift.js';
import { chartVersionOf, refuseDowngrade, refuseFeatureLoss, refuseStoreMoves } from '../release/guards.js';
import { difference, indexObjects, isEmpty, type ManifestDifference, type Manifests } from '../release/manifest.js';
import { clearPending, type Recovered } from '../release/recovery.js';
import { applySecrets, restartReaders, type SecretRequest, type SecretResult } from '../release/secrets.js';
import { storeMoves, type StoreMove } from '../release/stores.js';
import { describeFailure, upgrade } from '../release/upgrade.js';
import type { Drift } from '../review/drift.js';
import { CommandFailure } from '../tools/command.js';
import type { HelmHook, HelmRelease, ReleaseSummary } from '../tools/helm-output.js';
import type { UpgradeRequest } from '../tools/helm.js';
import { refuseOtherLine } from '../values/lines.js';
import { canonical, type Tree } from '../values/merge.js';
import type { Inputs } from './inputs.js';
import type { Outputs } from './outputs.js';
import type { Change } from './platform.js';
import type { ChartValues } from './values.js';

export interface ReleaseResult {
  readonly name: string;
  readonly namespace: string;
  readonly chart: { readonly name: string; readonly version: string; readonly appVersion: string; readonly source: string };
  readonly change: Change;
  readonly revision: number;
  /** Chart version that was deployed before, when there was a release. */
  readonly previousVersion?: string;
  /** Objects the upgrade added, changed and removed (`Deployment langsmith-backend`). */
  readonly objects: ManifestDifference;
  readonly secrets: readonly SecretResult[];
  /** Objects that were no longer as the manifest says and were set right. */
  readonly drifted: readonly string[];
  /** Workloads restarted because a Secret they read has changed. */
  readonly restarted: readonly string[];
  /** Workloads restarted because agents were registered after they had started. */
  readonly reconfigured: readonly string[];
  /** What releases before this one left behind, now removed: autoscalers and Jobs. */
  readonly cleared: readonly string[];
  /** Hooks of the deployed revision and how they ended. */
  readonly hooks: readonly { readonly name: string; readonly kind: string; readonly phase: string }[];
  readonly recovered?: Recovered;
}

/** What an apply would do to the release; changes nothing. */
export interface ReleasePlan {
  readonly chart: ReleaseResult['chart'];
  readonly change: Change;
  readonly previousVersion?: string;
  readonly objects: ManifestDifference;
  /** Objects that are no longer as the deployed manifest says. */
  readonly drifted: readonly Drift[];
  /** Ids of objects of which nobody could say, because a webhook does not answer. */
  readonly unanswered: readonly string[];
  /** Objects, and hooks apart: secrets of a chart may be in there, so neither is ever shown as it is. */
  readonly manifests: Manifests;
  readonly hooks: Manifests;
  /** Data stores that LangSmith would find elsewhere: an `apply` refuses what no input approves. */
  readonly moves: readonly StoreMove[];
  /** The deployed revision is pending: its run died or is at work. */
  readonly pending?: Recovered;
}

const NO_DRIFT = Promise.resolve({ drifted: [], unanswered: [] });
const NO_MANIFESTS: Manifests = { before: new Map(), after: new Map() };

type ReleaseInputs = Pick<Inputs, 'approvedIrreversible' | 'chart' | 'actionRoot' | 'timeoutMinutes'>;

/** How what is deployed differs from what would be. */
interface Comparison extends Pick<ReleasePlan, 'objects' | 'manifests' | 'hooks'> {
  /** Chart, values, manifest and hooks are those deployed; the cluster itself was not asked. */
  readonly isCurrent: boolean;
  /** What would be deployed, without hooks. */
  readonly manifest: string;
  /** What is deployed, without hooks; '' before the first install. */
  readonly deployedManifest: string;
}

/** Everything known about the release before it is touched. */
interface Intent {
  readonly chart: FetchedChart;
  readonly newest: ReleaseSummary | undefined;
  readonly previousVersion: string | undefined;
  /** Values of the newest revision. */
  readonly deployedValues: Tree;
  readonly moves: readonly StoreMove[];
  readonly request: UpgradeRequest;
  readonly values: Tree;
}

/**
 * Brings the LangSmith release to the pinned chart with the given values; a release that is so already gets no new revision.
 * @param secrets Key Vault name → value.
 * @throws DeployError `release-chart`, `release-failed` with a diagnosis, `inputs-invalid` for a downgrade or a lost feature,
 * `plan-guarded` for data left behind, `secrets-missing`, `secrets-lost`.
 */
export async function release(
  cluster: Cluster,
  inputs: ReleaseInputs,
  shape: Shape,
  outputs: Outputs,
  values: ChartValues,
  secrets: ReadonlyMap<string, string>,
): Promise<ReleaseResult> {
  const namespace = outputs.langsmith_namespace;
  await cluster.lease.acquire(namespace);
  const intent = await prepare(cluster, inputs, outputs, values);
  refuseStoreMoves(intent.moves, intent.request.release, inputs.approvedIrreversible);
  const secretRequest: SecretRequest = { shape, outputs, values: secrets };
  const secretResults = await applySecrets(cluster, secretRequest);

  const recovered = await clearPending(cluster, intent.newest, namespace);
  const { newest, deployedValues } = recovered === undefined ? intent : await deployedState(cluster, intent.request.release, namespace);
  const comparison = await compare(cluster, { ...intent, newest, deployedValues });
  const request = { ...intent.request, timeoutMinutes: hookTimeoutMinutes(shape.pass, inputs.timeoutMinutes) };
  const autoscalers = await removeStaleAutoscalers(cluster, request, comparison.manifest);
  // What a dead Helm already changed in the cluster, no revision tells: only an upgrade sets it right.
  const mayStand = comparison.isCurrent && recovered === undefined;
  const drifted = mayStand ? (await driftWhenAnswered(cluster, request, comparison)).map(({ id }) => id) : [];
  if (drifted.length > 0) cluster.log.warning(`No longer as deployed, and set right: ${drifted.join(', ')}.`);
  const isCurrent = mayStand && drifted.length === 0;
  const deployed =
    isCurrent && newest !== undefined
      ? await current(cluster, newest, namespace)
      : await upgrade(cluster, request, recovered === undefined);
  const jobs = await removeOrphanJobs(cluster, request, hooksYaml(deployed.hooks));
  const restarted = await restartReaders(cluster, secretRequest, secretResults);
  const reconfigured = await restartForAgentConfig(cluster, request);
  return {
    name: request.release,
    namespace,
    chart: chartRow(intent.chart),
    change: isCurrent ? 'unchanged' : changeOf(newest),
    revision: deployed.revision,
    ...(intent.previousVersion === undefined ? {} : { previousVersion: intent.previousVersion }),
    objects: comparison.objects,
    secrets: secretResults,
    drifted,
    restarted,
    reconfigured,
    cleared: [...autoscalers.map((name) => `HorizontalPodAutoscaler ${name}`), ...jobs.map((name) => `Job ${name}`)],
    hooks: deployed.hooks.map(({ name, kind, phase }) => ({ name, kind, phase })),
    ...(recovered === undefined ? {} : { recovered }),
  };
}

/** What {@link release} would do, without Secrets, lease or change. Throws like it, but for data left behind, which it tells. */
export async function planRelease(cluster: Cluster, inputs: ReleaseInputs, outputs: Outputs, values: ChartValues): Promise<ReleasePlan> {
  const intent = await prepare(cluster, inputs, outputs, values);
  const { newest, previousVersion, moves } = intent;
  const previous = previousVersion === undefined ? {} : { previousVersion };
  const chart = chartRow(intent.chart);
  if (newest?.status.startsWith('pending-') === true) {
    const pending = { revision: newest.revision, status: newest.status };
    const objects = { added: [], changed: [], removed: [] };
    const nothing = { drifted: [], unanswered: [], manifests: NO_MANIFESTS, hooks: NO_MANIFESTS };
    return { chart, change: 'upgraded', ...previous, objects, ...nothing, moves, pending };
  }
  const comparison = await compare(cluster, intent);
  const { request } = intent;
  // Of a release that failed, what is missing says nothing about anybody else.
  const look = newest?.status === 'deployed' ? lookForDrift(cluster, comparison.deployedManifest, request.namespace) : NO_DRIFT;
  const { drifted, unanswered } = await orReleaseFailure(cluster, request.namespace, look);
  const change = comparison.isCurrent && drifted.length === 0 ? 'unchanged' : changeOf(newest);
  const { objects, manifests, hooks } = comparison;
  return { chart, change, ...previous, objects, drifted, unanswered, moves, manifests, hooks };
}

async function prepare(cluster: Cluster, inputs: ReleaseInputs, outputs: Outputs, values: ChartValues): Promise<Intent> {
  const { log, files } = cluster;
  const name = outputs.langsmith_release_name;
  const namespace = outputs.langsmith_namespace;
  const [chart, { newest, deployedValues }, valuesFile] = await Promise.all([
    fetchChart(cluster, inputs.chart, inputs.actionRoot),
    deployedState(cluster, name, namespace),
    files.writeFile(`values-${name}.yaml`, stringify(values.merged)),
  ]);
  refuseOtherLine(chart.version);
  log.info(`Chart ${chart.name} ${chart.version} (LangSmith ${chart.appVersion}) from ${chart.source}.`);
  log.info(`Values: ${values.layers.map((layer) => `${layer.name} (${layer.source})`).join(' → ')}.`);
  const previousVersion = newest === undefined ? undefined : chartVersionOf(newest, chart.name);
  if (previousVersion !== undefined) refuseDowngrade(previousVersion, chart.version);
  refuseFeatureLoss(deployedValues, values.merged, inputs.approvedIrreversible);
  const moves = newest === undefined ? [] : storeMoves(deployedValues, values.merged);
  const request = { release: name, namespace, chart: chart.path, valuesFile, timeoutMinutes: inputs.timeoutMinutes };
  return { chart, newest, previousVersion, deployedValues, moves, request, values: values.merged };
}

async function deployedState({ helm }: Cluster, name: string, namespace: string): Promise<Pick<Intent, 'newest' | 'deployedValues'>> {
  const newest = await helm.newest(name, namespace);
  return { newest, deployedValues: newest === undefined ? {} : await helm.userValues(name, namespace) };
}

const chartRow = ({ name, version, appVersion, source }: FetchedChart): ReleaseResult['chart'] => ({ name, version, appVersion, source });
const changeOf = (newest: ReleaseSummary | undefined): Change => (newest === undefined ? 'installed' : 'upgraded');

/** Compares what is deployed with what would be: the server renders, so that API versions and lookups are those of this cluster. */
async function compare(cluster: Cluster, intent: Intent): Promise<Comparison> {
  const { helm } = cluster;
  const { newest, request, chart, values, deployedValues } = intent;
  const [rendered, manifest, hooks] = await Promise.all([
    orReleaseFailure(cluster, request.namespace, helm.render(request)),
    newest === undefined ? '' : helm.manifest(request.release, request.namespace),
    newest === undefined ? '' : helm.hooks(request.release, request.namespace),
  ]);
  const before = { objects: indexObjects(manifest), hooks: indexObjects(hooks) };
  const after = { objects: indexObjects(rendered.manifest), hooks: indexHooks(rendered.hooks) };
  const result = {
    objects: difference(before.objects, after.objects),
    manifests: { before: before.objects, after: after.objects },
    hooks: { before: before.hooks, after: after.hooks },
    manifest: rendered.manifest,
    deployedManifest: manifest,
  };
  if (newest === undefined) return { ...result, isCurrent: false };
  const isCurrent =
    newest.status === 'deployed' &&
    newest.chart === `${chart.name}-${chart.version}` &&
    canonical(deployedValues) === canonical(values) &&
    isEmpty(result.objects) &&
    isEmpty(difference(result.hooks.before, result.hooks.after));
  return { ...result, isCurrent };
}

/** The platform stands by now, and its webhooks answer in a moment. */
const driftWhenAnswered = (
  cluster: Cluster,
  { namespace, timeoutMinutes }: UpgradeRequest,
  { deployedManifest }: Comparison,
): Promise<readonly Drift[]> =>
  orReleaseFailure(
    cluster,
    namespace,
    onceAnswered(cluster, timeoutMinutes, () => findDrift(cluster, deployedManifest, namespace)),
  );

const hooksYaml = (hooks: readonly HelmHook[]): string => hooks.map((hook) => hook.manifest).join('\n---\n');
const indexHooks = (hooks: readonly HelmHook[]): ReadonlyMap<string, string> => indexObjects(hooksYaml(hooks));

/** A deployed revision as it stands. Helm marks a revision `deployed` only when every hook has succeeded. */
async function current({ helm }: Cluster, newest: ReleaseSummary, namespace: string): Promise<Pick<HelmRelease, 'revision' | 'hooks'>> {
  const hooks = indexObjects(await helm.hooks(newest.name, namespace));
  const rows = [...hooks].map(([row, manifest]) => {
    const [kind = '', name = ''] = row.split(' ');
    return { name, kind, manifest, phase: 'Succeeded' };
  });
  return { revision: newest.revision, hooks: rows };
}

/** @throws DeployError `release-failed`. */
async function orReleaseFailure<T>(cluster: Cluster, namespace: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw new DeployError('release-failed', await describeFailure(cluster, namespace, error), { cause: error });
  }
}

/** One line for the step summary. */
export function describeRelease({ name, chart, change, revision, drifted, restarted, reconfigured, cleared }: ReleaseResult): string {
  const notes = [
    ['set right', drifted],
    ['restarted for a changed Secret', restarted],
    ['restarted for newly registered agents', reconfigured],
    ['left-overs removed', cleared],
  ] as const;
  const told = notes.filter(([, names]) => names.length > 0).map(([what, names]) => `; ${what}: ${names.join(', ')}`);
  return `${name} ${change}: chart ${chart.version}, revision ${revision}${told.join('')}.`;
}
