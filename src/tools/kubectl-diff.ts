import { parse } from 'yaml';
import { isTree, type Tree } from '../values/merge.js';

/** One object that is not in the cluster as a manifest says. */
export interface ObjectDiff {
  readonly kind: string;
  readonly name: string;
  /** Undefined: the kind has none. */
  readonly namespace: string | undefined;
  /** As it stands; undefined when it is not there. Values of a Secret are hidden by kubectl, marked where they differ. */
  readonly live: Tree | undefined;
  /** As it would be after an apply, with the server's defaults. */
  readonly merged: Tree;
}

/** For KUBECTL_EXTERNAL_DIFF, which takes letters, digits and dashes: every differing file as one hunk with all its lines, new files whole. */
export const DIFF_PROGRAM = 'diff -arN -U1000000';

/**
 * Reads what {@link DIFF_PROGRAM} prints of the two directories that `kubectl diff` makes. No line of a file begins in the first
 * column, so that a line which does begins the next file. PURE.
 */
export function parseDiff(output: string): ObjectDiff[] {
  return output
    .split(/^diff .*\n/m)
    .slice(1)
    .flatMap((file): ObjectDiff[] => {
      const lines = file.split('\n');
      const body = lines.slice(lines.findIndex((line) => line.startsWith('@@ ')) + 1);
      const side = (sign: string): Tree | undefined => {
        const text = body.filter((line) => line.startsWith(' ') || line.startsWith(sign)).map((line) => line.slice(1));
        const object = parse(text.join('\n')) as unknown;
        return isTree(object) ? object : undefined;
      };
      const merged = side('+');
      if (merged === undefined) return [];
      const { name, namespace } = (merged['metadata'] ?? {}) as { name?: string; namespace?: string };
      return [{ kind: String(merged['kind']), name: name ?? '', namespace, live: side('-'), merged }];
    })
    .sort(byObject);
}

/** By kind, then by namespace and name. */
export const byObject = (a: ObjectDiff, b: ObjectDiff): number => (idOf(a) < idOf(b) ? -1 : 1);

const idOf = ({ kind, namespace = '', name }: ObjectDiff): string => `${kind} ${namespace}/${name}`;
