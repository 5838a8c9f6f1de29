import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeJwt } from 'jose';
import type { AccessTokenClaims } from '../world/directory.js';
import type { ArmResource } from '../world/resources.js';
import type { World } from '../world/world.js';
import { adminCredential, clusterProperties, userCredential } from './arm-cluster.js';
import { authorizationRoutes } from './arm-authorization.js';
import { ArmError } from './arm-error.js';
import { cacheRoutes } from './arm-cache.js';
import { offerRoutes } from './arm-offers.js';
import { route, type Call, type Route } from './arm-route.js';
import { storageRoutes } from './arm-storage.js';
import { deletedVault, patchVault, storageNameAvailability, vaultNameAvailability, vaultProperties } from './arm-vault.js';
import { RESOURCES } from './entra.js';
import type { Host } from './host.js';
import { NotModelled, bearer, json, readJson, target } from './reply.js';
import { roleActions, roleAllows } from './roles.js';

const HOSTNAME = 'management.azure.com';
const GROUP_TYPE = 'Microsoft.Resources/resourceGroups';
/** Collections that may be listed: the types the world keeps complete. */
const LISTED = [
  'Microsoft.KeyVault/vaults',
  'Microsoft.ContainerService/managedClusters',
  'Microsoft.Storage/storageAccounts',
  'Microsoft.ManagedIdentity/userAssignedIdentities',
  'Microsoft.Network/publicIPAddresses',
];

/** Azure Resource Manager over the world's resources: reads, and the few actions a deployment takes past Terraform. */
export class ArmHost implements Host {
  readonly name = `Azure Resource Manager (${HOSTNAME})`;

  readonly #routes: readonly Route[];

