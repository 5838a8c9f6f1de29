import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, createSecureContext } from 'node:tls';
import type { SeenRequest } from '../world/requests.js';
import type { World } from '../world/world.js';
import type { CertificateAuthority } from './certificate-authority.js';
import type { Host } from './host.js';
import { NotModelled, json, text } from './reply.js';

const ENTRA = 'login.microsoftonline.com';
const KEEP_ALIVE_MS = 600_000;
/** Longer bodies are archives on their way to the cache; the beginning is kept. */
const RECORDED_BYTES = 4 * 1024 * 1024;

export interface Proxy {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Closes every connection, watches included. */
  stop(): Promise<void>;
}

/**
 * A CONNECT proxy that ends TLS itself and answers for the outside world from `hosts`, first match wins. It is the only way
 * out of a rehearsed run: a host nobody plays is refused and named in `world.requests.surprises`.
 */
export async function startProxy(world: World, authority: CertificateAuthority, hosts: readonly Host[]): Promise<Proxy> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, headersTimeout: 0 });
  const hostnames = new WeakMap<Socket, string>();
  const open = new Set<Duplex>();

  const track = (socket: Duplex): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A client that goes away mid-answer is its own business.
    socket.on('error', () => socket.destroy());
  };

  server.on('connection', track);
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const hostname = (request.url ?? '').replace(/:\d+$/, '').toLowerCase();
    if (isUnreachable(world, hostname)) {
      refusal(world, hostname, `connect ECONNREFUSED ${hostname}:443`);
      socket.destroy();
      return;
    }
    if (!hosts.some((host) => host.matches(hostname))) {
      refuseUnknown(world, hostname, socket);
      return;
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    const tls = new TLSSocket(socket, {
      isServer: true,
      secureContext: createSecureContext(authority.leaf(hostname)),
      ALPNProtocols: ['http/1.1'],
    });
    hostnames.set(tls, hostname);
    server.emit('connection', tls);
  });

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const hostname = hostnames.get(request.socket);
    if (hostname === undefined) {
      world.requests.surprises.push(`plain HTTP through the proxy: ${request.method ?? '?'} ${request.url ?? ''}`);
      text(response, 403, 'the rehearsal proxy only carries TLS\n');
      return;
    }
    record(world, hostname, request, response);
    if (isUnreachable(world, hostname)) {
      // A connection kept alive from before the fault.
      request.socket.destroy();
      return;
    }
    const host = hosts.find((candidate) => candidate.matches(hostname));
    if (!host) {
      text(response, 502, `${hostname} has gone from the rehearsed world\n`);
      return;
    }
    // Wrapped so that a synchronous throw and a rejection take the same road.
    void (async () => host.handle(request, response, hostname))().catch((error: unknown) => fail(world, host, response, error));
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

const isUnreachable = ({ faults, clusters }: World, hostname: string): boolean =>
  (faults.entraUnreachable && hostname === ENTRA) || (faults.clusterUnreachable && clusters.has(hostname));

/** Nobody plays this host. A vault that does not exist has no DNS name either, which is an answer and not a surprise. */
function refuseUnknown(world: World, hostname: string, socket: Duplex): void {
  const message = `getaddrinfo ENOTFOUND ${hostname}: no host of this name in the rehearsed world, and nothing leaves this machine`;
  if (!hostname.endsWith('.vault.azure.net')) world.requests.surprises.push(`unknown host ${hostname}`);
  refusal(world, hostname, message);
  socket.end(
    `HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ${message.length}\r\n\r\n${message}`,
  );
}

function refusal(world: World, host: string, body: string): void {
  world.requests.add({ at: world.clock.now(), host, method: 'CONNECT', path: '', headers: {}, body, status: 502 });
}

/** Enters the request in the world's log. The body is listened to on its way to the host, never held back: watches and uploads stream. */
function record(world: World, host: string, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let recorded = 0;
  const push = request.push.bind(request);
  request.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk instanceof Buffer && recorded < RECORDED_BYTES) {
      chunks.push(chunk);
      recorded += chunk.length;
    }
    return push(chunk, encoding);
  };
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]));
  const seen: SeenRequest = world.requests.add({
    at: world.clock.now(),
    host,
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    get body() {
      return decode(Buffer.concat(chunks));
    },
    status: 0,
  });
  const settle = (): void => {
    seen.status = response.statusCode;
  };
  response.once('finish', settle).once('close', settle);
}

function decode(body: Buffer): string {
  const utf8 = body.toString('utf8');
  return utf8.includes('\uFFFD') ? body.toString('latin1') : utf8;
}

function fail(world: World, host: Host, response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  world.requests.surprises.push(error instanceof NotModelled ? message : `${host.name} failed: ${message}`);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // 501 is the one server error the SDKs do not retry, so the message reaches the user at once; JSON, because most clients parse first.
  json(response, 501, { message, error: { code: 'NotModelled', message } });
}
