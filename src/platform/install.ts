import { messageOf } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { difference, indexObjects, isEmpty } from '../release/manifest.js';
import { clearPending, type Recovered } from '../release/recovery.js';
import { until } from '../retry.js';
import { CommandFailure } from '../tools/command.js';
import type { UpgradeRequest } from '../tools/helm.js';
import { setRightAdopted } from './adopted.js';
import { canonical, type Tree } from '../values/merge.js';
import { stringify } from 'yaml';

/** What an upgrade did. */
export type Change = 'installed' | 'upgraded' | 'unchanged';

export interface AddonResult {
  /** Helm release. */
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly change: Change;
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

/** Brings a release to what is wanted; one that is so already gets no new revision. @throws CommandFailure */
export async function converge(cluster: Cluster, wanted: Wanted): Promise<AddonResult> {
  const { helm, files } = cluster;
  const { name, namespace, chart, values } = wanted;
  const newest = await helm.newest(name, namespace);
  const row = { name, namespace, version: chart.version };
  const isSettled = newest?.status === 'deployed' && newest.chart === `${chart.name}-${chart.version}`;
  const isCurrent = isSettled && canonical(await helm.userValues(name, namespace)) === canonical(values);
  if (isCurrent && wanted.immutable) return { ...row, change: 'unchanged' };

  const request: UpgradeRequest = {
    release: name,
    namespace,
    chart: await wanted.fetch(),
    valuesFile: await files.writeFile(`values-${name}.yaml`, stringify(values)),
    timeoutMinutes: wanted.timeoutMinutes,
    takeOwnership: wanted.takeOwnership,
  };
  if (isCurrent) {
    const [rendered, deployed] = await Promise.all([helm.render(request), helm.manifest(name, namespace)]);
    if (isEmpty(difference(indexObjects(deployed), indexObjects(rendered.manifest)))) return { ...row, change: 'unchanged' };
  }
  const recovered = await clearPending(cluster, newest, namespace);
  await helm.upgrade(request);
  if (newest === undefined && wanted.takeOwnership) await setRightAdopted(cluster, name, namespace);
  return { ...row, change: newest === undefined ? 'installed' : 'upgraded', ...(recovered === undefined ? {} : { recovered }) };
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
