import type { KubeObject } from '../api.js';
import { deploymentStatus, type Progress } from './deployment-status.js';
import type { Recorder } from './events.js';
import type { ReplicaSetSpec, ReplicaSetStatus } from './replicasets.js';
import { recreateStep, rollingStep, type RollingUpdate, type Share } from './rollout.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { templateHash } from './template-hash.js';
import { ownedBy, ownerKey, specOf, splitKey, statusOf, type PodTemplate, type Selector } from './types.js';

const COMPONENT = 'deployment-controller';
const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAXIMUM = 'deployment.kubernetes.io/max-replicas';
const NOT_COPIED = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, DESIRED, MAXIMUM]);

/** Real deadlines are ten minutes; scaled down, but never so short that a slow machine looks like a stuck rollout. */
const SHORTEST_DEADLINE_MS = 5000;

export interface DeploymentSpec {
  replicas?: number;
  selector: Selector;
  template: PodTemplate;
  strategy?: { type?: 'RollingUpdate' | 'Recreate'; rollingUpdate?: RollingUpdate };
  paused?: boolean;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  progressDeadlineSeconds?: number;
}

export class Deployments implements Controller {
  readonly name = 'deployment';
  readonly watches = { 'apps/Deployment': itself, 'apps/ReplicaSet': ownerKey('Deployment') };
  /** When each rollout last moved, by Deployment uid: status times only have whole seconds. */
  readonly #progress: Map<string, Progress>;

  constructor(
    private readonly runtime: Runtime,
    private readonly recorder: Recorder,
  ) {
    this.#progress = runtime.memory('deployments-progress');
  }

  deleted(kind: string, object: KubeObject): void {
    if (kind === 'apps/Deployment') this.#progress.delete(object.metadata.uid);
  }

  reconcile(key: string): void {
    const [namespace, name] = splitKey(key);
    const deployment = this.runtime.store.get('apps/Deployment', namespace, name);
    if (!deployment || deployment.metadata.deletionTimestamp) return;
    const spec = specOf<DeploymentSpec>(deployment);
    const { next, found } = this.#nextSet(deployment, spec);
    if (next) this.#number(deployment, next);
    const old = this.#setsOf(deployment).filter((set) => set.metadata.uid !== next?.metadata.uid);
    if (next && !spec.paused) this.#roll(deployment, spec, next, old);
    else this.#scalePaused(deployment, spec);
    this.#forgetHistory(deployment, spec, next);
    this.#report(key, deployment, spec, next, found);
  }

