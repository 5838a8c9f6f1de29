import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../kubernetes/cluster.js';
import { type Drift, driftOf, missingObject, scaledBy } from '../review/drift.js';
import { CommandFailure } from '../tools/command.js';
import type { ObjectDiff } from '../tools/kubectl-diff.js';
import { isTree, type Tree } from '../values/merge.js';
import { objectIds } from './manifest.js';

/** How the cluster differs from a manifest. */
export interface DriftFound {
  readonly drifted: readonly Drift[];
  /** Ids of objects that cannot be compared, because a webhook that judges them does not answer. */
  readonly unanswered: readonly string[];
}

/** Neither of these objects can be there: their kind is not served, or their namespace is gone. */
const NOT_THERE = /no matches for kind|namespaces "[^"]*" not found/;

const NO_ANSWER = /failed calling webhook/;

/**
 * Which objects of a deployed manifest are no longer as it says, asked of the server by a dry run: what somebody else changed or
 * deleted since. Verification would only find it, an upgrade sets it right.
 * @param manifest YAML documents, as `helm get manifest` has them. @param namespace of objects that name none.
 * @throws CommandFailure when the server refuses to say.
 */
export async function lookForDrift({ kubectl }: Pick<Cluster, 'kubectl'>, manifest: string, namespace: string): Promise<DriftFound> {
  const compare = async (documents: readonly Document[]): Promise<Answers> => {
    try {
      const text = documents.length === all.length ? manifest : documents.map(({ yaml }) => yaml).join('---\n');
      return { diffs: await kubectl.diff(text, namespace), missing: [], unanswered: [] };
    } catch (error) {
      if (!(error instanceof CommandFailure) || !(NOT_THERE.test(error.stderr) || NO_ANSWER.test(error.stderr))) throw error;
      // The server does not say whose fault it is: halving finds it.
      const [first] = documents;
      if (documents.length > 1 && first !== undefined) {
        const half = Math.ceil(documents.length / 2);
        const [left, right] = await Promise.all([compare(documents.slice(0, half)), compare(documents.slice(half))]);
        return {
          diffs: [...left.diffs, ...right.diffs],
          missing: [...left.missing, ...right.missing],
          unanswered: [...left.unanswered, ...right.unanswered],
        };
      }
      return NOT_THERE.test(error.stderr)
        ? { diffs: [], missing: documents, unanswered: [] }
        : { diffs: [], missing: [], unanswered: documents };
    }
  };
  const all = documentsOf(manifest);
  if (all.length === 0) return { drifted: [], unanswered: [] };
  const { diffs, missing, unanswered } = await compare(all);
  const scaled = scaledBy(all.map(({ object }) => object));
  const drifted = [
    ...missing.map(({ id, object }) => missingObject(id, object)),
    ...diffs.flatMap((diff) => {
      const found = all.find(({ object }) => isOf(diff, object, namespace));
      const drift = found === undefined ? undefined : driftOf(diff, found.id, found.object, scaled);
      return drift === undefined ? [] : [drift];
    }),
  ];
  return { drifted: drifted.sort((a, b) => (a.id < b.id ? -1 : 1)), unanswered: unanswered.map(({ id }) => id).sort() };
}

/** The same where all of it must be known. @throws CommandFailure also when a webhook does not answer. */
export async function findDrift(cluster: Cluster, manifest: string, namespace: string): Promise<readonly Drift[]> {
  const { drifted, unanswered } = await lookForDrift(cluster, manifest, namespace);
  if (unanswered.length > 0) throw new CommandFailure('kubectl diff', 1, `failed calling webhook for ${unanswered.join(', ')}`);
  return drifted;
}

interface Document {
  readonly id: string;
  readonly object: Tree;
  readonly yaml: string;
}

interface Answers {
  readonly diffs: readonly ObjectDiff[];
  readonly missing: readonly Document[];
  readonly unanswered: readonly Document[];
}

function documentsOf(manifest: string): Document[] {
  const documents = parseAllDocuments(manifest).flatMap((document) => {
    const object = document.toJS() as unknown;
    // As it is written: what Go reads as true, such as `yes`, is text to other readers.
    return isTree(object) ? [{ object, yaml: document.toString({ lineWidth: 0 }).replace(/^---\n/, '') }] : [];
  });
  const ids = objectIds(documents.map(({ object }) => object));
  return documents.map((document, index) => ({ ...document, id: ids[index] ?? '' }));
}

function isOf(diff: ObjectDiff, { kind, metadata }: Tree, namespace: string): boolean {
  const { name, namespace: own } = (metadata ?? {}) as { name?: string; namespace?: string };
  return kind === diff.kind && name === diff.name && (diff.namespace === undefined || diff.namespace === (own ?? namespace));
}
