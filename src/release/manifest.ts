import { parseAllDocuments } from 'yaml';
import { isTree } from '../values/merge.js';
import { canonical } from '../values/merge.js';

/** What a release installs: `Deployment langsmith-backend` → canonical JSON of the object. */
export type ObjectIndex = ReadonlyMap<string, string>;

/** How two manifests differ, by object. */
export interface ManifestDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Indexes YAML documents by kind and name. */
export function indexObjects(yaml: string): ObjectIndex {
  const objects = parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0] ?? new Error('not YAML');
    const object = document.toJS() as unknown;
    return isTree(object) ? [object] : [];
  });
  return new Map(
    objects.map((object) => [
      `${String(object['kind'])} ${String(isTree(object['metadata']) ? object['metadata']['name'] : '')}`,
      canonical(object),
    ]),
  );
}

export function difference(before: ObjectIndex, after: ObjectIndex): ManifestDifference {
  return {
    added: [...after.keys()].filter((name) => !before.has(name)).sort(),
    changed: [...after].flatMap(([name, object]) => (before.has(name) && before.get(name) !== object ? [name] : [])).sort(),
    removed: [...before.keys()].filter((name) => !after.has(name)).sort(),
  };
}

export const isEmpty = ({ added, changed, removed }: ManifestDifference): boolean => added.length + changed.length + removed.length === 0;
