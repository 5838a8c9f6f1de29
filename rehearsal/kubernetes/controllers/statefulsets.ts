import { ApiError, type KubeObject, type ObjectMeta } from '../api.js';
import type { Recorder } from './events.js';
import type { PodFactory } from './pods.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { templateHash } from './template-hash.js';
import { isReady, ownedBy, ownerKey, podStatus, specOf, splitKey, statusOf, type PodTemplate } from './types.js';

const COMPONENT = 'statefulset-controller';
const REVISION = 'controller-revision-hash';

interface ClaimTemplate {
  metadata: Partial<ObjectMeta> & { name: string };
  spec: Record<string, unknown>;
}

interface StatefulSetSpec {
  replicas?: number;
  serviceName?: string;
  template: PodTemplate;
  volumeClaimTemplates?: ClaimTemplate[];
  podManagementPolicy?: 'OrderedReady' | 'Parallel';
  updateStrategy?: { type?: 'RollingUpdate' | 'OnDelete'; rollingUpdate?: { partition?: number } };
}

interface StatefulSetStatus {
  currentRevision: string;
  updateRevision: string;
}

/** Pods with names and volumes of their own, created in order and updated from the highest ordinal down. */
export class StatefulSets implements Controller {
  readonly name = 'statefulset';
  readonly watches = { 'apps/StatefulSet': itself, Pod: ownerKey('StatefulSet') };

  constructor(
    private readonly runtime: Runtime,
    private readonly recorder: Recorder,
    private readonly pods: PodFactory,
  ) {}

