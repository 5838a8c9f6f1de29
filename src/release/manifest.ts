import { parseAllDocuments } from 'yaml';
import { canonical, isTree, type Tree } from '../values/merge.js';

/** What a release installs: `Deployment langsmith-backend` → canonical JSON of the object. */
export type ObjectIndex = ReadonlyMap<string, string>;

/** How two manifests differ, by object. */
export interface ManifestDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What a release is and would be. */
export interface Manifests {
  /** Empty before the first install. */
  readonly before: ObjectIndex;
  readonly after: ObjectIndex;
}

/** Indexes YAML documents by kind and name; where one name stands in several namespaces, by namespace too. */
export function indexObjects(yaml: string): ObjectIndex {
  const objects = parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0] ?? new Error('not YAML');
    const object = document.toJS() as unknown;
    return isTree(object) ? [object] : [];
  });
  const ids = objectIds(objects);
  return new Map(objects.map((object, index) => [ids[index] ?? '', canonical(object)]));
}

/** `Deployment langsmith-backend`; where one name stands in several namespaces, ` in <namespace>` after it. In the order of the objects. */
export function objectIds(objects: readonly Tree[]): string[] {
  const counts = new Map<string, number>();
  for (const object of objects) counts.set(nameOf(object), (counts.get(nameOf(object)) ?? 0) + 1);
  return objects.map((object) => {
    const name = nameOf(object);
    return (counts.get(name) ?? 0) > 1 ? `${name} in ${metadataOf(object).namespace ?? ''}` : name;
  });
}

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

const metadataOf = (object: Tree): Metadata => (isTree(object['metadata']) ? object['metadata'] : {});
const nameOf = (object: Tree): string => `${String(object['kind'])} ${metadataOf(object).name ?? ''}`;

export function difference(before: ObjectIndex, after: ObjectIndex): ManifestDifference {
  return {
    added: [...after.keys()].filter((name) => !before.has(name)).sort(),
    changed: [...after].flatMap(([name, object]) => (before.has(name) && before.get(name) !== object ? [name] : [])).sort(),
    removed: [...before.keys()].filter((name) => !after.has(name)).sort(),
  };
}

export const isEmpty = ({ added, changed, removed }: ManifestDifference): boolean => added.length + changed.length + removed.length === 0;