  /** Routes of its own; those of the other files go before, because the last of these match any resource. */
  readonly #own: readonly Route[] = [
    route('GET', '/subscriptions/[^/]+', (call) => this.#subscription(call)),
    route('GET', '/subscriptions/[^/]+/resourceGroups', (call) => this.#list(call, GROUP_TYPE)),
    route('GET', '/subscriptions/[^/]+/resourceGroups/[^/]+', (call) => this.#resource(call, GROUP_TYPE)),
    route('HEAD', '/subscriptions/[^/]+/resourceGroups/[^/]+', (call) => this.#groupExists(call)),
    route(
      'POST',
      '/subscriptions/[^/]+/providers/(Microsoft\\.KeyVault|Microsoft\\.Storage)/checkNameAvailability',
      (call, [namespace = '']) => this.#checkName(call, namespace),
    ),
    route('GET', '/subscriptions/[^/]+/providers/Microsoft\\.KeyVault/deletedVaults', (call) => this.#deletedVaults(call)),
    route('GET', '/subscriptions/[^/]+/providers/Microsoft\\.KeyVault/locations/[^/]+/deletedVaults/([^/]+)', (call, [name = '']) =>
      this.#deletedVault(call, name),
    ),
    route('GET', '/subscriptions/[^/]+/providers/Microsoft\\.Authorization/locks', (call) => this.#locks(call)),
    route('GET', '(/subscriptions/.+?)/providers/Microsoft\\.Authorization/permissions', (call, [scope = '']) =>
      this.#permissions(call, scope),
    ),
    route(
      'POST',
      '(.+/providers/Microsoft\\.ContainerService/managedClusters/[^/]+)/(listCluster(?:User|Admin)Credential)',
      (call, [id = '', action = '']) => this.#clusterCredential(call, id, action),
    ),
    route('PATCH', '.+/providers/Microsoft\\.KeyVault/vaults/[^/]+', (call) => this.#patchVault(call)),
    route('GET', '/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?/providers/(Microsoft\\.[^/]+/[^/]+)', (call, [type = '']) =>
      this.#list(call, type),
    ),
    route('GET', '/subscriptions/[^/]+/resourceGroups/[^/]+/providers/(Microsoft\\.[^/]+(?:/[^/]+/[^/]+)+)', (call, [names = '']) =>
      this.#resource(call, typeOf(names)),
    ),
  ];

  constructor(
    private readonly world: World,
    private readonly authorityPem: string,
  ) {
    const authorize = this.#authorize.bind(this);
    const others = [cacheRoutes, offerRoutes, storageRoutes, authorizationRoutes].flatMap((routes) => routes(world, authorize));
    this.#routes = [...others, ...this.#own];
  }

  matches(hostname: string): boolean {
    return hostname === HOSTNAME;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const call = { request, response, path: target(request).pathname.replace(/\/$/, ''), caller: await this.#caller(request) };
      this.#checkRequest(call);
      const found = this.#routes.find((candidate) => candidate.method === request.method && candidate.path.test(call.path));
      if (!found) throw new NotModelled(HOSTNAME, request);
      await found.answer(call, (found.path.exec(call.path) ?? []).slice(1));
    } catch (error) {
      if (!(error instanceof ArmError)) throw error;
      json(response, error.status, { error: { code: error.code, message: error.message } }, error.headers);
    }
  }

  async #caller(request: IncomingMessage): Promise<AccessTokenClaims> {
    const { directory, clock } = this.world;
    const token = bearer(request);
    const refuse = (code: string, message: string): ArmError =>
      new ArmError(401, code, message, {
        'www-authenticate': `Bearer authorization_uri="https://login.microsoftonline.com/${directory.tenantId}", error="invalid_token", error_description="${message}"`,
      });
    if (token === undefined) throw refuse('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
    const claims = await directory.verify(token, [RESOURCES.management, `${RESOURCES.management}/`]);
    if (claims) return claims;
    const expiry = expiryOf(token) * 1000;
    if (expiry > 0 && expiry <= clock.now()) {
      const [then, now] = [new Date(expiry).toISOString(), new Date(clock.now()).toISOString()];
      throw refuse('ExpiredAuthenticationToken', `The access token expiry UTC time '${then}' is earlier than current UTC time '${now}'.`);
    }
    throw refuse('InvalidAuthenticationToken', 'The access token is invalid.');
  }

  #checkRequest({ request, path }: Call): void {
    if (!target(request).searchParams.has('api-version')) {
      throw new ArmError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      );
    }
    const subscription = path.split('/')[2] ?? '';
    if (path.startsWith('/subscriptions/') && subscription.toLowerCase() !== this.world.options.subscriptionId.toLowerCase()) {
      throw new ArmError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
    }
  }

  /** Throws ARM's 403 unless one of the caller's roles allows the action at the scope. */
  #authorize({ caller }: Call, action: string, scope: string): void {
    if (this.world.resources.rolesAt(caller.oid, scope).some((role) => roleAllows(role, action))) return;
    throw new ArmError(
      403,
      'AuthorizationFailed',
      `The client '${caller.appid}' with object id '${caller.oid}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  }

  #subscription(call: Call): void {
    const { subscriptionId, tenantId } = this.world.options;
    const id = `/subscriptions/${subscriptionId}`;
    this.#authorize(call, 'Microsoft.Resources/subscriptions/read', id);
    json(call.response, 200, {
      id,
      subscriptionId,
      tenantId,
      displayName: 'Rehearsal',
      state: 'Enabled',
      authorizationSource: 'RoleBased',
      managedByTenants: [],
      subscriptionPolicies: { locationPlacementId: 'Public_2014-09-01', quotaId: this.world.offers.quotaId, spendingLimit: 'Off' },
    });
  }

  #groupExists(call: Call): void {
    this.#authorize(call, `${GROUP_TYPE}/read`, call.path);
    call.response.writeHead(this.world.resources.get(call.path) ? 204 : 404).end();
  }

  #resource(call: Call, type: string): void {
    this.#authorize(call, `${type}/read`, call.path);
    const resource = this.world.resources.get(call.path);
    if (resource) return json(call.response, 200, this.#view(resource));
    const segments = call.path.split('/');
    const group = segments[4] ?? '';
    if (type === GROUP_TYPE || !this.world.resources.get(segments.slice(0, 5).join('/'))) {
      throw new ArmError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
    }
    const name = `${type.split('/')[0] ?? ''}/${segments.slice(7).join('/')}`;
    throw new ArmError(404, 'ResourceNotFound', `The Resource '${name}' under resource group '${group}' was not found.`);
  }

  #list(call: Call, type: string): void {
    if (type !== GROUP_TYPE && !LISTED.some((known) => known.toLowerCase() === type.toLowerCase()))
      throw new NotModelled(HOSTNAME, call.request);
    const scope =
      type === GROUP_TYPE ? call.path.split('/').slice(0, 3).join('/') : call.path.slice(0, call.path.toLowerCase().indexOf('/providers/'));
    this.#authorize(call, `${type}/read`, scope);
    const inScope = this.world.resources.list(type).filter((resource) => resource.id.toLowerCase().startsWith(`${scope.toLowerCase()}/`));
    json(call.response, 200, { value: inScope.map((resource) => this.#view(resource)) });
  }

  /** A resource as ARM shows it; vaults and clusters from the model that the data planes use. */
  #view(resource: ArmResource): object {
    const vault = [...this.world.vaults.live.values()].find(
      (candidate) => candidate.resourceId.toLowerCase() === resource.id.toLowerCase(),
    );
    const cluster = this.#cluster(resource.id);
    return {
      ...resource,
      properties: {
        ...resource.properties,
        ...(vault ? vaultProperties(vault) : {}),
        ...(cluster ? clusterProperties(cluster, this.world.options.tenantId) : {}),
      },
    };
  }

  #cluster(id: string) {
    return [...this.world.clusters.values()].find((cluster) => cluster.resourceId.toLowerCase() === id.toLowerCase());
  }

  async #checkName(call: Call, namespace: string): Promise<void> {
    const scope = `/subscriptions/${this.world.options.subscriptionId}`;
    this.#authorize(call, `${namespace}/checkNameAvailability/read`, scope);
    const { name } = await readJson(call.request);
    if (typeof name !== 'string') throw new ArmError(400, 'InvalidParameter', 'The request body must contain a name.');
    const available = /keyvault/i.test(namespace) ? vaultNameAvailability(name, this.world) : storageNameAvailability(name, this.world);
    json(call.response, 200, available);
  }

  #deletedVaults(call: Call): void {
    this.#authorize(call, 'Microsoft.KeyVault/deletedVaults/read', `/subscriptions/${this.world.options.subscriptionId}`);
    json(call.response, 200, { value: [...this.world.vaults.softDeleted.values()].map((vault) => deletedVault(vault, this.world)) });
  }

  #deletedVault(call: Call, name: string): void {
    this.#authorize(call, 'Microsoft.KeyVault/locations/deletedVaults/read', `/subscriptions/${this.world.options.subscriptionId}`);
    const vault = this.world.vaults.softDeleted.get(name.toLowerCase());
    if (!vault) throw new ArmError(404, 'DeletedVaultNotFound', `The specified deleted vault '${name}' does not exist.`);
    json(call.response, 200, deletedVault(vault, this.world));
  }

  /** Those of the subscription and of everything in it. */
  #locks(call: Call): void {
    const type = 'Microsoft.Authorization/locks';
    this.#authorize(call, `${type}/read`, `/subscriptions/${this.world.options.subscriptionId}`);
    json(call.response, 200, { value: this.world.resources.list(type).map((lock) => this.#view(lock)) });
  }

  /** What the caller itself may do at a scope: one entry per role. */
  #permissions(call: Call, scope: string): void {
    const roles = this.world.resources.rolesAt(call.caller.oid, scope);
    json(call.response, 200, { value: roles.map(roleActions) });
  }

  #clusterCredential(call: Call, id: string, action: string): void {
    this.#authorize(call, `Microsoft.ContainerService/managedClusters/${action}/action`, id);
    const cluster = this.#cluster(id);
    if (!cluster) return this.#resource({ ...call, path: id }, 'Microsoft.ContainerService/managedClusters');
    if (/admin/i.test(action)) adminCredential(cluster);
    json(call.response, 200, userCredential(cluster, this.world.options.tenantId, this.authorityPem));
  }

  async #patchVault(call: Call): Promise<void> {
    this.#authorize(call, 'Microsoft.KeyVault/vaults/write', call.path);
    const resource = this.world.resources.get(call.path);
    const vault = resource && this.world.vaults.live.get(resource.name.toLowerCase());
    if (!resource || !vault) return this.#resource(call, 'Microsoft.KeyVault/vaults');
    patchVault(vault, await readJson(call.request));
    json(call.response, 200, this.#view(resource));
  }
}

/** `Microsoft.Storage/storageAccounts/x/blobServices/default` → `Microsoft.Storage/storageAccounts/blobServices`. */
function typeOf(names: string): string {
  const [namespace = '', ...rest] = names.split('/');
  return [namespace, ...rest.filter((_segment, index) => index % 2 === 0)].join('/');
}

function expiryOf(token: string): number {
  try {
    return decodeJwt(token).exp ?? 0;
  } catch {
    return 0;
  }
}
