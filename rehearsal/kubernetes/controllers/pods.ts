import type { Admission, KubeObject, NewObject } from '../api.js';
import type { Runtime } from './runtime.js';
import { isActive, isReady, ownedBy, podSpec, type PodTemplate } from './types.js';

/** Creates pods the way workload controllers do: through admission, owned by the workload. */
export class PodFactory {
  constructor(
    private readonly runtime: Runtime,
    private readonly admission: Admission,
  ) {}

  /**
   * A pod of `owner` from its template. `name` is the full name; `generateName` is what a refusal calls it.
   * Throws ApiError when admission (quota, ServiceAccount) refuses it.
   */
  create(
    owner: KubeObject,
    template: PodTemplate,
    name: string,
    extra: { generateName?: string; labels?: Record<string, string>; spec?: Record<string, unknown> } = {},
  ): KubeObject {
    const { labels, annotations, finalizers } = template.metadata ?? {};
    const pod: NewObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        ...(extra.generateName === undefined ? {} : { generateName: extra.generateName }),
        namespace: owner.metadata.namespace ?? 'default',
        labels: { ...labels, ...extra.labels },
        ...(annotations ? { annotations } : {}),
        ...(finalizers ? { finalizers } : {}),
        ownerReferences: ownedBy(owner),
      },
      spec: { ...structuredClone(template.spec), ...extra.spec },
    };
    return this.runtime.store.create(this.admission(pod, 'CREATE'));
  }

  remove(pod: KubeObject): void {
    this.runtime.store.remove('Pod', pod.metadata.namespace, pod.metadata.name);
  }

  /** The pods `owner` controls, oldest first. */
  of(owner: KubeObject): KubeObject[] {
    return this.runtime.store
      .list('Pod', owner.metadata.namespace)
      .filter((pod) => pod.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid))
      .sort(
        (a, b) =>
          Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
          a.metadata.name.localeCompare(b.metadata.name),
      );
  }
}

/** Which of a ReplicaSet's pods go first: those without a node, then not ready, then the youngest. */
export function dispensableFirst(a: KubeObject, b: KubeObject): number {
  const worth = (pod: KubeObject): number => (podSpec(pod).nodeName ? 1 : 0) + (isReady(pod) ? 2 : 0);
  return worth(a) - worth(b) || Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp);
}

export function active(pods: readonly KubeObject[]): KubeObject[] {
  return pods.filter(isActive);
}
