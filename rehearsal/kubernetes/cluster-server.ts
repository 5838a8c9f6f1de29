import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, type Admission, type ClusterUser, type PodLogs } from './api.js';
import { discover, REVIEWS, subresourcesOf } from './http/discovery.js';
import { Exchange, readExchange } from './http/exchange.js';
import { openapiDocument, openapiIndex, openapiV2, OPENAPI_V2_TYPE } from './http/openapi.js';
import { parseResourcePath, type ResourcePath } from './http/path.js';
import { authorizedName, review, type Authorize } from './http/reviews.js';
import { Rest, type Target } from './http/rest.js';
import { Subresources } from './http/subresources.js';
import { Watches } from './http/watch.js';
import { Kinds } from './kinds.js';
import { ObjectStore } from './store.js';

export interface ClusterServerOptions {
  /** `1.33` or `1.33.4`: what /version says. */
  readonly kubernetesVersion: string;
  /** Who a bearer token belongs to; undefined answers 401. */
  readonly authenticate: (bearer: string) => Promise<ClusterUser | undefined>;
  /** Default: members of `system:masters` may do everything, others nothing. */
  readonly authorize?: Authorize;
  readonly logs: PodLogs;
  /** Milliseconds since the epoch; default the machine's clock. */
  readonly now?: () => number;
}

/** Subresources a real cluster has and this one does not play; asked for, it says so. */
const UNPLAYED = new Set(['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers', 'resize', 'binding', 'finalize', 'approval']);

const OPEN_PATHS = new Set(['/version', '/healthz', '/livez', '/readyz']);

/** A Kubernetes API server without a socket: mount {@link ClusterServer.handle} wherever its host name is answered. */
export class ClusterServer {
  readonly store: ObjectStore;
  /** Applied to what clients create and change; set by whoever plays the cluster's webhooks and quotas. */
  admission: Admission = (object) => object;
  readonly #watches: Watches;
  readonly #rest: Rest;
  readonly #subresources: Subresources;
  readonly #authorize: Authorize;
  readonly #now: () => number;

  constructor(private readonly options: ClusterServerOptions) {
    this.#now = options.now ?? Date.now;
    this.#authorize = options.authorize ?? ((user) => user.groups.includes('system:masters'));
    this.store = new ObjectStore(new Kinds(), this.#now);
    this.#watches = new Watches(this.store);
    this.#rest = new Rest(this.store, this.#watches, this.#now, (object, operation) => this.admission(object, operation));
    this.#subresources = new Subresources(this.store, this.#rest, options.logs, this.#now);
  }

  /** Answers one request; errors become `Status` objects. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    readExchange(request, response)
      .then(async (exchange) => {
        try {
          await this.#answer(exchange);
        } catch (error) {
          exchange.fail(error);
        }
      })
      .catch((error: unknown) => new Exchange(request, response, Buffer.alloc(0)).fail(error));
  }

  /** Ends open watches. The store stays readable. */
  stop(): void {
    this.#watches.stop();
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { pathname } = exchange.url;
    if (OPEN_PATHS.has(pathname)) {
      if (pathname === '/version') exchange.send(200, versionInfo(this.options.kubernetesVersion));
      else exchange.text(200, 'ok');
      return;
    }
    exchange.user = await this.#authenticated(exchange);
    const path = parseResourcePath(pathname);
    if (path) this.#resource(exchange, path);
    else this.#document(exchange, pathname);
  }

  async #authenticated(exchange: Exchange): Promise<ClusterUser> {
    const bearer = /^Bearer (.+)$/i.exec(exchange.request.headers.authorization ?? '')?.[1];
    const issued = bearer === undefined ? undefined : this.#subresources.tokens.get(bearer);
    const account =
      issued && issued.expires > this.#now()
        ? { name: issued.user, groups: ['system:serviceaccounts', 'system:authenticated'] }
        : undefined;
    const user = account ?? (bearer === undefined ? undefined : await this.options.authenticate(bearer));
    if (!user) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
    if (exchange.request.headers['impersonate-user'] !== undefined)
      throw new ApiError(501, '', 'impersonation (--as) is not played by this rehearsal cluster');
    return user;
  }

