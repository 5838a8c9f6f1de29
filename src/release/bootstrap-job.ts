import type { Cluster } from '../kubernetes/cluster.js';
import { isJobPodOf, type Job, type KubeObject, ofKind, type Pod } from '../kubernetes/objects.js';
import { HOOK_JOBS, objectName } from '../passes.js';
import { until } from '../retry.js';
import type { ReleaseName } from './autoscalers.js';
import { indexObjects } from './manifest.js';

/** The first pass whose hooks register agents: on a cold cluster each agent pulls its image and waits for a node. */
const BOOTSTRAP_PASS = 4;
const COLD_BOOTSTRAP_MINUTES = 30;

/** What a Helm hook needs at least, in minutes. PURE. */
export const leastHookMinutes = (pass: number): number => (pass >= BOOTSTRAP_PASS ? COLD_BOOTSTRAP_MINUTES : 0);

/** Bound of each Helm hook, in minutes. PURE. */
export const hookTimeoutMinutes = (pass: number, timeoutMinutes: number): number => Math.max(timeoutMinutes, leastHookMinutes(pass));

const bootstrapName = (release: string): string => objectName(release, 'agent-bootstrap');

/** The Job that registers agents has not ended and a pod of it runs: it outlived its Helm, and it is not stuck. PURE. */
export function isBootstrapAtWork(objects: readonly KubeObject[], release: string): boolean {
  const name = bootstrapName(release);
  const job = ofKind<Job>(objects, 'Job').find(({ metadata }) => metadata.name === name);
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return false;
  const hasEnded = job.status?.conditions?.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  const isRunning = ofKind<Pod>(objects, 'Pod').some((pod) => isJobPodOf(pod, name) && pod.status?.phase === 'Running');
  return hasEnded !== true && isRunning;
}

/** Whether the Job that registers agents is at work in the cluster now. */
export const findBootstrapAtWork = async ({ kubectl }: Cluster, { release, namespace }: ReleaseName): Promise<boolean> =>
  isBootstrapAtWork(await kubectl.list('jobs,pods', namespace), release);

/**
 * Lets a bootstrap that outlived its Helm end: an upgrade would delete it half way, and what it has registered makes the next one short.
 */
export async function awaitBootstrap(cluster: Cluster, of: ReleaseName, timeoutMinutes: number): Promise<void> {
  if (!(await findBootstrapAtWork(cluster, of))) return;
  cluster.log.info(`${bootstrapName(of.release)} of an earlier run is still at work; waiting for its end.`);
  const patience = { deadlineMs: timeoutMinutes * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 };
  const ended = await until(patience, async () => ((await findBootstrapAtWork(cluster, of)) ? undefined : true));
  if (ended === undefined) cluster.log.warning(`${bootstrapName(of.release)} did not end in ${timeoutMinutes} min and is started anew.`);
}

/** Hook Jobs of this release that its hooks no longer have: Helm deletes a hook's Job only before it makes the next one. PURE. */
export function orphanJobs(objects: readonly KubeObject[], release: string, hooks: string): string[] {
  const wanted = indexObjects(hooks);
  const known = HOOK_JOBS.map(({ suffix }) => objectName(release, suffix));
  return ofKind<Job>(objects, 'Job')
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] === release && known.includes(metadata.name))
    .map(({ metadata }) => metadata.name)
    .filter((name) => !wanted.has(`Job ${name}`));
}

/** Deletes them. @param hooks YAML of the deployed revision's hooks. @returns their names. */
export async function removeOrphanJobs({ kubectl }: Cluster, { release, namespace }: ReleaseName, hooks: string): Promise<string[]> {
  const orphans = orphanJobs(await kubectl.list('jobs', namespace), release, hooks);
  await Promise.all(orphans.map((name) => kubectl.delete('job', name, namespace)));
  return orphans;
}
