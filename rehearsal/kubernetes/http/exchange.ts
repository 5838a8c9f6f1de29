import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { isTree, type Tree } from '../admission/tree.js';
import { ApiError, type ClusterUser } from '../api.js';
import { badRequest, statusOf } from '../errors.js';
import { decodeProtobuf } from '../schema/protobuf.js';

/** Bodies above this are refused, as etcd-backed servers do. */
const BODY_LIMIT = 3 * 1024 * 1024;

/** One request with its body read, and the response being built. */
export class Exchange {
  readonly url: URL;
  readonly query: URLSearchParams;
  readonly method: string;
  readonly warnings: string[] = [];
  user: ClusterUser = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly body: Buffer,
  ) {
    this.url = new URL(request.url ?? '/', 'https://kubernetes');
    this.query = this.url.searchParams;
    this.method = request.method ?? 'GET';
  }

  get accept(): string {
    return this.request.headers.accept ?? '*/*';
  }

  get contentType(): string {
    return (this.request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  }

  /** Who owns what this request writes: `fieldManager`, or the client's own name. */
  get manager(): string {
    return this.query.get('fieldManager') ?? (this.request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  }

  get dryRun(): boolean {
    const asked = this.query.getAll('dryRun');
    if (asked.some((value) => value !== 'All')) throw badRequest(`Invalid value: ${JSON.stringify(asked)}: supported values: "All"`);
    return asked.length > 0;
  }

  /**
   * The body as an object, whatever it was written in.
   * @throws ApiError 400 when it cannot be read, 415 for media types that are not served
   */
  object(): Tree {
    const body = this.read();
    if (!isTree(body)) throw badRequest('the request body is not an object');
    return body;
  }

  private read(): unknown {
    switch (this.contentType) {
      case 'application/vnd.kubernetes.protobuf':
        return decodeProtobuf(this.body);
      case 'application/yaml':
      case 'application/apply-patch+yaml':
        return this.parsed(() => parseYaml(this.body.toString('utf8')) as unknown);
      case 'application/json':
      case 'application/json-patch+json':
      case 'application/merge-patch+json':
      case 'application/strategic-merge-patch+json':
        return this.parsed(() => JSON.parse(this.body.toString('utf8')) as unknown);
      default:
        throw new ApiError(
          415,
          'UnsupportedMediaType',
          `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf; it was ${this.contentType}`,
        );
    }
  }

  /** JSON or YAML of any type, lists included. */
  value(): unknown {
    return this.read();
  }

  private parsed(parse: () => unknown): unknown {
    try {
      return parse();
    } catch (error) {
      throw badRequest(`error decoding the request body: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  send(code: number, body: unknown): void {
    const headers: Record<string, string | string[]> = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
    if (this.warnings.length > 0) headers['warning'] = this.warnings.map((warning) => `299 - ${JSON.stringify(warning)}`);
    this.response.writeHead(code, headers).end(`${JSON.stringify(body)}\n`);
  }

  text(code: number, body: string): void {
    this.response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
  }

  /** Anything thrown becomes a `Status`; what is no refusal of ours is a fault of this program and says so. */
  fail(error: unknown): void {
    const refusal =
      error instanceof ApiError
        ? error
        : new ApiError(
            500,
            'InternalError',
            `Internal error occurred: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          );
    if (this.response.headersSent) this.response.destroy();
    else this.send(refusal.code, statusOf(refusal));
  }
}

/** Reads the whole body first: nothing the API server does depends on streaming a request. */
export async function readExchange(request: IncomingMessage, response: ServerResponse): Promise<Exchange> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  const exchange = new Exchange(request, response, Buffer.concat(chunks));
  if (size > BODY_LIMIT) throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`);
  return exchange;
}
