import type { Cluster } from '../kubernetes/cluster.js';
import type { KubeObject } from '../kubernetes/objects.js';
import { indexObjects } from './manifest.js';

/** A release in its namespace. */
export interface ReleaseName {
  readonly release: string;
  readonly namespace: string;
}

/**
 * Autoscalers that Helm made for this release and that the manifest does not have: an upgrade that failed half way leaves them, no
 * revision remembers them, and they hold the replicas up. Those that KEDA or somebody else made are not ours. PURE.
 */
export function staleAutoscalers(objects: readonly KubeObject[], { release, namespace }: ReleaseName, manifest: string): string[] {
  const wanted = indexObjects(manifest);
  return objects
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .filter(({ metadata: { labels, annotations, ownerReferences = [] } }) => {
      const isOurs = annotations?.['meta.helm.sh/release-name'] === release && annotations['meta.helm.sh/release-namespace'] === namespace;
      return isOurs && labels?.['app.kubernetes.io/managed-by'] === 'Helm' && ownerReferences.length === 0;
    })
    .map(({ metadata }) => metadata.name)
    .filter((name) => !wanted.has(`HorizontalPodAutoscaler ${name}`));
}

/** Deletes them. Before an upgrade, so that they do not undo the replicas it sets. @returns their names. */
export async function removeStaleAutoscalers({ kubectl, log }: Cluster, of: ReleaseName, manifest: string): Promise<string[]> {
  const stale = staleAutoscalers(await kubectl.list('horizontalpodautoscalers', of.namespace), of, manifest);
  if (stale.length > 0) log.warning(`Autoscalers of a release that failed are removed: ${stale.join(', ')}.`);
  await Promise.all(stale.map((name) => kubectl.delete('horizontalpodautoscaler', name, of.namespace)));
  return stale;
}
