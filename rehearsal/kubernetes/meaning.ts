import type { KubeObject } from './api.js';
import { same } from './json.js';
import { kindId, type ResourceType } from './kinds.js';

/** Built-in kinds without `metadata.generation`: they carry no desired state that a controller observes by number. */
const UNCOUNTED = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Service',
  'ResourceQuota',
  'LimitRange',
  'coordination.k8s.io/Lease',
]);

/** Does an object of this kind have a generation? */
export function isCounted(type: ResourceType, object: KubeObject): boolean {
  return type.custom !== undefined || (object['spec'] !== undefined && !UNCOUNTED.has(kindId(type.group, type.kind)));
}

/** Is something else wanted than before, so that the generation goes up? */
export function desiredChanged(type: ResourceType, object: KubeObject, current: KubeObject): boolean {
  const desired = (from: KubeObject) => {
    const { metadata: _metadata, apiVersion: _version, status, ...rest } = from;
    return type.subresources.includes('status') ? rest : { ...rest, status };
  };
  return !same(desired(object), desired(current));
}

/** Equal but for bookkeeping: resourceVersion, generation and who wrote what when. */
export function sameMeaning(a: KubeObject, b: KubeObject): boolean {
  const meaning = (object: KubeObject) => {
    const { resourceVersion: _version, generation: _generation, managedFields, ...metadata } = object.metadata;
    const managers = (managedFields as { time?: string }[] | undefined)?.map(({ time: _time, ...entry }) => entry);
    return { ...object, metadata: { ...metadata, managers } };
  };
  return same(meaning(a), meaning(b));
}