  /** Oldest first. */
  #setsOf(deployment: KubeObject): KubeObject[] {
    return this.runtime.store
      .list('apps/ReplicaSet', deployment.metadata.namespace)
      .filter((set) => set.metadata.ownerReferences?.some((owner) => owner.uid === deployment.metadata.uid))
      .sort((a, b) => revisionOf(a) - revisionOf(b));
  }

  /** The ReplicaSet of the current template: an older one that means the same (a rollback), or a new one. */
  #nextSet(deployment: KubeObject, spec: DeploymentSpec): { next: KubeObject | undefined; found: boolean } {
    const hash = templateHash(spec.template);
    const existing = this.#setsOf(deployment).find((set) => templateHash(specOf<ReplicaSetSpec>(set).template) === hash);
    if (existing || spec.paused) return { next: existing, found: true };
    const labels = { ...spec.template.metadata?.labels, 'pod-template-hash': hash };
    const next = this.runtime.store.create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace ?? 'default',
        labels,
        annotations: this.#annotations(deployment),
        ownerReferences: ownedBy(deployment),
      },
      spec: {
        replicas: 0,
        selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, 'pod-template-hash': hash } },
        template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
        ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      },
    });
    return { next, found: false };
  }

  #annotations(deployment: KubeObject): Record<string, string> {
    return Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key)));
  }

  /** Gives the newest ReplicaSet the highest revision, and the Deployment the same. */
  #number(deployment: KubeObject, next: KubeObject): void {
    const { namespace, name } = deployment.metadata;
    const highest = Math.max(
      0,
      ...this.#setsOf(deployment)
        .filter((set) => set.metadata.uid !== next.metadata.uid)
        .map(revisionOf),
    );
    const revision = String(Math.max(revisionOf(next), highest + 1));
    this.runtime.change('apps/ReplicaSet', namespace, next.metadata.name, (set) => {
      set.metadata.annotations = { ...set.metadata.annotations, ...this.#annotations(deployment), [REVISION]: revision };
    });
    this.runtime.change('apps/Deployment', namespace, name, (fresh) => {
      fresh.metadata.annotations = { ...fresh.metadata.annotations, [REVISION]: revision };
    });
  }

  #roll(deployment: KubeObject, spec: DeploymentSpec, next: KubeObject, old: readonly KubeObject[]): void {
    const desired = spec.replicas ?? 1;
    const shares = old.map(shareOf);
    const fresh = this.runtime.store.get('apps/ReplicaSet', next.metadata.namespace, next.metadata.name) ?? next;
    const oldPods = old.reduce((sum, set) => sum + (statusOf<ReplicaSetStatus>(set).replicas ?? 0), 0);
    const sizes =
      spec.strategy?.type === 'Recreate'
        ? recreateStep(desired, shareOf(fresh), shares, oldPods)
        : rollingStep(desired, shareOf(fresh), shares, spec.strategy?.rollingUpdate);
    for (const set of [fresh, ...old]) this.#scale(deployment, set, sizes.get(set.metadata.name) ?? 0, desired);
  }

  /** A paused Deployment still follows `spec.replicas` with the ReplicaSet that serves. */
  #scalePaused(deployment: KubeObject, spec: DeploymentSpec): void {
    const desired = spec.replicas ?? 1;
    const serving = this.#setsOf(deployment).filter((set) => shareOf(set).replicas > 0);
    const [only] = serving;
    if (only && serving.length === 1) this.#scale(deployment, only, desired, desired);
  }

  #scale(deployment: KubeObject, set: KubeObject, size: number, desired: number): void {
    const before = shareOf(set).replicas;
    this.runtime.change('apps/ReplicaSet', set.metadata.namespace, set.metadata.name, (fresh) => {
      specOf<ReplicaSetSpec>(fresh).replicas = size;
      fresh.metadata.annotations = {
        ...fresh.metadata.annotations,
        [DESIRED]: String(desired),
        [MAXIMUM]: String(desired + Math.ceil(desired / 4)),
      };
    });
    if (size === before) return;
    const direction = size > before ? 'up' : 'down';
    this.recorder.normal(
      deployment,
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`,
      COMPONENT,
    );
  }

  #forgetHistory(deployment: KubeObject, spec: DeploymentSpec, next: KubeObject | undefined): void {
    const empty = this.#setsOf(deployment).filter(
      (set) => set.metadata.uid !== next?.metadata.uid && shareOf(set).replicas === 0 && !statusOf<ReplicaSetStatus>(set).replicas,
    );
    for (const set of empty.slice(0, Math.max(0, empty.length - (spec.revisionHistoryLimit ?? 10)))) {
      this.runtime.store.remove('apps/ReplicaSet', set.metadata.namespace, set.metadata.name);
    }
  }

  #report(key: string, deployment: KubeObject, spec: DeploymentSpec, next: KubeObject | undefined, found: boolean): void {
    const { namespace, name, uid } = deployment.metadata;
    const fresh = this.runtime.store.get('apps/Deployment', namespace, name);
    if (!fresh) return;
    const deadlineMs = Math.max(SHORTEST_DEADLINE_MS, this.runtime.scaled(spec.progressDeadlineSeconds ?? 600));
    const sets = this.#setsOf(fresh);
    const current = sets.find((set) => set.metadata.uid === next?.metadata.uid);
    const { status, progress } = deploymentStatus(fresh, current, sets, {
      now: this.runtime.now(),
      deadlineMs,
      found,
      before: this.#progress.get(uid),
    });
    this.#progress.set(uid, progress);
    this.runtime.setStatus('apps/Deployment', fresh, status);
    if (!progress.settled) this.runtime.after(this, key, progress.movedAt + deadlineMs - this.runtime.now());
  }
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

function shareOf(set: KubeObject): Share {
  return {
    name: set.metadata.name,
    replicas: specOf<ReplicaSetSpec>(set).replicas ?? 1,
    available: statusOf<ReplicaSetStatus>(set).availableReplicas ?? 0,
  };
}
