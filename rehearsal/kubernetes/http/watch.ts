import type { KubeObject, StoreEvent } from '../api.js';
import { ApiError } from '../api.js';
import { statusOf } from '../errors.js';
import { kindId, type ResourceType } from '../kinds.js';
import type { ObjectStore } from '../store.js';
import type { Exchange } from './exchange.js';
import type { Matches } from './selectors.js';

/** So many past writes can be replayed; older positions are answered 410. */
const HISTORY = 4000;

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export interface WatchRequest {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly matches: Matches;
  /** Turns an object into what this client asked for: its version, a table row, metadata only. */
  readonly render: (object: KubeObject) => unknown;
  /** An empty object of the watched kind, for bookmarks. */
  readonly bookmark: (metadata: Record<string, unknown>) => unknown;
}

/** Streams changes to clients, from any recent position. */
export class Watches {
  readonly #history: StoreEvent[] = [];
  readonly #open = new Set<() => void>();
  readonly #followers = new Set<(event: StoreEvent) => void>();
  readonly #unsubscribe: () => void;

  constructor(private readonly store: ObjectStore) {
    this.#unsubscribe = store.subscribe((event) => {
      this.#history.push(event);
      if (this.#history.length > HISTORY) this.#history.shift();
      for (const follower of [...this.#followers]) follower(event);
    });
  }

  /** Ends every stream. */
  stop(): void {
    this.#unsubscribe();
    for (const close of [...this.#open]) close();
  }

  /** Answers a watch request; returns at once, the stream goes on until its time is over or the client leaves. */
  serve(exchange: Exchange, watch: WatchRequest): void {
    const { response, query } = exchange;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
    const write = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);

    const from = query.get('resourceVersion') ?? '';
    const initial = query.get('sendInitialEvents') === 'true' || ((from === '' || from === '0') && query.get('sendInitialEvents') === null);
    const position = initial || from === '' ? Number(this.store.version) : Number(from);
    if (!initial && this.#forgotten(position)) {
      write(
        'ERROR',
        statusOf(
          new ApiError(
            410,
            'Expired',
            `too old resource version: ${position} (${this.#history[0]?.object.metadata.resourceVersion ?? position})`,
          ),
        ),
      );
      response.end();
      return;
    }
    if (initial) {
      for (const object of this.store.peek(kindId(watch.type.group, watch.type.kind), watch.namespace))
        if (watch.matches(object)) write('ADDED', watch.render(object));
      if (query.get('sendInitialEvents') === 'true') {
        write('BOOKMARK', watch.bookmark({ resourceVersion: this.store.version, annotations: { [INITIAL_EVENTS_END]: 'true' } }));
      }
    }
    const follow = (event: StoreEvent) => {
      const told = seen(event, watch);
      if (told) write(told, watch.render(event.object));
    };
    for (const event of this.#history) if (Number(event.object.metadata.resourceVersion) > position) follow(event);
    this.#stayOpen(exchange, follow, watch);
  }

  #forgotten(position: number): boolean {
    const oldest = Number(this.#history[0]?.object.metadata.resourceVersion ?? 0);
    return this.#history.length >= HISTORY && position < oldest - 1;
  }

  #stayOpen({ response, query }: Exchange, follow: (event: StoreEvent) => void, watch: WatchRequest): void {
    const close = (): void => {
      clearTimeout(timer);
      this.#followers.delete(follow);
      this.#open.delete(close);
      if (query.get('allowWatchBookmarks') === 'true' && !response.writableEnded && !response.destroyed) {
        response.write(`${JSON.stringify({ type: 'BOOKMARK', object: watch.bookmark({ resourceVersion: this.store.version }) })}\n`);
      }
      response.end();
    };
    const timer = setTimeout(close, Number(query.get('timeoutSeconds') ?? 3600) * 1000);
    timer.unref();
    this.#followers.add(follow);
    this.#open.add(close);
    response.on('close', close);
  }
}

/** What one watcher is told of a write: an object that stops matching has gone for it, one that starts matching is new. */
function seen(event: StoreEvent, watch: WatchRequest): StoreEvent['type'] | undefined {
  if (event.kind !== kindId(watch.type.group, watch.type.kind)) return undefined;
  if (watch.namespace !== undefined && event.object.metadata.namespace !== watch.namespace) return undefined;
  const after = event.type !== 'DELETED' && watch.matches(event.object);
  const before = event.previous !== undefined && watch.matches(event.previous);
  if (after) return before ? 'MODIFIED' : 'ADDED';
  return before ? 'DELETED' : undefined;
}
