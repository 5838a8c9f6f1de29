import type { KubeObject } from '../api.js';
import type { Cause } from '../errors.js';
import { at, type Tree } from './tree.js';
import { same } from '../json.js';

const IMMUTABLE = 'field is immutable';

/** Fields that never change after creation, by kind. Their text is the API server's. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'apps/Deployment': ['spec.selector'],
  'apps/DaemonSet': ['spec.selector'],
  'apps/ReplicaSet': ['spec.selector'],
  'batch/Job': ['spec.completions', 'spec.selector', 'spec.template', 'spec.completionMode'],
  Secret: ['type'],
  'rbac.authorization.k8s.io/RoleBinding': ['roleRef'],
  'rbac.authorization.k8s.io/ClusterRoleBinding': ['roleRef'],
  'storage.k8s.io/StorageClass': ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'],
  'networking.k8s.io/IngressClass': ['spec.controller'],
  'scheduling.k8s.io/PriorityClass': ['value'],
  'apiextensions.k8s.io/CustomResourceDefinition': ['spec.group', 'spec.names.plural', 'spec.names.kind', 'spec.scope'],
};

const STATEFUL_SET_OPEN = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function without(tree: unknown, keys: readonly string[]): Tree {
  return Object.fromEntries(Object.entries((tree ?? {}) as Tree).filter(([key]) => !keys.includes(key)));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value ?? null);
}

/** A pod's spec is fixed but for images, its deadline, added tolerations and the node it is bound to. */
function podSpecOpen(object: KubeObject): Tree {
  const spec = without(object['spec'], [
    'nodeName',
    'activeDeadlineSeconds',
    'tolerations',
    'schedulingGates',
    'terminationGracePeriodSeconds',
    'ephemeralContainers',
  ]);
  for (const list of ['containers', 'initContainers']) {
    if (Array.isArray(spec[list])) spec[list] = (spec[list] as Tree[]).map((container) => without(container, ['image', 'resources']));
  }
  return spec;
}

function claimCauses(object: KubeObject, current: KubeObject): Cause[] {
  // Binding fills in volumeName and the class; only the requested size may be changed by hand.
  const fixed = (claim: KubeObject) => without(claim['spec'], ['resources', 'volumeAttributesClassName', 'volumeName']);
  if (same(fixed(object), fixed(current))) return [];
  const message = 'Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  return [{ field: 'spec', reason: 'FieldValueForbidden', message }];
}

function sealedCauses(object: KubeObject, current: KubeObject): Cause[] {
  if (current['immutable'] !== true) return [];
  const changed = ['data', 'binaryData'].filter((field) => !same(object[field], current[field]));
  if (object['immutable'] !== true) changed.push('immutable');
  return changed.map((field) => ({
    field,
    reason: 'FieldValueForbidden',
    message: 'Forbidden: field is immutable when `immutable` is set',
  }));
}

/** What an update changes although it must not. */
export function immutableCauses(id: string, object: KubeObject, current: KubeObject): Cause[] {
  const causes: Cause[] = (FIELDS[id] ?? [])
    .filter((field) => !same(at(object, field), at(current, field)))
    .map((field) => ({
      field,
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${shown(at(object, field))}: ${field === 'roleRef' ? 'cannot change roleRef' : IMMUTABLE}`,
    }));
  switch (id) {
    case 'apps/StatefulSet':
      if (!same(without(object['spec'], STATEFUL_SET_OPEN), without(current['spec'], STATEFUL_SET_OPEN))) {
        const open = STATEFUL_SET_OPEN.map((field) => `'${field}'`);
        const message = `Forbidden: updates to statefulset spec for fields other than ${open.slice(0, -1).join(', ')} and ${open.at(-1)} are forbidden`;
        causes.push({ field: 'spec', reason: 'FieldValueForbidden', message });
      }
      return causes;
    case 'PersistentVolumeClaim':
      return [...causes, ...claimCauses(object, current)];
    case 'Secret':
    case 'ConfigMap':
      return [...causes, ...sealedCauses(object, current)];
    case 'Service': {
      const [before, after] = [at(current, 'spec.clusterIP'), at(object, 'spec.clusterIP')];
      if (before === undefined || before === after || at(object, 'spec.type') === 'ExternalName') return causes;
      return [
        ...causes,
        {
          field: 'spec.clusterIPs[0]',
          reason: 'FieldValueInvalid',
          message: `Invalid value: ["${String(after)}"]: may not change once set`,
        },
      ];
    }
    case 'Pod': {
      if (same(podSpecOpen(object), podSpecOpen(current))) return causes;
      const message =
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
      return [...causes, { field: 'spec', reason: 'FieldValueForbidden', message }];
    }
    default:
      return causes;
  }
}
