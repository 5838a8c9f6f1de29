import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { UnsecuredJWT } from 'jose';
import type { ArmResource } from '../world/resources.js';
import type { World } from '../world/world.js';
import { startAzurite, type Azurite, type BlobFiles } from './azurite.js';
import type { CertificateAuthority } from './certificate-authority.js';
import { RESOURCES } from './entra.js';
import type { Host } from './host.js';
import { bearer, target } from './reply.js';

const SUFFIX = '.blob.core.windows.net';
const STORAGE_VERSION = '2025-11-05';
const ACCOUNT_TYPE = 'Microsoft.Storage/storageAccounts';
const CONTAINER_TYPE = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const WRITERS = ['Storage Blob Data Contributor', 'Storage Blob Data Owner'];
/** Accounts of azurite for storage accounts that are made while it runs. */
const SPARES = ['spareone', 'sparetwo'];
const READERS = [...WRITERS, 'Storage Blob Data Reader'];

/**
 * `<account>.blob.core.windows.net` for the storage accounts that existed when the first request came, in a rehearsal the account
 * of the Terraform state, and for a few that came later: azurite learns its accounts at its start, so they get spare ones of its own. Who may do what is decided here from the world's role assignments; the blobs, leases included, are azurite's.
 */
export class BlobHost implements Host {
  readonly name = 'Blob storage';
  readonly #agent: Agent;
  readonly #ended = new AbortController();
  readonly #late = new Map<string, string>();
  #running: Promise<{ azurite: Azurite; accounts: readonly string[] }> | undefined;

  constructor(
    private readonly world: World,
    private readonly authority: CertificateAuthority,
    private readonly directory: string,
    /** What the service held when its world was kept; absent for a world that is not to be kept. */
    private readonly kept?: BlobFiles,
  ) {
    this.#agent = new Agent({ keepAlive: true, ca: authority.pem });
  }

  matches(hostname: string): boolean {
    return hostname.endsWith(SUFFIX) && this.#account(hostname) !== undefined;
  }

  /** Starts azurite ahead of the first request. A failure shows at that request. */
  warm(): void {
    this.#start().catch(() => undefined);
  }

  async handle(request: IncomingMessage, response: ServerResponse, hostname: string): Promise<void> {
    const account = this.#account(hostname);
    const { azurite, accounts } = await this.#start();
    if (!account) throw new Error(`the storage account of ${hostname} is gone`);
    const served = accounts.includes(account.name) ? account.name : this.#spare(account.name);
    if (/^sharedkey/i.test(request.headers.authorization ?? '')) {
      return refuse(
        response,
        403,
        'KeyBasedAuthenticationNotPermitted',
        'Key based authentication is not permitted on this storage account.',
      );
    }
    const token = bearer(request);
    if (token === undefined) {
      const challenge = `Bearer authorization_uri=https://login.microsoftonline.com/${this.world.options.tenantId}/oauth2/authorize resource_id=${RESOURCES.storage}`;
      const message = 'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.';
      return refuse(response, 401, 'NoAuthenticationInformation', message, { 'www-authenticate': challenge });
    }
    const caller = await this.world.directory.verify(token, [RESOURCES.storage, `${RESOURCES.storage}/`]);
    if (!caller) {
      const message =
        'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.';
      return refuse(response, 401, 'InvalidAuthenticationInfo', message);
    }
    const [, container = ''] = target(request).pathname.split('/');
    const scope = container === '' ? account.id : `${account.id}/blobServices/default/containers/${container}`;
    const roles = request.method === 'GET' || request.method === 'HEAD' ? READERS : WRITERS;
    if (!this.world.resources.hasRole(caller.oid, roles, scope)) {
      const message = 'This request is not authorized to perform this operation using this permission.';
      return refuse(response, 403, 'AuthorizationPermissionMismatch', message);
    }
    if (served !== account.name) await this.#lateContainer(azurite.port, served, scope, container);
    return this.#forward(request, response, azurite.port, `${served}${SUFFIX}`);
  }

