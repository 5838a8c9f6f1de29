import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cluster, Greeting } from '../world/clusters.js';
import type { World } from '../world/world.js';
import type { Host } from './host.js';
import { NotModelled, target } from './reply.js';

/**
 * The deployments themselves, as their users reach them: a host name leads by the public DNS to an address, and the address to a
 * load balancer of a played cluster. An address behind which nothing listens refuses the connection.
 */
export class FrontDoorHost implements Host {
  readonly name = 'the front door of the deployment';

  constructor(private readonly world: World) {}

  matches(hostname: string): boolean {
    return this.world.dns.resolve(hostname) !== undefined;
  }

  greet(hostname: string, port: number): Greeting {
    return this.#behind(hostname, port)?.greeting ?? { is: 'refused' };
  }

  handle(request: IncomingMessage, response: ServerResponse, hostname: string, port: number): void {
    const found = this.#behind(hostname, port);
    const { pathname } = target(request);
    const answer = found?.cluster.frontDoor?.answer(found.address, port, hostname, request.method ?? 'GET', pathname);
    if (!answer) throw new NotModelled(hostname, request);
    request.resume();
    response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  #behind(hostname: string, port: number): { address: string; cluster: Cluster; greeting: Greeting } | undefined {
    const address = this.world.dns.resolve(hostname);
    if (address === undefined) return undefined;
    for (const cluster of this.world.clusters.values()) {
      const greeting = cluster.frontDoor?.greet(address, port, hostname);
      if (greeting) return { address, cluster, greeting };
    }
    return undefined;
  }
}
