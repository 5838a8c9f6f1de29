import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cluster } from '../world/clusters.js';
import type { World } from '../world/world.js';
import { ApiError, type ClusterUser, type LoopMemory, type PodLogs } from './api.js';
import { ClusterServer } from './cluster-server.js';
import { startControllers } from './controllers/index.js';
import { statusOf } from './errors.js';
import { forwardTo } from './forward.js';
import { frontDoorOf } from './front-door.js';
import type { StoreSnapshot } from './store.js';

/** The application every AKS API token is for. */
const AKS_SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';

const CLUSTER_ADMIN = 'Azure Kubernetes Service RBAC Cluster Admin';

export interface PlayOptions {
  /** Answer every cluster from the real one this kubeconfig names, instead of playing it. */
  readonly kubeconfig?: string;
  /** What was in the world's clusters when they were last played; they go on from there. */
  readonly kept?: ClusterContents;
}

/** Everything in the played clusters, by fqdn. */
export type ClusterContents = ReadonlyMap<string, { readonly store: StoreSnapshot; readonly logs: PodLogs; readonly memory: LoopMemory }>;

export interface PlayedClusters {
  /** By fqdn; empty when a real cluster answers. */
  readonly servers: Map<string, ClusterServer>;
  /** Shares its objects with the clusters: stop them first. */
  contents(): ClusterContents;
  stop(): void;
}

/** Who an Entra token speaks for in a cluster: cluster admins by their Azure role, all others without any right. */
async function azureUser(world: World, cluster: Cluster, bearer: string): Promise<ClusterUser | undefined> {
  const claims = await world.directory.verify(bearer, [AKS_SERVER_APP]);
  if (!claims) return undefined;
  const admin = world.resources.hasRole(claims.oid, [CLUSTER_ADMIN], cluster.resourceId);
  return { name: claims.oid, groups: [...(admin ? ['system:masters'] : []), 'system:authenticated'] };
}

/** Answers from a real cluster whoever could sign in to the played one. */
function forwarded(world: World, cluster: Cluster, kubeconfig: string): NonNullable<Cluster['handle']> {
  const upstream = forwardTo(kubeconfig);
  // The first request tells what is wrong with the file; nobody waits for this promise before.
  upstream.catch(() => undefined);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!bearer || !(await azureUser(world, cluster, bearer))) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
    (await upstream)(request, response);
  };
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const refusal =
        error instanceof ApiError ? error : new ApiError(500, 'InternalError', error instanceof Error ? error.message : String(error));
      response.writeHead(refusal.code, { 'content-type': 'application/json' }).end(JSON.stringify(statusOf(refusal)));
    });
  };
}

/**
 * Plays every cluster the world has or will have, API and controllers, until stopped; a deleted cluster stops by itself.
 * Sets each cluster's `handle` and `frontDoor`, by which its host names are answered.
 */
export function playClusters(world: World, options: PlayOptions = {}): PlayedClusters {
  const servers = new Map<string, ClusterServer>();
  const contents = new Map<string, () => ReturnType<ClusterContents['get']> & object>();
  const stops = new Map<string, () => void>();

  const play = (cluster: Cluster): void => {
    if (options.kubeconfig !== undefined) {
      cluster.handle = forwarded(world, cluster, options.kubeconfig);
      return;
    }
    const kept = options.kept?.get(cluster.fqdn);
    const logs: PodLogs = kept?.logs ?? new Map();
    const memory: LoopMemory = kept?.memory ?? new Map();
    const server = new ClusterServer({
      kubernetesVersion: cluster.kubernetesVersion,
      authenticate: (bearer) => azureUser(world, cluster, bearer),
      now: () => world.clock.now(),
      logs,
    });
    if (kept) server.store.restore(kept.store);
    const controllers = startControllers(server.store, { world, cluster, logs, memory });
    server.admission = controllers.admit;
    cluster.handle = (request, response) => server.handle(request, response);
    cluster.frontDoor = frontDoorOf(server.store, () => world.clock.now());
    servers.set(cluster.fqdn, server);
    contents.set(cluster.fqdn, () => ({ store: server.store.snapshot(), logs, memory }));
    stops.set(cluster.fqdn, () => {
      controllers.stop();
      server.stop();
    });
  };
  const forget = (cluster: Cluster): void => {
    stops.get(cluster.fqdn)?.();
    stops.delete(cluster.fqdn);
    servers.delete(cluster.fqdn);
    contents.delete(cluster.fqdn);
    delete cluster.handle;
    delete cluster.frontDoor;
  };

  for (const cluster of world.clusters.values()) play(cluster);
  world.on('cluster', play);
  world.on('cluster-deleted', forget);
  return {
    servers,
    contents: () => new Map([...contents].map(([fqdn, of]) => [fqdn, of()])),
    stop() {
      world.off('cluster', play);
      world.off('cluster-deleted', forget);
      for (const stop of stops.values()) stop();
      stops.clear();
    },
  };
}
