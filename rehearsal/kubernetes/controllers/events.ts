import type { KubeObject } from '../api.js';
import type { Runtime } from './runtime.js';

/** Writes core/v1 Events; the same thing said again about the same object only raises `count`. */
export class Recorder {
  readonly #seen: Map<string, { name: string; count: number }>;
  #sequence = 0;

  constructor(private readonly runtime: Runtime) {
    this.#seen = runtime.memory('events-seen');
  }

  normal(object: KubeObject, reason: string, message: string, component: string): void {
    this.#record('Normal', object, reason, message, component);
  }

  warning(object: KubeObject, reason: string, message: string, component: string): void {
    this.#record('Warning', object, reason, message, component);
  }

  /** Forgets what was said about an object that has gone. */
  forget(object: KubeObject): void {
    for (const id of this.#seen.keys()) if (id.startsWith(object.metadata.uid)) this.#seen.delete(id);
  }

  #record(type: string, object: KubeObject, reason: string, message: string, component: string): void {
    const { runtime } = this;
    const namespace = object.metadata.namespace ?? 'default';
    const home = runtime.store.get('Namespace', undefined, namespace);
    // Events about what goes down with its namespace are lost on a cluster, too.
    if (runtime.stopped || !home || home.metadata.deletionTimestamp) return;

    const id = `${object.metadata.uid} ${type} ${reason} ${message}`;
    const seen = this.#seen.get(id);
    const now = runtime.timestamp();
    if (seen) {
      seen.count += 1;
      const repeated = runtime.change('Event', namespace, seen.name, (event) =>
        Object.assign(event, { count: seen.count, lastTimestamp: now }),
      );
      if (repeated) return;
    }
    const name = `${object.metadata.name}.${(runtime.now() * 1000 + ++this.#sequence).toString(16)}`;
    this.#seen.set(id, { name, count: 1 });
    runtime.store.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: object.metadata.name,
        uid: object.metadata.uid,
        resourceVersion: object.metadata.resourceVersion,
        ...(object.metadata.namespace === undefined ? {} : { namespace }),
      },
      reason,
      message,
      type,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
    });
  }
}