  reconcile(key: string): void {
    const [namespace, name] = splitKey(key);
    const set = this.runtime.store.get('apps/StatefulSet', namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const spec = specOf<StatefulSetSpec>(set);
    const update = this.#revision(set, spec);
    const current = statusOf<StatefulSetStatus>(set).currentRevision ?? update;
    this.#replaceEnded(set);
    if (!this.#grow(key, set, spec, current, update)) this.#shrinkOrUpdate(set, spec, update);
    this.#report(set, spec, current, update);
  }

  #byOrdinal(set: KubeObject): Map<number, KubeObject> {
    return new Map(this.pods.of(set).map((pod) => [Number(pod.metadata.name.slice(set.metadata.name.length + 1)), pod]));
  }

  /** Records the template as a ControllerRevision and names it. */
  #revision(set: KubeObject, spec: StatefulSetSpec): string {
    const name = `${set.metadata.name}-${templateHash(spec.template)}`;
    if (!this.runtime.store.get('apps/ControllerRevision', set.metadata.namespace, name)) {
      const revisions = this.runtime.store
        .list('apps/ControllerRevision', set.metadata.namespace)
        .filter((entry) => entry.metadata.ownerReferences?.some((owner) => owner.uid === set.metadata.uid));
      this.runtime.ensure({
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name,
          namespace: set.metadata.namespace ?? 'default',
          labels: { ...spec.template.metadata?.labels, [REVISION]: name },
          ownerReferences: ownedBy(set),
        },
        data: { spec: { template: spec.template } },
        revision: revisions.length + 1,
      });
    }
    return name;
  }

  /** A pod that ended is deleted and comes back under its name. */
  #replaceEnded(set: KubeObject): void {
    for (const pod of this.pods.of(set)) {
      const phase = podStatus(pod).phase;
      if (phase === 'Failed' || phase === 'Succeeded') this.pods.remove(pod);
    }
  }

  /** Creates missing pods, one at a time unless `Parallel`; true while the set must wait for one of them. */
  #grow(key: string, set: KubeObject, spec: StatefulSetSpec, current: string, update: string): boolean {
    const existing = this.#byOrdinal(set);
    const ordered = spec.podManagementPolicy !== 'Parallel';
    const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (let ordinal = 0; ordinal < (spec.replicas ?? 1); ordinal += 1) {
      const pod = existing.get(ordinal);
      if (!pod && !this.#create(key, set, spec, ordinal, ordinal < partition ? current : update)) return true;
      if (ordered && (!pod || !isReady(pod))) return true;
    }
    return false;
  }

  #create(key: string, set: KubeObject, spec: StatefulSetSpec, ordinal: number, revision: string): boolean {
    const name = `${set.metadata.name}-${ordinal}`;
    const claims = (spec.volumeClaimTemplates ?? []).map((template) => ({ template, name: `${template.metadata.name}-${name}` }));
    const source =
      revision === `${set.metadata.name}-${templateHash(spec.template)}` ? spec.template : this.#templateOf(set, revision, spec.template);
    const own = source.spec.volumes?.filter((volume) => !claims.some(({ template }) => template.metadata.name === volume.name)) ?? [];
    try {
      for (const claim of claims) this.#claim(set, spec, claim.template, claim.name);
      this.pods.create(set, source, name, {
        generateName: `${set.metadata.name}-`,
        labels: { [REVISION]: revision, 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': String(ordinal) },
        spec: {
          hostname: name,
          ...(spec.serviceName ? { subdomain: spec.serviceName } : {}),
          volumes: [
            ...claims.map((claim) => ({ name: claim.template.metadata.name, persistentVolumeClaim: { claimName: claim.name } })),
            ...own,
          ],
        },
      });
      this.recorder.normal(set, 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`, COMPONENT);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.recorder.warning(
        set,
        'FailedCreate',
        `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`,
        COMPONENT,
      );
      this.runtime.after(this, key, this.runtime.scaled(20));
      return false;
    }
  }

  #templateOf(set: KubeObject, revision: string, fallback: PodTemplate): PodTemplate {
    const recorded = this.runtime.store.get('apps/ControllerRevision', set.metadata.namespace, revision);
    return (recorded?.['data'] as { spec: { template: PodTemplate } } | undefined)?.spec.template ?? fallback;
  }

  #claim(set: KubeObject, spec: StatefulSetSpec, template: ClaimTemplate, name: string): void {
    const { namespace } = set.metadata;
    if (this.runtime.store.get('PersistentVolumeClaim', namespace, name)) return;
    this.runtime.store.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        namespace: namespace ?? 'default',
        labels: { ...template.metadata.labels, ...spec.template.metadata?.labels },
        ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
      },
      spec: template.spec,
    });
    this.recorder.normal(
      set,
      'SuccessfulCreate',
      `create Claim ${name} Pod ${set.metadata.name}-${name.split('-').at(-1)} in StatefulSet ${set.metadata.name} success`,
      COMPONENT,
    );
  }

  /** One pod fewer, or one outdated pod deleted to come back new: the highest ordinal first, each after the one before is ready. */
  #shrinkOrUpdate(set: KubeObject, spec: StatefulSetSpec, update: string): void {
    const existing = [...this.#byOrdinal(set)].sort(([a], [b]) => b - a);
    const surplus = existing.filter(([ordinal]) => ordinal >= (spec.replicas ?? 1));
    const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    const rolls = (spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
    const outdated = rolls
      ? existing.find(([ordinal, pod]) => ordinal >= partition && pod.metadata.labels?.[REVISION] !== update)
      : undefined;
    const unready = existing.some(([, pod]) => !isReady(pod) && pod.metadata.labels?.[REVISION] === update);
    const [victim] = surplus[0] ?? (unready ? [undefined] : (outdated ?? [undefined]));
    const pod = victim === undefined ? undefined : this.#byOrdinal(set).get(victim);
    if (!pod) return;
    this.pods.remove(pod);
    this.recorder.normal(
      set,
      'SuccessfulDelete',
      `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
      COMPONENT,
    );
  }

  #report(set: KubeObject, spec: StatefulSetSpec, current: string, update: string): void {
    const pods = this.pods.of(set);
    const updated = pods.filter((pod) => pod.metadata.labels?.[REVISION] === update);
    const ready = pods.filter(isReady).length;
    const complete = updated.length === (spec.replicas ?? 1) && updated.length === pods.length && updated.every(isReady);
    const now = complete ? update : current;
    this.runtime.setStatus('apps/StatefulSet', set, {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: pods.length,
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      availableReplicas: ready,
      ...count('currentReplicas', pods.filter((pod) => pod.metadata.labels?.[REVISION] === now).length),
      ...count('updatedReplicas', updated.length),
      currentRevision: now,
      updateRevision: update,
      collisionCount: 0,
    });
  }
}

function count(field: string, value: number): Record<string, number> {
  return value > 0 ? { [field]: value } : {};
}
