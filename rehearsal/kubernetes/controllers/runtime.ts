import { ApiError, type ClusterStore, type KubeObject, type LoopMemory, type NewObject, type PodLogs, type StoreEvent } from '../api.js';
import type { Cluster } from '../../world/clusters.js';
import type { World } from '../../world/world.js';
import { keyOf } from './types.js';

/** What every controller works with. */
export interface Context {
  readonly world: World;
  readonly cluster: Cluster;
  readonly logs: PodLogs;
  /** Given to have what the loops remember outlive them. */
  readonly memory?: LoopMemory;
}

/** A control loop: which objects wake which keys, and what to make true for one key. */
export interface Controller {
  readonly name: string;
  /** Store kind → the keys (`namespace/name`) that one of its objects concerns. */
  readonly watches: Readonly<Record<string, (object: KubeObject) => string[]>>;
  reconcile(key: string): void;
  /** Told once when a watched object is gone, before its keys are reconciled. */
  deleted?(kind: string, object: KubeObject): void;
}

/** Watches an object under its own key. */
export const itself = (object: KubeObject): string[] => [keyOf(object)];

/** Seconds a real container of this product needs from start to ready: the scale between the rehearsal's time and a cluster's. */
const REAL_READY_SECONDS = 15;
const MAX_TIMER_MS = 2 ** 31 - 1;
const LONG_MS = 60_000;

interface Item {
  readonly controller: Controller;
  readonly key: string;
}

/** The one work queue: wakes controllers on store events and at due times, never by polling. */
export class Runtime {
  readonly #controllers: Controller[] = [];
  readonly #queue = new Map<string, Item>();
  readonly #due = new Map<string, Item & { at: number }>();
  readonly #retries = new Map<string, number>();
  readonly #memory: LoopMemory;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #unsubscribe: (() => void)[] = [];
  stopped = false;

  constructor(
    readonly store: ClusterStore,
    readonly context: Context,
  ) {
    this.#memory = context.memory ?? new Map();
  }

  add(...controllers: Controller[]): void {
    this.#controllers.push(...controllers);
  }

  /** Listens, and treats everything already stored as new. */
  start(): void {
    this.#unsubscribe = [this.store.subscribe((event) => this.#wake(event)), this.context.world.clock.onAdvance(() => this.#arm())];
    const kinds = new Set(this.#controllers.flatMap((controller) => Object.keys(controller.watches)));
    for (const kind of kinds) for (const object of this.store.list(kind)) this.#wake({ type: 'ADDED', kind, object });
  }

  stop(): void {
    this.stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#queue.clear();
    this.#due.clear();
  }

  /** What the loop of this name remembers, by keys of its own choice; it is there again when the cluster is played another time. */
  memory<T>(name: string): Map<string, T> {
    const known = this.#memory.get(name) ?? new Map<string, unknown>();
    this.#memory.set(name, known);
    return known as Map<string, T>;
  }

  /** Milliseconds since the epoch, by the world's clock. */
  now(): number {
    return this.context.world.clock.now();
  }

  /** `now` as Kubernetes writes it: RFC 3339, whole seconds. */
  timestamp(at = this.now()): string {
    return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
  }

  /**
   * How long something that takes `seconds` on a cluster takes here, in ms: `podReadyMs` stands for fifteen real seconds.
   * Never below 20 ms, so that a back-off stays a back-off in a world without latency.
   */
  scaled(seconds: number): number {
    return Math.max(20, (seconds * Math.max(this.context.world.options.podReadyMs, 30)) / REAL_READY_SECONDS);
  }

  /** Reconciles `key` again in `ms` milliseconds of the world's clock, or earlier if something wakes it. */
  after(controller: Controller, key: string, ms: number): void {
    const id = `${controller.name} ${key}`;
    const at = this.now() + Math.max(0, ms);
    const planned = this.#due.get(id);
    if (this.stopped || (planned && planned.at <= at)) return;
    this.#due.set(id, { controller, key, at });
    this.#arm();
  }

  enqueue(controller: Controller, key: string): void {
    if (this.stopped) return;
    this.#queue.set(`${controller.name} ${key}`, { controller, key });
    this.#immediate ??= setImmediate(() => this.#drain());
  }

  /** Changes the stored object through `mutate`; undefined when it has gone. Writes nothing when nothing changes. */
  change(
    kind: string,
    namespace: string | undefined,
    name: string,
    mutate: (object: KubeObject) => void,
    subresource?: 'status',
  ): KubeObject | undefined {
    const object = this.stopped ? undefined : this.store.get(kind, namespace, name);
    if (!object) return undefined;
    mutate(object);
    return this.store.update(object, subresource);
  }

  /** Replaces `status`. */
  setStatus(kind: string, object: KubeObject, status: object): void {
    this.change(kind, object.metadata.namespace, object.metadata.name, (fresh) => void (fresh['status'] = status), 'status');
  }

  /** Creates the object unless one of that name exists. */
  ensure(object: NewObject & { metadata: { name: string } }): void {
    try {
      if (!this.stopped) this.store.create(object);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    }
  }

  #wake(event: StoreEvent): void {
    for (const controller of this.#controllers) {
      const keys = controller.watches[event.kind];
      if (!keys) continue;
      if (event.type === 'DELETED') controller.deleted?.(event.kind, event.object);
      for (const key of keys(event.object)) this.enqueue(controller, key);
    }
  }

  #drain(): void {
    this.#immediate = undefined;
    const batch = [...this.#queue];
    this.#queue.clear();
    for (const [id, item] of batch) {
      if (this.stopped) return;
      this.#run(id, item);
    }
  }

  #run(id: string, item: Item): void {
    try {
      item.controller.reconcile(item.key);
      this.#retries.delete(id);
    } catch (error) {
      this.#failed(id, item, error);
    }
  }

  /** Refusals by the API are retried a little later, as control loops do; anything else is a fault of the stand-in and says so. */
  #failed(id: string, item: Item, error: unknown): void {
    if (this.stopped) return;
    const tries = (this.#retries.get(id) ?? 0) + 1;
    this.#retries.set(id, tries);
    if (!(error instanceof ApiError)) console.error(`rehearsal: controller ${item.controller.name} failed on ${item.key}:`, error);
    this.after(item.controller, item.key, this.scaled(Math.min(2 ** tries, 300)));
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.stopped) return;
    const now = this.now();
    let next = Infinity;
    for (const [id, item] of this.#due) {
      if (item.at > now) next = Math.min(next, item.at);
      else {
        this.#due.delete(id);
        this.enqueue(item.controller, item.key);
      }
    }
    if (next === Infinity) return;
    this.#timer = setTimeout(() => this.#arm(), Math.min(next - now, MAX_TIMER_MS));
    // What is due in an hour (a TTL, a renewal) is no reason to keep the process alive.
    if (next - now > LONG_MS) this.#timer.unref();
  }
}
