import { EventEmitter } from 'node:events';
import { Clock } from './clock.js';
import { clusterSnapshot, type Cluster, type ClusterSnapshot } from './clusters.js';
import { DataStores, type DataStore } from './data-stores.js';
import { Directory, type DirectorySnapshot, type Principal } from './directory.js';
import { Dns } from './dns.js';
import { noFaults } from './faults.js';
import { GitHub, type GitHubSnapshot } from './github.js';
import { usualOffers } from './offers.js';
import { RequestLog } from './requests.js';
import { ResourceStore, type ResourcesSnapshot } from './resources.js';
import { Vaults, type VaultsSnapshot } from './vaults.js';

export interface WorldOptions {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly repository: string;
  readonly repositoryId: number;
  readonly ownerId: number;
  readonly immutableSubjects: boolean;
  /** How long a role assignment stays unknown to the data planes, in ms (minutes in Azure, shortened here). */
  readonly rbacDelayMs: number;
  /** How long a container needs to become ready, in ms. */
  readonly podReadyMs: number;
  /** Servers that somebody else runs and pods can reach, such as an external ClickHouse. */
  readonly dataStores: readonly DataStore[];
  /** Public DNS records kept outside the subscription: host name → IPv4 address or another host name. */
  readonly dnsRecords: Readonly<Record<string, string>>;
}

export const DEFAULT_WORLD: WorldOptions = {
  tenantId: '11111111-aaaa-4bbb-8ccc-000000000001',
  subscriptionId: '22222222-aaaa-4bbb-8ccc-000000000002',
  repository: 'contoso/platform',
  repositoryId: 700_100_200,
  ownerId: 900_800,
  immutableSubjects: true,
  rbacDelayMs: 1500,
  podReadyMs: 150,
  dataStores: [],
  dnsRecords: {},
};

/** The certificate authority that everybody's machines trust: here the rehearsal's own, in the place of Let's Encrypt's. */
export interface PublicAuthority {
  /** A certificate for host names and its key, PEM. Times in ms since the epoch. */
  certify(names: readonly string[], notBefore: number, notAfter: number): { certificate: string; key: string };
  snapshot(): AuthoritySnapshot;
}

/** PEM of the authority's certificate and private key: the rehearsal's own, which nothing outside it trusts. */
export interface AuthoritySnapshot {
  readonly certificate: string;
  readonly key: string;
}

/** Everything in a world that lasts, as plain data for the structured clone. Faults and the request log belong to one sitting. */
export interface WorldSnapshot {
  readonly options: WorldOptions;
  readonly skewMs: number;
  readonly directory: DirectorySnapshot;
  readonly resources: ResourcesSnapshot;
  readonly vaults: VaultsSnapshot;
  readonly dataStores: readonly DataStore[];
  /** So that certificates in kept clusters stay trusted. */
  readonly authority: AuthoritySnapshot | undefined;
  readonly github: GitHubSnapshot;
  readonly clusters: readonly ClusterSnapshot[];
}

/**
 * The one model of what exists: tenant, subscription, vaults, clusters, the repository. Hosts answer from it, the Terraform
 * stand-in writes to it, and the Kubernetes stand-in asks it who may act as whom. Emits `cluster` when one is created,
 * `cluster-changed` when Azure changes what runs in it, and `cluster-deleted` when it goes.
 */
export class World extends EventEmitter<{ cluster: [Cluster]; 'cluster-changed': [Cluster]; 'cluster-deleted': [Cluster] }> {
  readonly options: WorldOptions;
  readonly clock: Clock;
  readonly faults = noFaults();
  readonly offers = usualOffers();
  readonly requests = new RequestLog();
  readonly directory: Directory;
  readonly resources: ResourceStore;
  readonly vaults: Vaults;
  readonly dataStores: DataStores;
  readonly dns: Dns;
  readonly github: GitHub;
  readonly clusters = new Map<string, Cluster>();
  /** Set by whoever plays the hosts. */
  authority: PublicAuthority | undefined;
  /** The authority of the sitting before, for whoever plays the hosts. */
  keptAuthority: AuthoritySnapshot | undefined;

  private constructor(options: Partial<WorldOptions>, skewMs = 0) {
    super();
    this.options = { ...DEFAULT_WORLD, ...options };
    this.clock = new Clock(skewMs);
    this.directory = new Directory(this.options.tenantId, this.clock);
    this.resources = new ResourceStore(this.clock);
    this.vaults = new Vaults(this.resources, this.faults);
    this.dataStores = new DataStores(this.resources);
    this.dns = new Dns(this.resources, this.faults, this.options.dnsRecords);
    for (const store of this.options.dataStores) this.dataStores.add(store);
    this.github = new GitHub(this.options.repository, this.options.repositoryId, this.options.ownerId, this.options.immutableSubjects);
  }

  static async create(options: Partial<WorldOptions> = {}): Promise<World> {
    const world = new World(options);
    await world.directory.start();
    return world;
  }

  /** The world of a snapshot, which it takes over. `options` may change what a world is told at its start, such as delays. */
  static async restore(snapshot: WorldSnapshot, options: Partial<WorldOptions> = {}): Promise<World> {
    const world = new World({ ...snapshot.options, ...options }, snapshot.skewMs);
    await world.directory.start();
    world.directory.restore(snapshot.directory);
    world.resources.restore(snapshot.resources);
    world.vaults.restore(snapshot.vaults);
    for (const store of snapshot.dataStores) world.dataStores.add(store);
    world.github.restore(snapshot.github);
    world.keptAuthority = snapshot.authority;
    for (const cluster of snapshot.clusters) world.clusters.set(cluster.fqdn, cluster);
    return world;
  }

  /** Shares its objects with the world: write it away, or clone it, before the world goes on. */
  snapshot(): WorldSnapshot {
    return {
      options: this.options,
      skewMs: this.clock.skewMs,
      directory: this.directory.snapshot(),
      resources: this.resources.snapshot(),
      vaults: this.vaults.snapshot(),
      dataStores: this.dataStores.snapshot(),
      authority: this.authority?.snapshot() ?? this.keptAuthority,
      github: this.github.snapshot(),
      clusters: [...this.clusters.values()].map(clusterSnapshot),
    };
  }

  addCluster(cluster: Cluster): Cluster {
    this.clusters.set(cluster.fqdn, cluster);
    this.emit('cluster', cluster);
    return cluster;
  }

  removeCluster(fqdn: string): void {
    const cluster = this.clusters.get(fqdn);
    if (!cluster) return;
    this.clusters.delete(fqdn);
    this.emit('cluster-deleted', cluster);
  }

  /** Who Terraform acts as: see {@link Directory.lastSignedIn}. */
  deployer(): Principal {
    const principal = this.directory.lastSignedIn;
    if (!principal) throw new Error('nobody has signed in to this world yet');
    return principal;
  }
}
