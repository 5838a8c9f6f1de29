import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessTokenClaims } from '../world/directory.js';
import type { SecretVersion, Vault, VaultRefusal } from '../world/vaults.js';
import type { World } from '../world/world.js';
import { RESOURCES } from './entra.js';
import type { Host } from './host.js';
import { NotModelled, bearer, json, readJson, target } from './reply.js';

const SUFFIX = '.vault.azure.net';
/** The runner's outgoing address as Azure sees it. */
export const RUNNER_ADDRESS = '203.0.113.10';
const DEFAULT_PAGE = 25;

/** What Azure's own RBAC log calls each operation, and whether it reads or writes. */
const ACTIONS = {
  get: { access: 'read', action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action' },
  list: { access: 'read', action: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action' },
  set: { access: 'write', action: 'Microsoft.KeyVault/vaults/secrets/setSecret/action' },
} as const;

/** The data plane of every live vault: `https://<name>.vault.azure.net`. */
export class KeyVaultHost implements Host {
  readonly name = 'Key Vault';

  constructor(private readonly world: World) {}

  matches(hostname: string): boolean {
    return hostname.endsWith(SUFFIX) && this.world.vaults.live.has(hostname.slice(0, -SUFFIX.length));
  }

  async handle(request: IncomingMessage, response: ServerResponse, hostname: string): Promise<void> {
    const { faults, vaults } = this.world;
    const vault = vaults.live.get(hostname.slice(0, -SUFFIX.length));
    if (!vault) throw new NotModelled(hostname, request, 'the vault is gone');
    if (faults.vaultThrottledRequests > 0) {
      faults.vaultThrottledRequests -= 1;
      const message = 'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached';
      return json(response, 429, { error: { code: 'Throttled', message } }, { 'retry-after': '1' });
    }
    const caller = await this.#caller(request);
    if (!caller) {
      // The client learns tenant and resource from this challenge, and only then asks Entra for a token.
      const authority = `https://login.microsoftonline.com/${vault.tenantId}`;
      const challenge = `Bearer authorization="${authority}", resource="${RESOURCES.vault}"`;
      const message = 'AKV10000: Request is missing a Bearer or PoP token.';
      return json(response, 401, { error: { code: 'Unauthorized', message } }, { 'www-authenticate': challenge });
    }
    return this.#answer(request, response, vault, caller, hostname);
  }

  async #caller(request: IncomingMessage): Promise<AccessTokenClaims | undefined> {
    const token = bearer(request);
    return token === undefined ? undefined : this.world.directory.verify(token, [RESOURCES.vault, `${RESOURCES.vault}/`]);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    vault: Vault,
    caller: AccessTokenClaims,
    hostname: string,
  ): Promise<void> {
    const url = target(request);
    if (!url.searchParams.has('api-version')) {
      return json(response, 400, { error: { code: 'BadParameter', message: 'api-version must be specified' } });
    }
    const [collection = '', name, version] = url.pathname.split('/').filter((part) => part !== '');
    const operation = `${request.method ?? ''} ${collection}${name === undefined ? '' : '/*'}`;
    const kind = ({ 'GET secrets': 'list', 'GET deletedsecrets': 'list', 'GET secrets/*': 'get', 'PUT secrets/*': 'set' } as const)[
      operation
    ];
    if (!kind) throw new NotModelled(hostname, request);

    const { access, action } = ACTIONS[kind];
    const refusal = this.world.vaults.refusal(vault, caller.oid, access, RUNNER_ADDRESS);
    if (refusal) return json(response, 403, this.#forbidden(refusal, vault, caller, action, name));

    if (kind === 'set' && name !== undefined) return this.#set(request, response, vault, name);
    if (kind === 'get' && name !== undefined) return this.#get(response, vault, name, version);
    // Terraform purges what it deletes, so a rehearsed vault never holds deleted secrets.
    const names = collection === 'secrets' ? [...vault.secrets.keys()].sort() : [];
    json(response, 200, this.#page(vault, names, url, collection));
  }

  #get(response: ServerResponse, vault: Vault, name: string, version: string | undefined): void {
    const versions = vault.secrets.get(name) ?? [];
    const found = version === undefined ? versions.at(-1) : versions.find((candidate) => candidate.version === version);
    if (!found) {
      const message = `A secret with (name/id) ${version === undefined ? name : `${name}/${version}`} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`;
      return json(response, 404, { error: { code: 'SecretNotFound', message } });
    }
    json(response, 200, { value: found.value, ...describe(vault, name, found, true) });
  }

  async #set(request: IncomingMessage, response: ServerResponse, vault: Vault, name: string): Promise<void> {
    const body = await readJson(request);
    this.world.requests.surprises.push(`secret ${name} was written to vault ${vault.name} directly: Terraform is the only writer`);
    if (typeof body['value'] !== 'string') {
      return json(response, 400, { error: { code: 'BadParameter', message: 'Property value is required' } });
    }
    const contentType = typeof body['contentType'] === 'string' ? body['contentType'] : undefined;
    const stored = this.world.vaults.setSecret(vault, name, body['value'], contentType, this.world.clock.now());
    json(response, 200, { value: stored.value, ...describe(vault, name, stored, true) });
  }

  #page(vault: Vault, names: readonly string[], url: URL, collection: string): object {
    const size = Number(url.searchParams.get('maxresults') ?? DEFAULT_PAGE);
    const start = Number(url.searchParams.get('$skiptoken') ?? 0);
    const value = names.slice(start, start + size).flatMap((name) => {
      const newest = this.world.vaults.secret(vault, name);
      return newest ? [describe(vault, name, newest, false)] : [];
    });
    const next = new URL(`${vault.uri}${collection}`);
    next.search = new URLSearchParams({
      'api-version': url.searchParams.get('api-version') ?? '',
      $skiptoken: String(start + size),
      maxresults: String(size),
    }).toString();
    return { value, nextLink: start + size < names.length ? next.href : null };
  }

  #forbidden(refusal: VaultRefusal, vault: Vault, caller: AccessTokenClaims, action: string, secret: string | undefined): object {
    const who = `Caller: appid=${caller.appid};oid=${caller.oid};iss=${caller.iss}`;
    const where = `Vault: ${vault.name};location=${this.world.resources.get(vault.resourceId)?.location ?? 'unknown'}`;
    const resource = `${vault.resourceId.toLowerCase()}${secret === undefined ? '' : `/secrets/${secret}`}`;
    const lines =
      refusal === 'ForbiddenByFirewall'
        ? ['Client address is not authorized and caller is not a trusted service.', `Client address: ${RUNNER_ADDRESS}`, who, where]
        : [
            'Caller is not authorized to perform action on resource.',
            'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
            who,
            `Action: '${action}'`,
            `Resource: '${resource}'`,
            'Assignment: (not found)',
            'DenyAssignmentId: null',
            'DecisionReason: null ',
            where,
          ];
    return { error: { code: 'Forbidden', message: `${lines.join('\r\n')}\r\n`, innererror: { code: refusal } } };
  }
}

/** A secret without its value. Lists name the secret, single answers its version. */
function describe(vault: Vault, name: string, secret: SecretVersion, withVersion: boolean): object {
  const seconds = Math.floor(secret.createdAt / 1000);
  return {
    id: `${vault.uri}secrets/${name}${withVersion ? `/${secret.version}` : ''}`,
    ...(secret.contentType === undefined ? {} : { contentType: secret.contentType }),
    attributes: {
      enabled: true,
      created: seconds,
      updated: seconds,
      recoveryLevel: vault.purgeProtection ? 'Recoverable' : 'Recoverable+Purgeable',
      recoverableDays: 90,
    },
    tags: {},
  };
}
