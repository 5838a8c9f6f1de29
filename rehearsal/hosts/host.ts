import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Greeting } from '../world/clusters.js';

/**
 * One service of the outside world, reached under its real name through the proxy. `handle` gets a request whose TLS is
 * already terminated; a rejected promise becomes a loud 500 that names the host.
 */
export interface Host {
  /** For error messages, e.g. `Entra (login.microsoftonline.com)`. */
  readonly name: string;
  /** Lower-case host name without port. */
  matches(hostname: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse, hostname: string, port: number): void | Promise<void>;
  /** How a connection begins, for hosts that are not simply reached over TLS with a good certificate on port 443. */
  greet?(hostname: string, port: number): Greeting;
}
