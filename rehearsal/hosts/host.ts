import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * One service of the outside world, reached under its real name through the proxy. `handle` gets a request whose TLS is
 * already terminated; a rejected promise becomes a loud 500 that names the host.
 */
export interface Host {
  /** For error messages, e.g. `Entra (login.microsoftonline.com)`. */
  readonly name: string;
  /** Lower-case host name without port. */
  matches(hostname: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse, hostname: string): void | Promise<void>;
}
