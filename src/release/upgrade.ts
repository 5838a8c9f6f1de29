import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import { CommandFailure } from '../tools/command.js';
import type { HelmRelease } from '../tools/helm-output.js';
import type { UpgradeRequest } from '../tools/helm.js';
import { awaitBootstrap, findBootstrapAtWork } from './bootstrap-job.js';
import { type Aftermath, rollBack } from './rollback.js';

/** An upgrade that failed, with what became of the release. */
export class UpgradeFailed extends DeployError {
  constructor(
    detail: string,
    readonly aftermath: Aftermath,
    cause: unknown,
  ) {
    super('release-failed', `${detail}\n${describeAftermath(aftermath)}`, { fix: remedyOf(aftermath), cause });
  }
}

function describeAftermath(aftermath: Aftermath): string {
  return aftermath.kind === 'rolled-back'
    ? `The release was rolled back to revision ${aftermath.revision}; the failed one changed neither the chart version nor the migrations.`
    : `Nothing was rolled back: ${aftermath.why}. The next run rolls forward.`;
}

const remedyOf = (aftermath: Aftermath): string =>
  aftermath.kind === 'rolled-back'
    ? 'See the diagnosis, taken before the rollback; mend the cause and run again.'
    : 'See the diagnosis; mend the cause and run again: the release rolls forward.';

/**
 * `helm upgrade --install`. A failed one is diagnosed, then rolled back where that is safe.
 * @param canGoBack false when a dead run's revision was cleared: nobody knows which migrations it ran.
 * @throws UpgradeFailed (`release-failed`).
 */
export async function upgrade(cluster: Cluster, request: UpgradeRequest, canGoBack: boolean): Promise<HelmRelease> {
  const { release, namespace, timeoutMinutes } = request;
  await awaitBootstrap(cluster, request, timeoutMinutes);
  cluster.log.info(`Upgrading ${release} in ${namespace}; each hook may take ${timeoutMinutes} min.`);
  try {
    return await cluster.helm.upgrade(request);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const detail = await describeFailure(cluster, namespace, error);
    throw new UpgradeFailed(detail, await aftermathOf(cluster, request, canGoBack), error);
  }
}

async function aftermathOf(cluster: Cluster, request: UpgradeRequest, canGoBack: boolean): Promise<Aftermath> {
  if (!canGoBack) return { kind: 'stays', why: 'a run before this one died in the middle of an upgrade' };
  if (await isStillBootstrapping(cluster, request))
    return { kind: 'stays', why: 'the Job that registers agents needs longer and goes on; the next run waits for it' };
  return rollBack(cluster, request, request.timeoutMinutes);
}

/** A failure to look must not hide the failure of the upgrade; what cannot be seen is not torn down. */
const isStillBootstrapping = (cluster: Cluster, request: UpgradeRequest): Promise<boolean> =>
  findBootstrapAtWork(cluster, request).catch(() => true);

/** What Helm said, what the cluster shows, and the causes that are known. */
export async function describeFailure(cluster: Cluster, namespace: string, error: CommandFailure): Promise<string> {
  const diagnosis = await diagnose(cluster, namespace, error.stderr);
  return `${cluster.redact(error.message)}\n${diagnosis}`.trim();
}
