import type { IncomingMessage, ServerResponse } from 'node:http';
import type { World } from '../world/world.js';
import type { Host } from './host.js';
import { NotModelled } from './reply.js';

/** The API servers of the world's clusters, each under its own fqdn; the answers come from whoever plays the cluster. */
export class ClusterHost implements Host {
  readonly name = 'Kubernetes API';

  constructor(private readonly world: World) {}

  matches(hostname: string): boolean {
    return this.world.clusters.has(hostname);
  }

  handle(request: IncomingMessage, response: ServerResponse, hostname: string): void {
    const play = this.world.clusters.get(hostname)?.handle;
    if (!play) throw new NotModelled(hostname, request, 'nobody plays this cluster');
    play(request, response);
  }
}
