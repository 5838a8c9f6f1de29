import type { Cluster } from '../kubernetes/cluster.js';
import { findDrift } from '../release/drift.js';
import { indexObjects } from '../release/manifest.js';
import { isTree, type Tree } from '../values/merge.js';

/**
 * Helm 3 compares a custom resource with the manifest before and never with the cluster. One that a first install takes over stays as it
 * was, without even Helm's marks, and one that somebody changed stays so. What is unlike the manifest after an upgrade is applied.
 * @returns `ClusterIssuer letsencrypt-prod`.
 */
export async function setRightAdopted(cluster: Cluster, release: string, namespace: string): Promise<string[]> {
  const { helm, kubectl, log } = cluster;
  const manifest = await helm.manifest(release, namespace);
  const names = (await findDrift(cluster, manifest, namespace)).map(({ id }) => id);
  if (names.length === 0) return names;
  log.info(`${release}: taken over by Helm and set right: ${names.join(', ')}.`);
  const objects = adopted(manifest, names, release, namespace);
  const isElsewhere = ({ metadata }: Tree): boolean => isTree(metadata) && typeof metadata['namespace'] === 'string';
  await kubectl.apply(objects.filter(isElsewhere));
  await kubectl.apply(
    objects.filter((object) => !isElsewhere(object)),
    namespace,
  );
  return names;
}

/** The named objects of a manifest with the marks of Helm, which stand in no manifest. PURE. */
export function adopted(manifest: string, names: readonly string[], release: string, namespace: string): Tree[] {
  const marks = { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace };
  return [...indexObjects(manifest)].flatMap(([name, text]) => {
    const object = JSON.parse(text) as Tree & { metadata: Tree & { labels?: Tree; annotations?: Tree } };
    if (!names.includes(name)) return [];
    const { labels, annotations, ...metadata } = object.metadata;
    return [
      {
        ...object,
        metadata: {
          ...metadata,
          labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
          annotations: { ...annotations, ...marks },
        },
      },
    ];
  });
}
