import { ApiError, type KubeObject } from '../api.js';
import type { Recorder } from './events.js';
import { active, dispensableFirst, type PodFactory } from './pods.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { randomSuffix } from './template-hash.js';
import { isReady, ownerKey, specOf, splitKey, statusOf, withCondition, type Condition, type PodTemplate } from './types.js';

const COMPONENT = 'replicaset-controller';

export interface ReplicaSetSpec {
  replicas?: number;
  minReadySeconds?: number;
  template: PodTemplate;
}

export interface ReplicaSetStatus {
  replicas: number;
  readyReplicas?: number;
  availableReplicas?: number;
  conditions?: Condition[];
}

/** Keeps as many pods as `spec.replicas` says. */
export function replicaSets(runtime: Runtime, recorder: Recorder, pods: PodFactory): Controller {
  const controller: Controller = {
    name: 'replicaset',
    watches: { 'apps/ReplicaSet': itself, Pod: ownerKey('ReplicaSet') },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const set = runtime.store.get('apps/ReplicaSet', namespace, name);
      if (!set || set.metadata.deletionTimestamp) return;
      const { replicas: wanted = 1, template, minReadySeconds = 0 } = specOf<ReplicaSetSpec>(set);
      const before = active(pods.of(set));
      const refused = grow(set, template, wanted - before.length);
      for (const pod of [...before].sort(dispensableFirst).slice(0, Math.max(0, before.length - wanted))) {
        pods.remove(pod);
        recorder.normal(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, COMPONENT);
      }
      if (refused !== undefined) runtime.after(controller, key, runtime.scaled(20));

      const now = active(pods.of(set));
      const ready = now.filter(isReady);
      const available = ready.filter((pod) => readyFor(pod) >= minReadySeconds * 1000);
      if (available.length < ready.length) runtime.after(controller, key, minReadySeconds * 1000);
      writeStatus(set, now.length, ready.length, available.length, refused);
    },
  };

  function readyFor(pod: KubeObject): number {
    const since = statusOf<{ conditions: Condition[] }>(pod).conditions?.find((entry) => entry.type === 'Ready')?.lastTransitionTime;
    return since === undefined ? 0 : runtime.now() - Date.parse(since);
  }

  /** Creates `count` pods; the message of the first refusal ends it. */
  function grow(set: KubeObject, template: PodTemplate, count: number): string | undefined {
    for (let index = 0; index < count; index += 1) {
      const generateName = `${set.metadata.name}-`;
      try {
        const pod = pods.create(set, template, generateName + randomSuffix(), { generateName });
        recorder.normal(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, COMPONENT);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        recorder.warning(set, 'FailedCreate', `Error creating: ${error.message}`, COMPONENT);
        return error.message;
      }
    }
    return undefined;
  }

  function writeStatus(set: KubeObject, replicas: number, ready: number, available: number, refused: string | undefined): void {
    const others = (statusOf<ReplicaSetStatus>(set).conditions ?? []).filter((entry) => entry.type !== 'ReplicaFailure');
    const failure: Condition | undefined =
      refused === undefined ? undefined : { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: refused };
    const conditions = failure ? withCondition(statusOf<ReplicaSetStatus>(set).conditions, failure, runtime.timestamp()) : others;
    runtime.setStatus('apps/ReplicaSet', set, {
      replicas,
      ...(replicas > 0 ? { fullyLabeledReplicas: replicas } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available > 0 ? { availableReplicas: available } : {}),
      observedGeneration: set.metadata.generation ?? 1,
      ...(conditions.length > 0 ? { conditions } : {}),
    });
  }

  return controller;
}
