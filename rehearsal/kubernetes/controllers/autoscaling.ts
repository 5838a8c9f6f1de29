import type { KubeObject } from '../api.js';
import type { Recorder } from './events.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { keyOf, specOf, splitKey, statusOf, withCondition, type Condition } from './types.js';

const COMPONENT = 'horizontal-pod-autoscaler';

/** What an idle back end uses of the CPU and memory it asked for, in per cent. */
const IDLE_UTILISATION = 8;

interface Target {
  kind: string;
  name: string;
  apiVersion?: string;
}

interface HpaSpec {
  scaleTargetRef: Target;
  minReplicas?: number;
  maxReplicas: number;
  metrics?: { type: string; resource?: { name: string } }[];
}

interface HpaStatus {
  conditions: Condition[];
  lastScaleTime: string;
}

/** Keeps the target of each HorizontalPodAutoscaler between its bounds; load does not exist here, so nothing else moves it. */
export function autoscaling(runtime: Runtime, recorder: Recorder): Controller {
  const aiming = (target: KubeObject): string[] =>
    runtime.store
      .list('autoscaling/HorizontalPodAutoscaler', target.metadata.namespace)
      .filter((hpa) => {
        const { kind, name } = specOf<HpaSpec>(hpa).scaleTargetRef;
        return kind === target.kind && name === target.metadata.name;
      })
      .map(keyOf);

  return {
    name: 'hpa',
    watches: { 'autoscaling/HorizontalPodAutoscaler': itself, 'apps/Deployment': aiming, 'apps/StatefulSet': aiming },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const hpa = runtime.store.get('autoscaling/HorizontalPodAutoscaler', namespace, name);
      if (!hpa || hpa.metadata.deletionTimestamp) return;
      const spec = specOf<HpaSpec>(hpa);
      const target = runtime.store.get(`apps/${spec.scaleTargetRef.kind}`, namespace, spec.scaleTargetRef.name);
      if (!target) {
        const message = `the HPA controller was unable to get the target's current scale: ${spec.scaleTargetRef.kind.toLowerCase()}s.apps "${spec.scaleTargetRef.name}" not found`;
        recorder.warning(hpa, 'FailedGetScale', message.replace(/^.*scale: /, ''), COMPONENT);
        report(hpa, 0, 0, [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message }], false);
        return;
      }
      keepWithin(hpa, spec, target);
    },
  };

  function keepWithin(hpa: KubeObject, spec: HpaSpec, target: KubeObject): void {
    const least = spec.minReplicas ?? 1;
    const wanted = specOf<{ replicas?: number }>(target).replicas ?? 1;
    // Zero replicas switch the autoscaler off until somebody scales up again.
    const desired = wanted === 0 ? 0 : Math.min(spec.maxReplicas, Math.max(least, wanted));
    if (desired !== wanted) {
      runtime.change(
        `apps/${target.kind}`,
        target.metadata.namespace,
        target.metadata.name,
        (fresh) => void (specOf<{ replicas?: number }>(fresh).replicas = desired),
      );
      const bound = wanted < least ? 'below Spec.MinReplicas' : 'above Spec.MaxReplicas';
      recorder.normal(hpa, 'SuccessfulRescale', `New size: ${desired}; reason: Current number of replicas ${bound}`, COMPONENT);
    }
    const current = statusOf<{ replicas: number }>(target).replicas ?? 0;
    const conditions: Condition[] = [
      { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches current size' },
      wanted === 0
        ? {
            type: 'ScalingActive',
            status: 'False',
            reason: 'ScalingDisabled',
            message: 'scaling is disabled since the replica count of the target is zero',
          }
        : {
            type: 'ScalingActive',
            status: 'True',
            reason: 'ValidMetricFound',
            message: 'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
          },
      {
        type: 'ScalingLimited',
        status: 'True',
        reason: 'TooFewReplicas',
        message: 'the desired replica count is less than the minimum replica count',
      },
    ];
    report(hpa, current, desired, conditions, desired !== wanted);
  }

  function report(hpa: KubeObject, current: number, desired: number, news: readonly Condition[], scaled: boolean): void {
    const before = statusOf<HpaStatus>(hpa);
    const now = runtime.timestamp();
    const metrics = (specOf<HpaSpec>(hpa).metrics ?? []).flatMap(({ type, resource }) =>
      type === 'Resource' && resource && current > 0
        ? [
            {
              type,
              resource: {
                name: resource.name,
                current: { averageUtilization: IDLE_UTILISATION, averageValue: resource.name === 'cpu' ? '80m' : '164Mi' },
              },
            },
          ]
        : [],
    );
    const lastScaleTime = scaled ? now : before.lastScaleTime;
    runtime.setStatus('autoscaling/HorizontalPodAutoscaler', hpa, {
      currentReplicas: current,
      desiredReplicas: desired,
      currentMetrics: metrics,
      conditions: news.reduce<Condition[]>((list, next) => withCondition(list, next, now), before.conditions ?? []),
      observedGeneration: hpa.metadata.generation ?? 1,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    });
  }
}
