import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, createSecureContext } from 'node:tls';
import type { Greeting } from '../world/clusters.js';
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
 * A CONNECT proxy that ends TLS itself and answers for the outside world from `hosts`, first match wins. Plain HTTP it carries
 * only to hosts that say how connections to them begin. It is the only way out of a rehearsed run: a host nobody plays is refused
 * and named in `world.requests.surprises`.
 */
export async function startProxy(world: World, authority: CertificateAuthority, hosts: readonly Host[]): Promise<Proxy> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, headersTimeout: 0 });
  const targets = new WeakMap<Socket, Target>();
  const open = new Set<Duplex>();

  const track = (socket: Duplex): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A client that goes away mid-answer is its own business.
    socket.on('error', () => socket.destroy());
  };

  server.on('connection', track);
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [, name = '', port = '443'] = /^(.*?)(?::(\d+))?$/.exec((request.url ?? '').toLowerCase()) ?? [];
    const to: Target = { hostname: name, port: Number(port) };
    if (isUnreachable(world, name)) {
      refusal(world, name, `connect ECONNREFUSED ${name}:443`);
      socket.destroy();
      return;
    }
    const host = hosts.find((candidate) => candidate.matches(name));
    if (!host) {
      refuseUnknown(world, name, socket);
      return;
    }
    const greeting = greetingOf(authority, host, to);
    if (greeting.is === 'refused') {
      refuse(world, to, socket);
      return;
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    const stream = begin(greeting, socket);
    if (!stream) return;
    targets.set(stream, to);
    server.emit('connection', stream);
  });

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const to = targets.get(request.socket) ?? plainTarget(request);
    const host = to && hosts.find((candidate) => candidate.matches(to.hostname));
    if (to === undefined || (!targets.has(request.socket) && !host?.greet)) {
      world.requests.surprises.push(`plain HTTP through the proxy: ${request.method ?? '?'} ${request.url ?? ''}`);
      text(response, 403, 'the rehearsal proxy only carries TLS, and plain HTTP to deployments\n');
      return;
    }
    if (!targets.has(request.socket)) request.url = (request.url ?? '').replace(/^http:\/\/[^/]*/, '') || '/';
    const { hostname, port } = to;
    record(world, hostname, request, response);
    if (isUnreachable(world, hostname)) {
      // A connection kept alive from before the fault.
      request.socket.destroy();
      return;
    }
    const { unanswered } = world.faults;
    if (unanswered?.match.test(`${request.method ?? ''} ${hostname}${request.url ?? ''}`)) {
      unanswered.seen();
      return;
    }
    if (!host) {
      text(response, 502, `${hostname} has gone from the rehearsed world\n`);
      return;
    }
    // The load balancer may have closed since this connection was made, and plain requests come without one.
    if (host.greet && ['refused', 'reset'].includes(host.greet(hostname, port).is)) {
      text(response, 502, `connect ECONNREFUSED ${hostname}:${port}\n`);
      return;
    }
    // Wrapped so that a synchronous throw and a rejection take the same road.
    void (async () => host.handle(request, response, hostname, port))().catch((error: unknown) => fail(world, host, response, error));
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

/** Whom a tunnel or a request is for. */
interface Target {
  readonly hostname: string;
  readonly port: number;
}

/** The target of a request that was sent to the proxy in the clear (`GET http://host/path`). */
function plainTarget(request: IncomingMessage): Target | undefined {
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
  return url?.protocol === 'http:' ? { hostname: url.hostname.toLowerCase(), port: Number(url.port || 80) } : undefined;
}

function greetingOf(authority: CertificateAuthority, host: Host, { hostname, port }: Target): Greeting {
  if (host.greet) return host.greet(hostname, port);
  const { cert, key } = authority.leaf(hostname);
  return { is: 'tls', certificate: cert, key };
}

/** The stream on which requests will come; undefined when the other side hangs up instead. */
function begin(greeting: Greeting, socket: Duplex): Socket | undefined {
  if (greeting.is === 'plain') return socket as Socket;
  if (greeting.is === 'tls') {
    try {
      const secureContext = createSecureContext({ cert: greeting.certificate, key: greeting.key });
      return new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    } catch {
      // Not a certificate, or not the key to it: a proxy with such a Secret has nothing to shake hands with.
    }
  }
  socket.destroy();
  return undefined;
}

function refuse(world: World, { hostname, port }: Target, socket: Duplex): void {
  const message = `connect ECONNREFUSED ${hostname}:${port}`;
  refusal(world, hostname, message);
  endWith(socket, message);
}

const isUnreachable = ({ faults, clusters }: World, hostname: string): boolean =>
  (faults.entraUnreachable && hostname === ENTRA) || (faults.clusterUnreachable && clusters.has(hostname));

/** Nobody plays this host. A vault or a deployment that does not exist has no DNS name either, which is an answer and not a surprise. */
function refuseUnknown(world: World, hostname: string, socket: Duplex): void {
  const message = `getaddrinfo ENOTFOUND ${hostname}: no host of this name in the rehearsed world, and nothing leaves this machine`;
  const answersForItself = hostname.endsWith('.vault.azure.net') || hostname.endsWith('.cloudapp.azure.com') || world.dns.zoneOf(hostname);
  if (!answersForItself) world.requests.surprises.push(`unknown host ${hostname}`);
  refusal(world, hostname, message);
  endWith(socket, message);
}

function endWith(socket: Duplex, message: string): void {
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
