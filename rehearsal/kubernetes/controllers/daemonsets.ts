import { ApiError } from '../api.js';
import type { Recorder } from './events.js';
import { placesOf, refusal } from './fit.js';
import type { PodFactory } from './pods.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { randomSuffix, templateHash } from './template-hash.js';
import { isActive, isReady, keyOf, ownerKey, podSpec, specOf, splitKey, type PodTemplate, type Toleration } from './types.js';

const COMPONENT = 'daemonset-controller';
const HASH = 'controller-revision-hash';

/** What daemons put up with on a node by themselves. */
const TOLERATIONS: readonly Toleration[] = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
].map((condition) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
}));

/** One pod on every node that the template may go to. */
export function daemonSets(runtime: Runtime, recorder: Recorder, pods: PodFactory): Controller {
  return {
    name: 'daemonset',
    watches: { 'apps/DaemonSet': itself, Pod: ownerKey('DaemonSet'), Node: () => runtime.store.list('apps/DaemonSet').map(keyOf) },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const set = runtime.store.get('apps/DaemonSet', namespace, name);
      if (!set || set.metadata.deletionTimestamp) return;
      const { template } = specOf<{ template: PodTemplate }>(set);
      const hash = templateHash(template);
      const spec = { tolerations: [...(template.spec.tolerations ?? []), ...TOLERATIONS] };
      const candidate = { ...set, kind: 'Pod', spec: { ...template.spec, ...spec } };
      const places = placesOf(runtime.store.list('Node'), []);
      const nodes = places.filter((place) => !refusal(candidate, place, []).fixed).map((place) => place.node.metadata.name);

      for (const node of nodes) {
        const own = pods.of(set).filter((pod) => podSpec(pod).nodeName === node && isActive(pod));
        const [outdated] = own.filter((pod) => pod.metadata.labels?.[HASH] !== hash);
        if (outdated && pods.of(set).every((pod) => isReady(pod) || pod === outdated)) pods.remove(outdated);
        if (own.length > 0 && !outdated) continue;
        if (own.length > 0 && runtime.store.get('Pod', namespace, outdated?.metadata.name ?? '')) continue;
        const generateName = `${name}-`;
        try {
          const pod = pods.create(set, template, generateName + randomSuffix(), {
            generateName,
            labels: { [HASH]: hash },
            spec: { ...spec, nodeName: node },
          });
          recorder.normal(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, COMPONENT);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          recorder.warning(set, 'FailedCreate', `Error creating: ${error.message}`, COMPONENT);
          runtime.after(this, key, runtime.scaled(20));
        }
      }
      const current = pods.of(set).filter(isActive);
      const ready = current.filter(isReady).length;
      runtime.setStatus('apps/DaemonSet', set, {
        currentNumberScheduled: current.length,
        desiredNumberScheduled: nodes.length,
        numberMisscheduled: 0,
        numberReady: ready,
        numberAvailable: ready,
        ...(nodes.length > ready ? { numberUnavailable: nodes.length - ready } : {}),
        updatedNumberScheduled: current.filter((pod) => pod.metadata.labels?.[HASH] === hash).length,
        observedGeneration: set.metadata.generation ?? 1,
      });
    },
  };
}
