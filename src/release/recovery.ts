import type { Cluster } from '../kubernetes/cluster.js';
import type { ReleaseSummary } from '../tools/helm-output.js';

/** A revision whose Helm died before it could say how it ended. */
export interface Recovered {
  readonly revision: number;
  readonly status: string;
}

/**
 * Clears a revision stuck in `pending-install`, `pending-upgrade` or `pending-rollback`, so that the next upgrade rolls forward.
 * Rolling back instead would put old code on a database whose migrations may have run. Deleting the revision's Secret is safe only
 * when no Helm works on it any more; the caller holds the run lease, so no other run of this action does, and the runner ends what a
 * dead run left behind when its job ends.
 * Objects the dead Helm had created stay: the next upgrade adopts them by their ownership annotations.
 */
export async function clearPending(
  cluster: Cluster,
  newest: ReleaseSummary | undefined,
  namespace: string,
): Promise<Recovered | undefined> {
  if (newest === undefined || !newest.status.startsWith('pending-')) return undefined;
  cluster.log.warning(
    `Revision ${newest.revision} of ${newest.name} was left ${newest.status} by a run that died; it is cleared and the release rolls forward.`,
  );
  await cluster.kubectl.delete('secret', `sh.helm.release.v1.${newest.name}.v${newest.revision}`, namespace);
  return { revision: newest.revision, status: newest.status };
}
