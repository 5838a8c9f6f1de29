import { ApiError, type Admission, type NewObject } from '../api.js';
import { applyLimitRanges, enforceQuotas } from './quotas.js';
import { injectProxy } from './routing/istio-injection.js';
import type { Runtime } from './runtime.js';
import type { PodSpec } from './types.js';
import { callWebhooks } from './webhooks.js';
import { injectIdentity } from './workload-identity.js';

/** A pod names its ServiceAccount, which must exist. */
function withServiceAccount(runtime: Runtime, pod: NewObject): NewObject {
  const spec = (pod['spec'] ?? {}) as PodSpec;
  const serviceAccountName = spec.serviceAccountName ?? 'default';
  const { namespace, name, generateName } = pod.metadata;
  if (!runtime.store.get('ServiceAccount', namespace, serviceAccountName)) {
    const shown = generateName ?? name ?? '';
    const message = `pods "${shown}" is forbidden: error looking up service account ${namespace}/${serviceAccountName}: serviceaccount "${serviceAccountName}" not found`;
    throw new ApiError(403, 'Forbidden', message, { name: shown, kind: 'pods' });
  }
  return { ...pod, spec: { ...spec, serviceAccountName } };
}

/** ServiceAccount, LimitRanger, Workload Identity and other webhooks, then ResourceQuota: the order of a real API server. */
export function admission(runtime: Runtime): Admission {
  return (object, operation) => {
    const isNewPod = operation === 'CREATE' && object.apiVersion === 'v1' && object.kind === 'Pod';
    const mutated = isNewPod
      ? injectIdentity(runtime.store, runtime.context, applyLimitRanges(runtime, withServiceAccount(runtime, object)))
      : object;
    callWebhooks(runtime, mutated, operation);
    const injected = isNewPod ? injectProxy(runtime.store, mutated) : mutated;
    if (operation === 'CREATE') enforceQuotas(runtime, injected);
    return injected;
  };
}
