import { stringify } from 'yaml';
import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import type { Shape } from '../passes.js';
import { fetchChart, type FetchedChart } from '../release/chart.js';
import { chartVersionOf, refuseDowngrade, refuseFeatureLoss } from '../release/guards.js';
import { difference, indexObjects, isEmpty, type ManifestDifference } from '../release/manifest.js';
import { clearPending, type Recovered } from '../release/recovery.js';
import { applySecrets, restartReaders, type SecretRequest, type SecretResult } from '../release/secrets.js';
import { CommandFailure } from '../tools/command.js';
import type { HelmHook, HelmRelease, ReleaseSummary } from '../tools/helm-output.js';
import type { UpgradeRequest } from '../tools/helm.js';
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
  /** Workloads restarted because a Secret they read has changed. */
  readonly restarted: readonly string[];
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
  /** The deployed revision is pending: its run died or is at work. */
  readonly pending?: Recovered;
}

type ReleaseInputs = Pick<Inputs, 'approvedIrreversible' | 'chart' | 'actionRoot' | 'timeoutMinutes'>;

/** Everything known about the release before it is touched. */
interface Intent {
  readonly chart: FetchedChart;
  readonly newest: ReleaseSummary | undefined;
  readonly previousVersion: string | undefined;
  /** Values of the newest revision. */
  readonly deployedValues: Tree;
  readonly request: UpgradeRequest;
  readonly values: Tree;
}

/**
 * Brings the LangSmith release to the pinned chart with the given values; a release that is so already gets no new revision.
 * @param secrets Key Vault name → value.
 * @throws DeployError `release-chart`, `release-failed` with a diagnosis, `inputs-invalid` for a downgrade or a lost feature,
 * `secrets-missing`, `secrets-lost`.
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
  const secretRequest: SecretRequest = { shape, outputs, values: secrets };
  const secretResults = await applySecrets(cluster, secretRequest);

  const recovered = await clearPending(cluster, intent.newest, namespace);
  const { newest, deployedValues } = recovered === undefined ? intent : await deployedState(cluster, intent.request.release, namespace);
  const comparison = await compare(cluster, { ...intent, newest, deployedValues });
  // What a dead Helm already changed in the cluster, no revision tells: only an upgrade sets it right.
  const isCurrent = comparison.isCurrent && recovered === undefined;
  const deployed = isCurrent && newest !== undefined ? await current(cluster, newest, namespace) : await upgrade(cluster, intent.request);
  const restarted = await restartReaders(cluster, secretRequest, secretResults);
  return {
    name: intent.request.release,
    namespace,
    chart: chartRow(intent.chart),
    change: isCurrent ? 'unchanged' : changeOf(newest),
    revision: deployed.revision,
    ...(intent.previousVersion === undefined ? {} : { previousVersion: intent.previousVersion }),
    objects: comparison.objects,
    secrets: secretResults,
    restarted,
    hooks: deployed.hooks.map(({ name, kind, phase }) => ({ name, kind, phase })),
    ...(recovered === undefined ? {} : { recovered }),
  };
}

/** What {@link release} would do, without Secrets, lease or change. Throws like it. */
export async function planRelease(cluster: Cluster, inputs: ReleaseInputs, outputs: Outputs, values: ChartValues): Promise<ReleasePlan> {
  const intent = await prepare(cluster, inputs, outputs, values);
  const { newest, previousVersion } = intent;
  const previous = previousVersion === undefined ? {} : { previousVersion };
  const chart = chartRow(intent.chart);
  if (newest?.status.startsWith('pending-') === true) {
    const pending = { revision: newest.revision, status: newest.status };
    return { chart, change: 'upgraded', ...previous, objects: { added: [], changed: [], removed: [] }, pending };
  }
  const { objects, isCurrent } = await compare(cluster, intent);
  return { chart, change: isCurrent ? 'unchanged' : changeOf(newest), ...previous, objects };
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
  log.info(`Chart ${chart.name} ${chart.version} (LangSmith ${chart.appVersion}) from ${chart.source}.`);
  log.info(`Values: ${values.layers.map((layer) => `${layer.name} (${layer.source})`).join(' → ')}.`);
  const previousVersion = newest === undefined ? undefined : chartVersionOf(newest, chart.name);
  if (previousVersion !== undefined) refuseDowngrade(previousVersion, chart.version);
  refuseFeatureLoss(deployedValues, values.merged, inputs.approvedIrreversible);
  const request = { release: name, namespace, chart: chart.path, valuesFile, timeoutMinutes: inputs.timeoutMinutes };
  return { chart, newest, previousVersion, deployedValues, request, values: values.merged };
}