  #document(exchange: Exchange, pathname: string): void {
    const { kinds } = this.store;
    const discovered = discover(kinds, pathname, exchange.accept);
    if (discovered) {
      exchange.response.writeHead(200, { 'content-type': discovered.contentType, vary: 'Accept' }).end(JSON.stringify(discovered.body));
      return;
    }
    if (pathname === '/openapi/v3') return exchange.send(200, openapiIndex(kinds));
    if (pathname === '/openapi/v2') {
      exchange.response.writeHead(200, { 'content-type': OPENAPI_V2_TYPE }).end(openapiV2());
      return;
    }
    const document = pathname.startsWith('/openapi/v3/') ? openapiDocument(kinds, pathname.slice('/openapi/v3/'.length)) : undefined;
    if (!document) throw unknownPath();
    exchange.send(200, document);
  }

  #resource(exchange: Exchange, path: ResourcePath): void {
    const asked = REVIEWS.find((entry) => entry.group === path.group && entry.version === path.version && entry.resource === path.resource);
    if (asked) {
      if (exchange.method !== 'POST') throw wrongMethod();
      review(exchange, asked.kind, this.#authorize);
      return;
    }
    const verb = verbOf(exchange, path);
    this.#checkAccess(exchange, verb, path);
    const type = this.store.kinds.find(path.group, path.version, path.resource);
    if (!type || (path.namespace !== undefined && !type.namespaced)) throw unknownPath();
    const target: Target = { type, version: path.version, path };
    if (type.namespaced && path.namespace === undefined && verb !== 'list' && verb !== 'watch') throw unknownPath();
    if (path.subresource === undefined || path.subresource === 'status') return this.#object(exchange, verb, target);
    this.#subresource(exchange, target, path.subresource);
  }

  #checkAccess(exchange: Exchange, verb: string, path: ResourcePath): void {
    if (this.#authorize(exchange.user, verb, authorizedName(path.group, path.resource, path.subresource), path.namespace)) return;
    const resource = `${path.resource}${path.subresource ? `/${path.subresource}` : ''}`;
    const what = `${path.resource}${path.group ? `.${path.group}` : ''}${path.name ? ` "${path.name}"` : ''}`;
    const where = path.namespace === undefined ? 'at the cluster scope' : `in the namespace "${path.namespace}"`;
    const why = 'User does not have access to the resource in Azure. Update role assignment to allow access.';
    throw new ApiError(
      403,
      'Forbidden',
      `${what} is forbidden: User "${exchange.user.name}" cannot ${verb} resource "${resource}" in API group "${path.group}" ${where}: ${why}`,
      {
        ...(path.name ? { name: path.name } : {}),
        ...(path.group ? { group: path.group } : {}),
        kind: path.resource,
      },
    );
  }

  #object(exchange: Exchange, verb: string, target: Target): void {
    if (target.path.subresource === 'status' && !target.type.subresources.includes('status')) throw unknownPath();
    switch (verb) {
      case 'get':
        return this.#rest.get(exchange, target);
      case 'list':
      case 'watch':
        return this.#rest.list(exchange, target);
      case 'create':
        return this.#rest.create(exchange, target);
      case 'update':
        return this.#rest.replace(exchange, target);
      case 'patch':
        return this.#rest.patch(exchange, target);
      case 'delete':
        return this.#rest.delete(exchange, target);
      case 'deletecollection':
        return this.#rest.deleteCollection(exchange, target);
      default:
        throw wrongMethod();
    }
  }

  #subresource(exchange: Exchange, target: Target, name: string): void {
    const served = subresourcesOf(target.type).includes(name);
    if (!served && UNPLAYED.has(name))
      throw new ApiError(501, '', `${target.path.resource}/${name} is not played by this rehearsal cluster`);
    if (!served) throw unknownPath();
    const post = exchange.method === 'POST';
    if (name === 'scale' && ['GET', 'PUT', 'PATCH'].includes(exchange.method)) return this.#subresources.scale(exchange, target);
    if (name === 'log' && exchange.method === 'GET') return this.#subresources.log(exchange, target);
    if (name === 'eviction' && post) return this.#subresources.eviction(exchange, target);
    if (name === 'token' && post) return this.#subresources.token(exchange, target);
    throw wrongMethod();
  }
}

function verbOf(exchange: Exchange, path: ResourcePath): string {
  const named = path.name !== undefined;
  switch (exchange.method) {
    case 'GET':
      if (named) return 'get';
      return ['true', '1'].includes(exchange.query.get('watch') ?? '') ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return exchange.method.toLowerCase();
  }
}

function unknownPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource');
}

function wrongMethod(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

function versionInfo(version: string): Record<string, string> {
  const [major = '1', minor = '0', patch = '0'] = version.replace(/^v/, '').split('.');
  return {
    major,
    minor,
    gitVersion: `v${major}.${minor}.${patch}`,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2025-01-01T00:00:00Z',
    goVersion: 'go1.24.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}
