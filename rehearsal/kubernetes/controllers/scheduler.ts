import type { NodePool } from '../../world/clusters.js';
import type { KubeObject } from '../api.js';
import type { Recorder } from './events.js';
import { occupy, placesOf, refusal, tally, unschedulableMessage, type Place } from './fit.js';
import { addNode, nodeOf, nodesOf, scaleSetName } from './nodes.js';
import type { Controller, Runtime } from './runtime.js';
import { isActive, podSpec, podStatus, specOf, statusOf, withCondition } from './types.js';

/** Seconds AKS takes to bring up one more node. */
const NODE_SECONDS = 90;
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const ALL = '/';

interface Upcoming {
  readonly pool: NodePool;
  readonly node: KubeObject;
  readonly at: number;
}

/** Puts pods on nodes by their requests, taints and selectors; asks for one more node where that would help. */
export class Scheduler implements Controller {
  readonly name = 'scheduler';
  readonly watches = {
    Pod: (pod: KubeObject) => (podSpec(pod).nodeName && isActive(pod) ? [] : [ALL]),
    Node: () => [ALL],
    PersistentVolumeClaim: () => [ALL],
  };
  readonly #upcoming: Upcoming[] = [];
  /** What was last said about a pod by the autoscaler, by uid: events are for news. */
  readonly #said: Map<string, string>;

  constructor(
    private readonly runtime: Runtime,
    private readonly recorder: Recorder,
  ) {
    this.#said = runtime.memory('autoscaler-said');
  }

  deleted(kind: string, object: KubeObject): void {
    if (kind === 'Pod') this.#said.delete(object.metadata.uid);
  }

  reconcile(): void {
    this.#nodesArrive();
    const { store } = this.runtime;
    const pods = store.list('Pod');
    const places = placesOf(store.list('Node'), pods);
    const waiting = pods
      .filter((pod) => !podSpec(pod).nodeName && isActive(pod))
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
    const stuck = waiting.filter((pod) => this.#place(pod, places) === 'no room');
    this.#scaleUp(stuck);
  }

  /** Binds the pod, or says why not. Only a pod for which there is no room interests the autoscaler. */
  #place(pod: KubeObject, places: Place[]): 'bound' | 'waiting for volumes' | 'no room' {
    const volumes = this.#volumeProblem(pod);
    if (volumes) {
      const nodes = places.length;
      this.#unschedulable(
        pod,
        `0/${nodes} nodes are available: ${volumes}. preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`,
      );
      return 'waiting for volumes';
    }
    const refusals = places.map((place) => refusal(pod, place, places));
    const open = places.filter((_, index) => refusals[index]?.reasons.length === 0);
    const [best] = open.sort((a, b) => freeShare(b) - freeShare(a) || (a.node.metadata.name < b.node.metadata.name ? -1 : 1));
    if (!best) {
      this.#unschedulable(pod, unschedulableMessage(refusals));
      return 'no room';
    }
    const node = best.node.metadata.name;
    if (this.#claimVolumes(pod, node)) return 'waiting for volumes';
    occupy(best, pod);
    this.#bind(pod, node);
    return 'bound';
  }