  /** The spare account that stands for one which came later. In a world that is kept it would be found under another name. */
  #spare(account: string): string {
    const late = this.#late;
    if (!late.has(account)) late.set(account, SPARES[late.size] ?? '');
    const spare = late.get(account);
    if (!spare || this.kept !== undefined)
      throw new Error(`the rehearsal's blob service has no room for storage account ${account}, which came late`);
    return spare;
  }

  /** A container that ARM made since azurite started. */
  async #lateContainer(port: number, account: string, id: string, container: string): Promise<void> {
    if (this.world.resources.get(id) === undefined) return;
    const status = await this.#createContainer(port, account, container);
    if (status !== 201 && status !== 409) throw new Error(`azurite answered ${status} to creating container ${container}`);
  }

  /** Everything the service holds. It answers no request afterwards. Only for a world that is to be kept. */
  async close(): Promise<BlobFiles> {
    const { azurite } = await this.#start();
    this.#agent.destroy();
    return azurite.close();
  }

  /** Blobs of a container by name, without asking anybody's permission: for whoever looks at the world from outside. */
  async contents(account: string, container: string): Promise<ReadonlyMap<string, string>> {
    const listing = await this.#ask('GET', account, `/${container}?restype=container&comp=list`);
    const names = [...listing.body.matchAll(/<Blob><Name>([^<]+)<\/Name>/g)].map(([, name = '']) => name);
    const contents = await Promise.all(
      names.map(async (name) => [name, (await this.#ask('GET', account, `/${container}/${encodeURIComponent(name)}`)).body] as const),
    );
    return new Map(contents);
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#ended.abort();
    const running = await this.#running?.catch(() => undefined);
    await running?.azurite.stop();
  }

  #account(hostname: string): ArmResource | undefined {
    const name = hostname.slice(0, -SUFFIX.length);
    return this.world.resources.list(ACCOUNT_TYPE).find((account) => account.name === name);
  }

  #start(): Promise<{ azurite: Azurite; accounts: readonly string[] }> {
    this.#running ??= this.#startNow();
    return this.#running;
  }

  async #startNow(): Promise<{ azurite: Azurite; accounts: readonly string[] }> {
    const accounts = this.world.resources.list(ACCOUNT_TYPE).map((account) => account.name);
    const azurite = await startAzurite({
      directory: path.join(this.directory, 'azurite'),
      authority: this.authority,
      accounts: [...accounts, ...SPARES],
      ended: this.#ended.signal,
      ...(this.kept === undefined ? {} : { kept: this.kept }),
    });
    for (const container of this.world.resources.list(CONTAINER_TYPE)) {
      const account = /\/storageAccounts\/([^/]+)\//i.exec(container.id)?.[1] ?? '';
      const status = await this.#createContainer(azurite.port, account, container.name);
      // A kept service has it already.
      if (status !== 201 && !(status === 409 && this.kept !== undefined))
        throw new Error(`azurite answered ${status} to creating container ${container.name}`);
    }
    return { azurite, accounts };
  }

  async #createContainer(port: number, account: string, container: string): Promise<number> {
    return (await this.#send(port, 'PUT', account, `/${container}?restype=container`)).status;
  }

  async #ask(method: string, account: string, target: string): Promise<{ status: number; body: string }> {
    const { azurite } = await this.#start();
    const answer = await this.#send(azurite.port, method, account, target);
    if (answer.status !== 200) throw new Error(`azurite answered ${answer.status} to ${method} ${target}`);
    return answer;
  }

  #send(port: number, method: string, account: string, target: string): Promise<{ status: number; body: string }> {
    const headers = { host: `${account}${SUFFIX}`, 'x-ms-version': STORAGE_VERSION, 'content-length': '0' };
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(this.#azuriteRequest(port, method, target, headers), (answer) => {
        readText(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
      });
      sent.once('error', reject).end();
    });
  }

  #forward(request: IncomingMessage, response: ServerResponse, port: number, hostname: string): Promise<void> {
    const options = this.#azuriteRequest(port, request.method ?? 'GET', request.url ?? '/', { ...request.headers, host: hostname });
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).once('close', resolve);
      });
      sent.once('error', reject);
      request.pipe(sent);
    });
  }

  #azuriteRequest(port: number, method: string, target: string, headers: Record<string, string | string[] | undefined>): object {
    return {
      agent: this.#agent,
      host: '127.0.0.1',
      // An address has no SNI; the certificate is for 127.0.0.1 whatever the Host header says.
      servername: '',
      checkServerIdentity: () => undefined,
      port,
      method,
      path: target,
      headers: { ...headers, authorization: `Bearer ${this.#azuriteToken()}` },
    };
  }

  /** Azurite lives on the machine's clock and the world on its own, so the checked token is exchanged for one that azurite finds timely. */
  #azuriteToken(): string {
    return new UnsecuredJWT({})
      .setIssuer(`https://sts.windows.net/${this.world.options.tenantId}/`)
      .setAudience(RESOURCES.storage)
      .setIssuedAt()
      .setNotBefore('-1 minute')
      .setExpirationTime('10 minutes')
      .encode();
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string, headers: Record<string, string> = {}): void {
  const requestId = randomUUID();
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}\nRequestId:${requestId}\nTime:${new Date().toISOString()}</Message></Error>`;
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    'x-ms-error-code': code,
    'x-ms-request-id': requestId,
    'x-ms-version': STORAGE_VERSION,
    ...headers,
  });
  response.end(body);
}
