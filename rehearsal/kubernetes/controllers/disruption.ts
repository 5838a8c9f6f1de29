import type { KubeObject } from '../api.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { isActive, isReady, keyOf, matches, specOf, splitKey, statusOf, withCondition, type Condition, type Selector } from './types.js';

interface BudgetSpec {
  selector?: Selector;
  minAvailable?: number | string;
  maxUnavailable?: number | string;
}

function share(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number(value.replace('%', '')) * total) / 100);
}

/** Status of PodDisruptionBudgets. Pods of Jobs that share the labels count, too, as they do on a cluster. */
export function disruption(runtime: Runtime): Controller {
  const covering = (pod: KubeObject): string[] =>
    runtime.store
      .list('policy/PodDisruptionBudget', pod.metadata.namespace)
      .filter((budget) => matches(specOf<BudgetSpec>(budget).selector, pod.metadata.labels))
      .map(keyOf);

  return {
    name: 'disruption',
    watches: { 'policy/PodDisruptionBudget': itself, Pod: covering },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const budget = runtime.store.get('policy/PodDisruptionBudget', namespace, name);
      if (!budget) return;
      const spec = specOf<BudgetSpec>(budget);
      const pods = runtime.store.list('Pod', namespace).filter((pod) => isActive(pod) && matches(spec.selector, pod.metadata.labels));
      const healthy = pods.filter(isReady).length;
      const desired =
        spec.maxUnavailable === undefined
          ? share(spec.minAvailable ?? 1, pods.length)
          : Math.max(0, pods.length - share(spec.maxUnavailable, pods.length));
      const allowed = Math.max(0, healthy - desired);
      const next: Condition = {
        type: 'DisruptionAllowed',
        status: allowed > 0 ? 'True' : 'False',
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: budget.metadata.generation ?? 1,
      };
      runtime.setStatus('policy/PodDisruptionBudget', budget, {
        currentHealthy: healthy,
        desiredHealthy: desired,
        disruptionsAllowed: allowed,
        expectedPods: pods.length,
        observedGeneration: budget.metadata.generation ?? 1,
        conditions: withCondition(statusOf<{ conditions: Condition[] }>(budget).conditions, next, runtime.timestamp()),
      });
    },
  };
}
