import type { IncomingMessage, ServerResponse } from 'node:http';

/** The whole request body. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A JSON object body; an empty or malformed one is an empty object, which the caller's own checks then refuse. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse((await readBody(request)).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

export function text(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** The secret of an `Authorization: Bearer x` (or GitHub's older `token x`) header. */
export function bearer(request: IncomingMessage): string | undefined {
  return /^(?:bearer|token) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Path and query of a request. Percent-encoded query names (`api%2Dversion`) come out decoded. */
export function target(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'https://host.invalid');
}

/** Nobody modelled this request: the rehearsal must hear of it, and the caller must not mistake the answer for the service's. */
export class NotModelled extends Error {
  constructor(hostname: string, request: IncomingMessage, detail = '') {
    super(
      `the rehearsal does not model ${request.method ?? '?'} https://${hostname}${request.url ?? ''}${detail === '' ? '' : ` (${detail})`}`,
    );
  }
}
