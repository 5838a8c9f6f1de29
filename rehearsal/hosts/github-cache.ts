import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { World } from '../world/world.js';
import type { Host } from './host.js';
import { NotModelled, bearer, json, readBody, readJson, target } from './reply.js';

const RESULTS_HOSTNAME = 'results-receiver.actions.githubusercontent.com';
const BLOB_HOSTNAME = 'productionresultssa7.blob.core.windows.net';
const SERVICE = '/twirp/github.actions.results.api.v1.CacheService/';

/** Value of `ACTIONS_RESULTS_URL`. */
export const RESULTS_URL = `https://${RESULTS_HOSTNAME}/`;

/** An upload between CreateCacheEntry and FinalizeCacheEntryUpload. */
interface Upload {
  readonly entry: string;
  readonly blocks: Map<string, Buffer>;
  content?: Buffer;
}

/**
 * Version 2 of the Actions cache service and the blob store behind it. An entry is written once: a second save of the same key
 * is refused, as at GitHub. Entries live in `world.github.cacheEntries` under `<version>/<key>`.
 */
export class GitHubCacheHost implements Host {
  readonly name = 'GitHub cache';
  readonly #uploads = new Map<string, Upload>();
  /** Signed addresses handed out: blob path with signature → upload id or cache entry. */
  readonly #signed = new Map<string, { upload: string } | { entry: string }>();

  constructor(private readonly world: World) {}

  matches(hostname: string): boolean {
    return hostname === RESULTS_HOSTNAME || hostname === BLOB_HOSTNAME;
  }

  async handle(request: IncomingMessage, response: ServerResponse, hostname: string): Promise<void> {
    if (hostname === BLOB_HOSTNAME) return this.#blob(request, response);
    const { pathname } = target(request);
    if (request.method !== 'POST' || !pathname.startsWith(SERVICE)) throw new NotModelled(hostname, request);
    const token = bearer(request);
    const tokens = token === undefined ? undefined : this.world.github.byToken(token);
    if (!tokens || tokens.runtimeToken !== token) {
      return json(response, 401, { code: 'unauthenticated', msg: 'invalid token' });
    }
    const body = (await readJson(request)) as { key?: string; version?: string; restore_keys?: string[] };
    const version = body.version ?? '';
    const key = body.key ?? '';
    switch (pathname.slice(SERVICE.length)) {
      case 'CreateCacheEntry':
        return this.#create(response, `${version}/${key}`);
      case 'FinalizeCacheEntryUpload':
        return this.#finalize(response, `${version}/${key}`);
      case 'GetCacheEntryDownloadURL':
        return this.#find(response, version, [key, ...(body.restore_keys ?? [])]);
      default:
        throw new NotModelled(hostname, request);
    }
  }

  #create(response: ServerResponse, entry: string): void {
    const taken = this.world.github.cacheEntries.has(entry) || [...this.#uploads.values()].some((upload) => upload.entry === entry);
    if (taken)
      return json(response, 409, { code: 'already_exists', msg: 'cache entry with the same key, version, and scope already exists' });
    const id = randomUUID();
    this.#uploads.set(id, { entry, blocks: new Map() });
    json(response, 200, { ok: true, signed_upload_url: this.#sign({ upload: id }) });
  }

  #finalize(response: ServerResponse, entry: string): void {
    const [id, upload] = [...this.#uploads].find(([, candidate]) => candidate.entry === entry) ?? [];
    if (id === undefined || !upload?.content)
      return json(response, 404, { code: 'not_found', msg: 'no uploaded content for this cache entry' });
    this.#uploads.delete(id);
    this.world.github.cacheEntries.set(entry, upload.content);
    json(response, 200, { ok: true, entry_id: String(this.world.github.nextId()) });
  }

  /** The exact key, or the newest entry that one of the keys begins; restore keys are tried in order. */
  #find(response: ServerResponse, version: string, keys: readonly string[]): void {
    const stored = [...this.world.github.cacheEntries.keys()].reverse();
    for (const key of keys) {
      const wanted = `${version}/${key}`;
      const entry = stored.find((candidate) => candidate === wanted) ?? stored.find((candidate) => candidate.startsWith(wanted));
      if (entry !== undefined) {
        return json(response, 200, {
          ok: true,
          signed_download_url: this.#sign({ entry }),
          matched_key: entry.slice(version.length + 1),
        });
      }
    }
    json(response, 200, { ok: false, signed_download_url: '', matched_key: '' });
  }

  #sign(grant: { upload: string } | { entry: string }): string {
    const path = `/actions-cache/${randomBytes(8).toString('hex')}`;
    const signature = randomBytes(24).toString('base64url');
    this.#signed.set(`${path}#${signature}`, grant);
    return `https://${BLOB_HOSTNAME}${path}?sv=2025-11-05&sr=b&sp=rw&sig=${signature}`;
  }

  async #blob(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = target(request);
    const grant = this.#signed.get(`${url.pathname}#${url.searchParams.get('sig') ?? ''}`);
    if (!grant) {
      response.writeHead(403, { 'x-ms-error-code': 'AuthenticationFailed', 'content-length': 0 }).end();
      return;
    }
    if ('upload' in grant && request.method === 'PUT') return this.#put(request, response, url, grant.upload);
    const content = 'entry' in grant ? this.world.github.cacheEntries.get(grant.entry) : undefined;
    if (content && (request.method === 'GET' || request.method === 'HEAD')) return send(request, response, content);
    throw new NotModelled(BLOB_HOSTNAME, request);
  }

  /** A whole blob at once, or blocks and then their list. */
  async #put(request: IncomingMessage, response: ServerResponse, url: URL, id: string): Promise<void> {
    const upload = this.#uploads.get(id);
    if (!upload) throw new NotModelled(BLOB_HOSTNAME, request, 'the entry was finalized before');
    const body = await readBody(request);
    const part = url.searchParams.get('comp');
    if (part === 'block') {
      upload.blocks.set(url.searchParams.get('blockid') ?? '', body);
    } else if (part === 'blocklist') {
      const listed = [...body.toString('utf8').matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, block = '']) => upload.blocks.get(block));
      upload.content = Buffer.concat(listed.filter((block) => block !== undefined));
    } else if (part === null) {
      upload.content = body;
    } else {
      throw new NotModelled(BLOB_HOSTNAME, request);
    }
    response.writeHead(201, { ...blobHeaders(), 'content-length': 0 }).end();
  }
}

function blobHeaders(): Record<string, string> {
  return {
    etag: '"0x8D0000000000001"',
    'last-modified': new Date().toUTCString(),
    'x-ms-request-id': randomUUID(),
    'x-ms-version': '2025-11-05',
  };
}

function send(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const asked = [request.headers['x-ms-range'] ?? request.headers.range].flat()[0];
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(asked ?? '') ?? [];
  const headers = { ...blobHeaders(), 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', 'x-ms-blob-type': 'BlockBlob' };
  if (from === undefined) {
    response.writeHead(200, { ...headers, 'content-length': content.length });
    response.end(request.method === 'HEAD' ? undefined : content);
    return;
  }
  const end = Math.min(to === undefined || to === '' ? content.length - 1 : Number(to), content.length - 1);
  const slice = content.subarray(Number(from), end + 1);
  response.writeHead(206, { ...headers, 'content-length': slice.length, 'content-range': `bytes ${from}-${end}/${content.length}` });
  response.end(slice);
}
