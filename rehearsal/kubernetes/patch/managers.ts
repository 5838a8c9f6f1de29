import { isTree, type Tree } from '../admission/tree.js';
import type { KubeObject } from '../api.js';
import type { StructShape } from '../schema/shapes.js';
import { decodeFields, encodeFields, flatten, steps, union, without, type FieldSet, type Path } from './fields.js';

/** One line of managedFields, its fields as a set. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Who writes, and through which door. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  /** RFC 3339 without fractions. */
  readonly time: string;
}

const UNOWNED = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
];

export function managersOf(object: KubeObject | undefined): Manager[] {
  return (object?.metadata.managedFields ?? []).filter(isTree).map((entry) => ({
    manager: String(entry['manager']),
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    apiVersion: String(entry['apiVersion']),
    subresource: entry['subresource'] as string | undefined,
    time: entry['time'] as string | undefined,
    fields: decodeFields(entry['fieldsV1']),
  }));
}

export function encodeManagers(managers: readonly Manager[]): Tree[] {
  return managers
    .filter((manager) => manager.fields.size > 0)
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      ...(time ? { time } : {}),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFields(fields),
      ...(subresource ? { subresource } : {}),
    }));
}

/** Every path of an object that can have an owner, with its value. */
export function ownable(object: KubeObject | undefined, shape: StructShape): Map<Path, string> {
  if (!object) return new Map();
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !UNOWNED.includes(key)));
  const found = flatten({ ...rest, metadata: kept }, shape);
  // Metadata that is empty but for its identity is nobody's.
  found.delete('f:metadata');
  return found;
}

export interface Comparison {
  /** Added or given another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

export function compare(before: ReadonlyMap<Path, string>, after: ReadonlyMap<Path, string>): Comparison {
  return {
    changed: new Set([...after].filter(([path, value]) => before.get(path) !== value).map(([path]) => path)),
    removed: new Set([...before.keys()].filter((path) => !after.has(path))),
  };
}

function through(subresource: string | undefined, statusApart: boolean): (path: Path) => boolean {
  return (path) => {
    const inStatus = steps(path)[0] === 'f:status';
    return subresource === 'status' ? inStatus : !(statusApart && inStatus);
  };
}

/**
 * managedFields after an ordinary write: what changed now belongs to the writer alone, what is gone belongs to nobody.
 * @param next the object as it will be; managedFields it brings replace the ones known before
 * @param statusApart the kind has a status subresource
 */
export function trackUpdate(
  current: KubeObject | undefined,
  next: KubeObject,
  writer: Writer,
  shape: StructShape,
  statusApart: boolean,
): Tree[] {
  const base = managersOf(next.metadata.managedFields ? next : current);
  const mine = through(writer.subresource, statusApart);
  const { changed, removed } = compare(ownable(current, shape), ownable(next, shape));
  const taken = new Set([...changed].filter(mine));
  const gone = new Set([...removed].filter(mine));
  const isMe = (manager: Manager) =>
    manager.manager === writer.manager &&
    manager.operation === 'Update' &&
    manager.subresource === writer.subresource &&
    manager.apiVersion === writer.apiVersion;
  const others = base
    .filter((manager) => !isMe(manager))
    .map((manager) => ({ ...manager, fields: without(manager.fields, union(taken, gone)) }));
  const me = base.find(isMe);
  if (taken.size === 0 && !me) return encodeManagers(others);
  const fields = union(without(me?.fields ?? new Set(), gone), taken);
  return encodeManagers([...others, { ...writer, operation: 'Update', time: taken.size > 0 ? writer.time : me?.time, fields }]);
}
