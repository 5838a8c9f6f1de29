import { ApiError, type KubeObject, type NewObject } from '../api.js';
import { add, amounts, format, podAmounts, quantity, type Amounts } from './quantities.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { isActive, keyOf, specOf, splitKey, type Container, type PodSpec } from './types.js';

const COUNTED: Readonly<Record<string, string>> = {
  Pod: 'pods',
  Service: 'services',
  Secret: 'secrets',
  ConfigMap: 'configmaps',
  PersistentVolumeClaim: 'persistentvolumeclaims',
};
const COMPUTE = ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory', 'cpu', 'memory'];
const KNOWN = new Set([
  ...Object.values(COUNTED),
  ...COMPUTE,
  'services.loadbalancers',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
]);

interface QuotaSpec {
  hard?: Record<string, string>;
}

/** What one object takes from a quota, by the quota's resource names. */
function usageOf(object: NewObject): Amounts {
  const counter = COUNTED[object.kind];
  if (counter === undefined) return {};
  const spec = (object['spec'] ?? {}) as PodSpec & { type?: string; resources?: { requests?: Record<string, string> } };
  if (object.kind === 'Service' && spec.type === 'LoadBalancer') return { services: 1, 'services.loadbalancers': 1 };
  if (object.kind === 'PersistentVolumeClaim')
    return { persistentvolumeclaims: 1, 'requests.storage': amounts(spec.resources?.requests)['storage'] ?? 0 };
  if (object.kind !== 'Pod') return { [counter]: 1 };
  const prefixed = (list: 'requests' | 'limits'): [string, number][] =>
    Object.entries(podAmounts(spec, list)).map(([name, value]) => [`${list}.${name}`, value]);
  const { cpu = 0, memory = 0 } = podAmounts(spec);
  return { pods: 1, cpu, memory, ...Object.fromEntries([...prefixed('requests'), ...prefixed('limits')]) };
}

function used(runtime: Runtime, namespace: string): Amounts {
  const objects = Object.keys(COUNTED).flatMap((kind) => runtime.store.list(kind, namespace));
  return objects
    .filter((object) => object.kind !== 'Pod' || isActive(object))
    .map(usageOf)
    .reduce(add, {});
}

/** `a=1,b=2`, sorted, as quota messages list amounts. */
function listed(names: readonly string[], values: Amounts): string {
  return [...names]
    .sort()
    .map((name) => `${name}=${format(name, values[name] ?? 0)}`)
    .join(',');
}

/** Compute resources the quota wants named that a container does not name, e.g. `limits.cpu for: frontend`. */
function unnamed(hard: Record<string, string>, pod: NewObject): string[] {
  const containers = ((pod['spec'] ?? {}) as PodSpec).containers;
  return COMPUTE.filter((name) => name in hard && name.includes('.')).flatMap((name) => {
    const [list, resource = ''] = name.split('.') as ['requests' | 'limits', string];
    const missing = containers
      .filter((container) => container.resources?.[list]?.[resource] === undefined)
      .map((container) => container.name);
    return missing.length > 0 ? [`${name} for: ${missing.join(',')}`] : [];
  });
}

function forbidden(object: NewObject, why: string): ApiError {
  const plural = COUNTED[object.kind] ?? '';
  const name = object.metadata.name ?? object.metadata.generateName ?? '';
  return new ApiError(403, 'Forbidden', `${plural} "${name}" is forbidden: ${why}`, { name, kind: plural });
}

/** Throws ApiError 403 when a ResourceQuota of the namespace has no room for the object. */
export function enforceQuotas(runtime: Runtime, object: NewObject): void {
  const { namespace } = object.metadata;
  if (namespace === undefined || COUNTED[object.kind] === undefined || object.apiVersion !== 'v1') return;
  const quotas = runtime.store.list('ResourceQuota', namespace);
  if (quotas.length === 0) return;
  const taken = used(runtime, namespace);
  const wanted = usageOf(object);
  for (const quota of quotas) {
    const hard = specOf<QuotaSpec>(quota).hard ?? {};
    const missing = object.kind === 'Pod' ? unnamed(hard, object) : [];
    if (missing.length > 0) throw forbidden(object, `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
    const over = Object.keys(hard).filter(
      (name) => (wanted[name] ?? 0) > 0 && (taken[name] ?? 0) + (wanted[name] ?? 0) > quantity(hard[name] ?? '0') + 1e-9,
    );
    if (over.length > 0) {
      const limits = amounts(hard);
      throw forbidden(
        object,
        `exceeded quota: ${quota.metadata.name}, requested: ${listed(over, wanted)}, used: ${listed(over, taken)}, limited: ${listed(over, limits)}`,
      );
    }
  }
}

interface LimitItem {
  type: string;
  default?: Record<string, string>;
  defaultRequest?: Record<string, string>;
  max?: Record<string, string>;
}

/** Gives containers the LimitRange's defaults. Throws ApiError 403 when one asks for more than its maximum. */
export function applyLimitRanges(runtime: Runtime, pod: NewObject): NewObject {
  const items = runtime.store
    .list('LimitRange', pod.metadata.namespace)
    .flatMap((range) => specOf<{ limits?: LimitItem[] }>(range).limits ?? []);
  const own = items.filter((item) => item.type === 'Container');
  if (own.length === 0) return pod;
  const limited = (container: Container): Container => {
    const merged = own.reduce((resources, item) => {
      const limits = { ...item.default, ...resources.limits };
      return { limits, requests: { ...limits, ...item.defaultRequest, ...resources.limits, ...resources.requests } };
    }, container.resources ?? {});
    for (const [name, most] of own.flatMap((item) => Object.entries(item.max ?? {}))) {
      const limit = merged.limits?.[name];
      if (limit !== undefined && quantity(limit) > quantity(most))
        throw forbidden(pod, `maximum ${name} usage per Container is ${most}, but limit is ${limit}`);
    }
    return { ...container, resources: merged };
  };
  const spec = pod['spec'] as PodSpec;
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(limited),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(limited) } : {}),
    },
  };
}

/** Keeps `status.used` of ResourceQuotas. Fails on a resource name nobody modelled. */
export function quotaStatus(runtime: Runtime): Controller {
  const ofNamespace = (object: KubeObject): string[] => runtime.store.list('ResourceQuota', object.metadata.namespace).map(keyOf);
  return {
    name: 'resourcequota',
    watches: {
      ResourceQuota: itself,
      Pod: ofNamespace,
      Service: ofNamespace,
      Secret: ofNamespace,
      ConfigMap: ofNamespace,
      PersistentVolumeClaim: ofNamespace,
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const quota = runtime.store.get('ResourceQuota', namespace, name);
      if (!quota || namespace === undefined) return;
      const hard = specOf<QuotaSpec>(quota).hard ?? {};
      const unknown = Object.keys(hard).filter((resource) => !KNOWN.has(resource));
      if (unknown.length > 0) throw new Error(`ResourceQuota ${key} limits ${unknown.join(', ')}, which the rehearsal does not count`);
      const taken = used(runtime, namespace);
      runtime.setStatus('ResourceQuota', quota, {
        hard,
        used: Object.fromEntries(Object.keys(hard).map((resource) => [resource, format(resource, taken[resource] ?? 0)])),
      });
    },
  };
}