  #claims(pod: KubeObject): { name: string; claim: KubeObject | undefined }[] {
    return (podSpec(pod).volumes ?? []).flatMap((volume) => {
      const name = volume.persistentVolumeClaim?.claimName;
      return name === undefined ? [] : [{ name, claim: this.runtime.store.get('PersistentVolumeClaim', pod.metadata.namespace, name) }];
    });
  }

  #waitsForConsumer(claim: KubeObject): boolean {
    const className = specOf<{ storageClassName?: string }>(claim).storageClassName;
    const storageClass = className === undefined ? undefined : this.runtime.store.get('storage.k8s.io/StorageClass', undefined, className);
    return storageClass?.['volumeBindingMode'] === 'WaitForFirstConsumer';
  }

  #volumeProblem(pod: KubeObject): string | undefined {
    for (const { name, claim } of this.#claims(pod)) {
      if (!claim) return `persistentvolumeclaim "${name}" not found`;
      if (!isBound(claim) && !this.#waitsForConsumer(claim)) return 'pod has unbound immediate PersistentVolumeClaims';
    }
    return undefined;
  }

  /** Names the node on claims that waited for one; true while one of them is not bound yet. */
  #claimVolumes(pod: KubeObject, node: string): boolean {
    const unbound = this.#claims(pod).filter(({ claim }) => claim && !isBound(claim));
    for (const { name } of unbound) {
      this.runtime.change('PersistentVolumeClaim', pod.metadata.namespace, name, (claim) => {
        claim.metadata.annotations = { [SELECTED_NODE]: node, ...claim.metadata.annotations };
      });
    }
    return unbound.length > 0;
  }

  #bind(pod: KubeObject, node: string): void {
    const { namespace, name } = pod.metadata;
    this.runtime.change('Pod', namespace, name, (fresh) => void (podSpec(fresh).nodeName = node));
    this.runtime.change(
      'Pod',
      namespace,
      name,
      (fresh) => {
        const conditions = withCondition(podStatus(fresh).conditions, { type: 'PodScheduled', status: 'True' }, this.runtime.timestamp());
        fresh['status'] = { ...podStatus(fresh), phase: 'Pending', conditions };
      },
      'status',
    );
    this.recorder.normal(pod, 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`, 'default-scheduler');
  }

  #unschedulable(pod: KubeObject, message: string): void {
    const known = podStatus(pod).conditions?.find((entry) => entry.type === 'PodScheduled');
    if (known?.message === message) return;
    this.runtime.change(
      'Pod',
      pod.metadata.namespace,
      pod.metadata.name,
      (fresh) => {
        const conditions = withCondition(
          podStatus(fresh).conditions,
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
          this.runtime.timestamp(),
        );
        fresh['status'] = { ...podStatus(fresh), phase: 'Pending', conditions };
      },
      'status',
    );
    this.recorder.warning(pod, 'FailedScheduling', message, 'default-scheduler');
  }

  #nodesArrive(): void {
    const now = this.runtime.now();
    for (const upcoming of this.#upcoming.filter((entry) => entry.at <= now)) {
      this.#upcoming.splice(this.#upcoming.indexOf(upcoming), 1);
      addNode(this.runtime, upcoming.node);
    }
  }

  /** The cluster autoscaler: a node of the first pool, with room for one more, on which the pod would fit if the node were empty. */
  #scaleUp(stuck: readonly KubeObject[]): void {
    const coming = placesOf(
      this.#upcoming.map((entry) => entry.node),
      [],
    );
    for (const pod of stuck) {
      const taken = coming.find((place) => refusal(pod, place, coming).reasons.length === 0);
      if (taken) {
        occupy(taken, pod);
        continue;
      }
      const refused: string[] = [];
      const grown = this.runtime.context.cluster.nodePools.some((pool) => {
        const place = this.#grow(pool, pod, refused);
        if (place) coming.push(place);
        return place !== undefined;
      });
      if (!grown) this.#say(pod, 'NotTriggerScaleUp', `pod didn't trigger scale-up: ${tally(refused)}`);
    }
  }

  #grow(pool: NodePool, pod: KubeObject, refused: string[]): Place | undefined {
    const existing = nodesOf(this.runtime, pool).length + this.#upcoming.filter((entry) => entry.pool === pool).length;
    const node = nodeOf(this.runtime, pool, existing);
    const [place] = placesOf([node], []);
    if (!place) return undefined;
    const { reasons } = refusal(pod, place, [place]);
    if (reasons.length > 0) {
      refused.push(...reasons);
      return undefined;
    }
    if (existing >= pool.maxCount || this.runtime.context.world.faults.noMoreNodes) {
      refused.push('max node group size reached');
      return undefined;
    }
    const delay = this.runtime.scaled(NODE_SECONDS);
    this.#upcoming.push({ pool, node, at: this.runtime.now() + delay });
    this.runtime.after(this, ALL, delay);
    this.#say(
      pod,
      'TriggeredScaleUp',
      `pod triggered scale-up: [{${scaleSetName(this.runtime, pool)} ${existing}->${existing + 1} (max: ${pool.maxCount})}]`,
    );
    occupy(place, pod);
    return place;
  }

  #say(pod: KubeObject, reason: string, message: string): void {
    if (this.#said.get(pod.metadata.uid) === message) return;
    this.#said.set(pod.metadata.uid, message);
    this.recorder.normal(pod, reason, message, 'cluster-autoscaler');
  }
}

function isBound(claim: KubeObject): boolean {
  return statusOf<{ phase: string }>(claim).phase === 'Bound';
}

/** The least-allocated score: the smaller of the free shares of CPU and memory. */
function freeShare(place: Place): number {
  const total = placesOf([place.node], [])[0]?.free ?? {};
  return Math.min(...['cpu', 'memory'].map((name) => (place.free[name] ?? 0) / (total[name] ?? 1)));
}
