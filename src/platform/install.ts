import { stringify } from 'yaml';
import { messageOf } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { type DriftFound, findDrift, lookForDrift } from '../release/drift.js';
import { difference, indexObjects, isEmpty, type Manifests } from '../release/manifest.js';
import { clearPending, type Recovered } from '../release/recovery.js';
import { until } from '../retry.js';
import { CommandFailure } from '../tools/command.js';
import type { ReleaseSummary } from '../tools/helm-output.js';
import type { UpgradeRequest } from '../tools/helm.js';
import { setRightAdopted } from './adopted.js';
import { canonical, type Tree } from '../values/merge.js';

/** What an upgrade did. */
export type Change = 'installed' | 'upgraded' | 'unchanged';

export interface AddonResult {
  /** Helm release. */
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly change: Change;
  /** Objects that were no longer as the manifest says and were set right. */
  readonly drifted: readonly string[];
  readonly recovered?: Recovered;
}

/** A Helm release as it is to be. */
export interface Wanted {
  readonly name: string;
  readonly namespace: string;
  readonly chart: { readonly name: string; readonly version: string };
  /** Path of the chart on disk; called when it is needed. */
  readonly fetch: () => Promise<string>;
  /**
   * Whether version and values decide if there is anything to do. A published chart never changes under its version; one of the
   * action's own may, so that only a render tells.
   */
  readonly immutable: boolean;
  readonly values: Tree;
  readonly takeOwnership: boolean;
  readonly timeoutMinutes: number;
}

/** How a release stands to what is wanted of it. */
export interface Assessment extends DriftFound {
  /** Newest revision, whatever its status; undefined when there is none. */
  readonly newest: ReleaseSummary | undefined;
  /** Values of the newest revision. */
  readonly deployedValues: Tree;
  /** Object by object, of a chart of the action's own; what an add-on's chart has inside is its own business. */
  readonly manifests: Manifests | undefined;
  /** Chart, values and objects are those of the newest revision, and all of it is in the cluster. */
  readonly isSettled: boolean;
}

/**
 * Looks at a release and changes nothing.
 * @param shown what is known already of a release that is looked at for people, who want to see what an upgrade would change. Else
 * nothing more is read than what decides whether there is one. @throws CommandFailure
 */
export async function assess(
  cluster: Cluster,
  wanted: Wanted,
  shown?: { readonly newest: ReleaseSummary | undefined },
): Promise<Assessment> {
  const { helm } = cluster;
  const { name, namespace, chart, values, immutable } = wanted;
  const { newest } = shown ?? { newest: await helm.newest(name, namespace) };
  const isDeployed = newest?.status === 'deployed';
  const isPending = newest?.status.startsWith('pending-') === true;
  const matters = isDeployed || shown !== undefined;
  const [deployedValues, manifest, rendered] = await Promise.all([
    matters && newest !== undefined ? helm.userValues(name, namespace) : {},
    matters && newest !== undefined ? helm.manifest(name, namespace) : '',
    matters && !immutable && !isPending ? requestFor(cluster, wanted).then((request) => helm.render(request)) : undefined,
  ]);
  const manifests = rendered === undefined ? undefined : { before: indexObjects(manifest), after: indexObjects(rendered.manifest) };
  // Of a release that failed, what is missing says nothing about anybody else.
  const { drifted, unanswered } = isDeployed ? await lookForDrift(cluster, manifest, namespace) : { drifted: [], unanswered: [] };
  const isCurrent =
    isDeployed &&
    newest.chart === `${chart.name}-${chart.version}` &&
    canonical(deployedValues) === canonical(values) &&
    (manifests === undefined || isEmpty(difference(manifests.before, manifests.after)));
  const isSettled = isCurrent && drifted.length === 0;
  return { newest, deployedValues, manifests, isSettled, drifted, unanswered };
}

/**
 * Brings a release to what is wanted; one that is so already, in the cluster too, gets no new revision.
 * @param known how it stands, where somebody has looked while nobody else could change it. @throws CommandFailure
 */
export async function converge(cluster: Cluster, wanted: Wanted, known?: Assessment): Promise<AddonResult> {
  const { name, namespace, chart } = wanted;
  const { newest, isSettled, drifted } = await answered(cluster, wanted, known ?? (await assess(cluster, wanted)));
  const row = { name, namespace, version: chart.version, drifted: drifted.map(({ id }) => id) };
  if (isSettled) return { ...row, change: 'unchanged' };
  if (drifted.length > 0) cluster.log.warning(`${name}: no longer as deployed, and set right: ${row.drifted.join(', ')}.`);
  const request = await requestFor(cluster, wanted);
  const recovered = await clearPending(cluster, newest, namespace);
  await cluster.helm.upgrade(request);
  if ((newest === undefined && wanted.takeOwnership) || drifted.length > 0) await setRightAdopted(cluster, name, namespace);
  return { ...row, change: newest === undefined ? 'installed' : 'upgraded', ...(recovered === undefined ? {} : { recovered }) };
}

/** What could not be compared is compared again, where nothing else calls for an upgrade. */
async function answered(cluster: Cluster, { name, namespace }: Wanted, found: Assessment): Promise<Assessment> {
  if (found.unanswered.length === 0 || !found.isSettled) return found;
  const drifted = await findDrift(cluster, await cluster.helm.manifest(name, namespace), namespace);
  return { ...found, drifted, unanswered: [], isSettled: drifted.length === 0 };
}

async function requestFor({ files }: Cluster, wanted: Wanted): Promise<UpgradeRequest> {
  const { name, namespace, values, timeoutMinutes, takeOwnership } = wanted;
  return {
    release: name,
    namespace,
    chart: await wanted.fetch(),
    valuesFile: await files.writeFile(`values-${name}.yaml`, stringify(values)),
    timeoutMinutes,
    takeOwnership,
  };
}

/** What the API server says while an add-on's webhook or CRDs, installed a moment ago, do not answer yet. */
export const NOT_YET = /failed calling webhook|no matches for kind/;

/** The longest an add-on whose Deployments are ready may take to answer. */
const PATIENCE_MINUTES = 3;

/**
 * Repeats `work` while what it needs does not answer yet; every other failure ends it at once.
 * @throws CommandFailure the last refusal when the patience is over.
 */
export async function onceAnswered<T>(cluster: Cluster, timeoutMinutes: number, work: () => Promise<T>): Promise<T> {
  let refusal: CommandFailure | undefined;
  const patience = { deadlineMs: Math.min(timeoutMinutes, PATIENCE_MINUTES) * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 };
  const done = await until(patience, async () => {
    try {
      return { result: await work() };
    } catch (error) {
      if (!(error instanceof CommandFailure) || !NOT_YET.test(error.stderr)) throw error;
      if (refusal === undefined) cluster.log.info(`An add-on does not answer yet: ${cluster.redact(messageOf(error))}`);
      refusal = error;
      return undefined;
    }
  });
  if (done === undefined) throw refusal ?? new CommandFailure('helm upgrade', 1, '');
  return done.result;
}