async function deployedState({ helm }: Cluster, name: string, namespace: string): Promise<Pick<Intent, 'newest' | 'deployedValues'>> {
  const newest = await helm.newest(name, namespace);
  return { newest, deployedValues: newest === undefined ? {} : await helm.userValues(name, namespace) };
}

const chartRow = ({ name, version, appVersion, source }: FetchedChart): ReleaseResult['chart'] => ({ name, version, appVersion, source });
const changeOf = (newest: ReleaseSummary | undefined): Change => (newest === undefined ? 'installed' : 'upgraded');

/** Compares what is deployed with what would be: the server renders, so that API versions and lookups are those of this cluster. */
async function compare(cluster: Cluster, intent: Intent): Promise<{ objects: ManifestDifference; isCurrent: boolean }> {
  const { helm } = cluster;
  const { newest, request, chart, values, deployedValues } = intent;
  const rendered = await orReleaseFailure(cluster, request.namespace, helm.render(request));
  if (newest === undefined) return { objects: difference(new Map(), indexObjects(rendered.manifest)), isCurrent: false };
  const [manifest, hooks] = await Promise.all([
    helm.manifest(request.release, request.namespace),
    helm.hooks(request.release, request.namespace),
  ]);
  const objects = difference(indexObjects(manifest), indexObjects(rendered.manifest));
  const isCurrent =
    newest.status === 'deployed' &&
    newest.chart === `${chart.name}-${chart.version}` &&
    canonical(deployedValues) === canonical(values) &&
    isEmpty(objects) &&
    isEmpty(difference(indexObjects(hooks), indexHooks(rendered.hooks)));
  return { objects, isCurrent };
}

const indexHooks = (hooks: readonly HelmHook[]): ReadonlyMap<string, string> =>
  indexObjects(hooks.map((hook) => hook.manifest).join('\n---\n'));

/** A deployed revision as it stands. Helm marks a revision `deployed` only when every hook has succeeded. */
async function current({ helm }: Cluster, newest: ReleaseSummary, namespace: string): Promise<Pick<HelmRelease, 'revision' | 'hooks'>> {
  const hooks = indexObjects(await helm.hooks(newest.name, namespace));
  const rows = [...hooks.keys()].map((row) => row.split(' ') as [string, string]);
  return { revision: newest.revision, hooks: rows.map(([kind, name]) => ({ name, kind, manifest: '', phase: 'Succeeded' })) };
}

async function upgrade(cluster: Cluster, request: UpgradeRequest): Promise<HelmRelease> {
  cluster.log.info(`Upgrading ${request.release} in ${request.namespace}; each hook may take ${request.timeoutMinutes} min.`);
  return orReleaseFailure(cluster, request.namespace, cluster.helm.upgrade(request));
}

/** @throws DeployError `release-failed`: what Helm said, what the cluster shows, and the causes that are known. */
async function orReleaseFailure<T>(cluster: Cluster, namespace: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const diagnosis = await diagnose(cluster, namespace, error.stderr);
    throw new DeployError('release-failed', `${cluster.redact(error.message)}\n${diagnosis}`.trim(), { cause: error });
  }
}

/** One line for the step summary. */
export function describeRelease({ name, chart, change, revision, restarted }: ReleaseResult): string {
  const restarts = restarted.length === 0 ? '' : `; restarted for a changed Secret: ${restarted.join(', ')}`;
  return `${name} ${change}: chart ${chart.version}, revision ${revision}${restarts}.`;
}
