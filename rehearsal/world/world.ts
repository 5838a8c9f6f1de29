import { EventEmitter } from 'node:events';
import { Clock } from './clock.js';
import type { Cluster } from './clusters.js';
import { Directory, type Principal } from './directory.js';
import { noFaults } from './faults.js';
import { GitHub } from './github.js';
import { RequestLog } from './requests.js';
import { ResourceStore } from './resources.js';
import { Vaults } from './vaults.js';

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
};

/**
 * The one model of what exists: tenant, subscription, vaults, clusters, the repository. Hosts answer from it, the Terraform
 * stand-in writes to it, and the Kubernetes stand-in asks it who may act as whom. Emits `cluster` when one is created and
 * `cluster-deleted` when it goes.
 */
export class World extends EventEmitter<{ cluster: [Cluster]; 'cluster-deleted': [Cluster] }> {
  readonly options: WorldOptions;
  readonly clock = new Clock();
  readonly faults = noFaults();
  readonly requests = new RequestLog();
  readonly directory: Directory;
  readonly resources: ResourceStore;
  readonly vaults: Vaults;
  readonly github: GitHub;
  readonly clusters = new Map<string, Cluster>();

  private constructor(options: Partial<WorldOptions>) {
    super();
    this.options = { ...DEFAULT_WORLD, ...options };
    this.directory = new Directory(this.options.tenantId, this.clock);
    this.resources = new ResourceStore(this.clock);
    this.vaults = new Vaults(this.resources, this.faults);
    this.github = new GitHub(this.options.repository, this.options.repositoryId, this.options.ownerId, this.options.immutableSubjects);
  }

  static async create(options: Partial<WorldOptions> = {}): Promise<World> {
    const world = new World(options);
    await world.directory.start();
    return world;
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
