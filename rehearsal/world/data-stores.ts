import type { ResourceStore } from './resources.js';

/** One database server or cache, as a client meets it: where it answers and whom it believes. */
export interface DataStore {
  readonly kind: 'postgres' | 'redis' | 'clickhouse';
  /** Host name, lower case. */
  readonly host: string;
  readonly ports: readonly number[];
  /** The Azure resource behind it, with which it goes; absent for a server that somebody else runs. */
  readonly resourceId?: string;
  /** Who signs in; absent for Redis, where the key says it all. */
  readonly user?: string;
  /** Each is accepted: the password, or both keys of a cache; empty when keys are switched off. */
  readonly passwords: readonly string[];
  /** Answers TLS and nothing else. */
  readonly tls: boolean;
  /** Answers only clients that follow redirections to single nodes (a cache of the OSS cluster policy). */
  readonly clusterOnly?: boolean;
}

/** Why a client cannot use a store. */
export type StoreRefusal = 'no-such-host' | 'refused' | 'needs-tls' | 'no-tls' | 'wrong-password' | 'moved';

export interface StoreLogin {
  readonly kind: DataStore['kind'];
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly password: string;
  readonly tls: boolean;
}

/**
 * Database servers and caches outside the clusters. Those of Azure are registered by who makes them and are there as long as their
 * resource is; a server of somebody else's, such as a ClickHouse, is declared with {@link DataStores.add}.
 */
export class DataStores {
  readonly #stores = new Map<string, DataStore>();

  constructor(private readonly resources: ResourceStore) {}

  snapshot(): readonly DataStore[] {
    return [...this.#stores.values()];
  }

  /** Adds the store, or replaces the one of its host. */
  add(store: DataStore): DataStore {
    this.#stores.set(store.host.toLowerCase(), store);
    return store;
  }

  /** The store behind a host name, if it still exists. */
  at(host: string): DataStore | undefined {
    const store = this.#stores.get(host.toLowerCase());
    return store && (store.resourceId === undefined || this.resources.get(store.resourceId)) ? store : undefined;
  }

  ofResource(id: string): DataStore | undefined {
    const store = [...this.#stores.values()].find((candidate) => candidate.resourceId?.toLowerCase() === id.toLowerCase());
    return store && this.at(store.host);
  }

  /** What a pod in the virtual network meets when it signs in; undefined when it gets in. */
  refusal(login: StoreLogin): StoreRefusal | undefined {
    const store = this.at(login.host);
    if (!store) return 'no-such-host';
    if (store.kind !== login.kind || !store.ports.includes(login.port) || !this.#reachable(store)) return 'refused';
    if (store.tls !== login.tls) return store.tls ? 'needs-tls' : 'no-tls';
    if ((store.user !== undefined && store.user !== login.user) || !store.passwords.includes(login.password)) return 'wrong-password';
    return store.clusterOnly ? 'moved' : undefined;
  }

  /** A resource with public access off answers behind a private endpoint, or where it was put into a subnet. */
  #reachable(store: DataStore): boolean {
    const resource = store.resourceId === undefined ? undefined : this.resources.get(store.resourceId);
    if (!resource || resource.properties['publicNetworkAccess'] !== 'Disabled' || resource.properties['subnetId']) return true;
    const id = resource.id.toLowerCase();
    return this.resources.list('Microsoft.Network/privateEndpoints').some((endpoint) => {
      const connections = (endpoint.properties['privateLinkServiceConnections'] ?? []) as {
        properties: { privateLinkServiceId: string };
      }[];
      return connections.some((connection) => connection.properties.privateLinkServiceId.toLowerCase() === id);
    });
  }
}
