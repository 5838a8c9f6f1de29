import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeJwt, type JWTPayload } from 'jose';
import { EntraError, type Principal } from '../world/directory.js';
import type { World } from '../world/world.js';
import type { Host } from './host.js';
import { GITHUB_ISSUER, type OidcIssuer } from './oidc-issuer.js';
import { NotModelled, json, readBody, target } from './reply.js';

const HOSTNAME = 'login.microsoftonline.com';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Resources that exist in every tenant: what a scope may name. Microsoft Graph is left out, because nothing here may need it. */
export const RESOURCES = {
  management: 'https://management.azure.com',
  vault: 'https://vault.azure.net',
  storage: 'https://storage.azure.com',
  /** The AKS Entra server application, the same in every tenant. */
  aks: '6dae42f8-4368-4678-94ff-3960e28e3630',
} as const;

/** Entra ID: discovery and the workload-identity token exchange of the world's one tenant. */
export class EntraHost implements Host {
  readonly name = `Entra ID (${HOSTNAME})`;

  constructor(
    private readonly world: World,
    private readonly github: OidcIssuer,
  ) {}

  matches(hostname: string): boolean {
    return hostname === HOSTNAME;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = target(request);
    const [tenant = '', ...rest] = url.pathname.slice(1).split('/');
    try {
      await this.#answer(request, response, url, tenant, rest.join('/'));
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      json(response, error.status, errorBody(error, this.world.clock.now()));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, url: URL, tenant: string, route: string): Promise<void> {
    const operation = `${request.method ?? ''} ${route}`;
    if (operation === 'GET discovery/instance') return json(response, 200, instanceDiscovery(url));
    if (!['GET v2.0/.well-known/openid-configuration', 'GET discovery/v2.0/keys', 'POST oauth2/v2.0/token'].includes(operation)) {
      throw new NotModelled(HOSTNAME, request);
    }
    this.#checkTenant(tenant);
    if (operation === 'POST oauth2/v2.0/token') {
      return json(response, 200, await this.#token(new URLSearchParams((await readBody(request)).toString('utf8'))));
    }
    json(response, 200, route.endsWith('keys') ? { keys: [this.world.directory.jwk] } : openIdConfiguration(tenant));
  }

  #checkTenant(tenant: string): void {
    if (tenant.toLowerCase() === this.world.directory.tenantId.toLowerCase()) return;
    throw new EntraError(
      'AADSTS90002',
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
      'invalid_request',
      400,
    );
  }

  async #token(form: URLSearchParams): Promise<object> {
    const { directory } = this.world;
    const grant = required(form, 'grant_type');
    if (grant !== 'client_credentials') {
      throw new EntraError('AADSTS70003', `The app requested an unsupported grant type '${grant}'.`, 'unsupported_grant_type', 400);
    }
    const clientId = required(form, 'client_id');
    const audience = this.#audience(required(form, 'scope'));
    const principal = await this.#authenticate(clientId, form);
    directory.lastSignedIn = principal;
    return {
      token_type: 'Bearer',
      expires_in: directory.accessTokenSeconds,
      ext_expires_in: directory.accessTokenSeconds,
      access_token: await directory.mint(principal, audience),
    };
  }

  /** The resource a `<resource>/.default` scope names, as it will stand in the token's `aud`. */
  #audience(scopes: string): string {
    // Libraries add OpenID scopes of their own; only the one with a resource decides.
    const scope = scopes.split(' ').find((candidate) => !['openid', 'profile', 'offline_access'].includes(candidate)) ?? '';
    if (!scope.endsWith('/.default')) {
      throw new EntraError(
        'AADSTS1002012',
        `The provided value for scope ${scopes} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
        'invalid_scope',
        400,
      );
    }
    const resource = scope.slice(0, -'/.default'.length);
    const known: readonly string[] = Object.values(RESOURCES);
    if (!known.includes(resource.replace(/\/$/, ''))) {
      const tenant = this.world.directory.tenantId;
      throw new EntraError(
        'AADSTS500011',
        `The resource principal named ${resource} was not found in the tenant named ${tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
        'invalid_resource',
        400,
      );
    }
    return resource;
  }

  /** Who presents the assertion: the application must exist, then the assertion must be genuine and timely, then trusted. */
  async #authenticate(clientId: string, form: URLSearchParams): Promise<Principal> {
    const { directory } = this.world;
    if (form.get('client_assertion_type') !== ASSERTION_TYPE || !form.get('client_assertion')) {
      throw new EntraError(
        'AADSTS7000218',
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      );
    }
    const claims = await this.#checkAssertion(required(form, 'client_assertion'), directory.byClientId(clientId) !== undefined);
    return directory.federate(clientId, {
      issuer: claims.iss ?? '',
      subject: claims.sub ?? '',
      audience: [claims.aud].flat()[0] ?? '',
    });
  }

  /** Signature and life of the assertion. Skipped for an unknown application, because Entra complains of that first. */
  async #checkAssertion(assertion: string, applicationExists: boolean): Promise<JWTPayload> {
    const presented = decode(assertion);
    if (!applicationExists) return presented;
    if (presented.iss !== GITHUB_ISSUER) {
      throw new EntraError(
        'AADSTS700211',
        `No matching federated identity record found for presented assertion issuer '${presented.iss ?? ''}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
      );
    }
    const checked = await this.github.check(assertion);
    if (checked.verdict === 'forged') {
      throw new EntraError('AADSTS700027', 'Client assertion failed signature validation.');
    }
    if (checked.verdict === 'expired') {
      const time = (seconds = 0): string => new Date(seconds * 1000).toISOString();
      throw new EntraError(
        'AADSTS700024',
        `Client assertion is not within its valid time range. Current time: ${time(this.world.clock.now() / 1000)}, assertion valid from ${time(checked.claims.nbf)}, expiry time of assertion ${time(checked.claims.exp)}.`,
      );
    }
    return checked.claims;
  }
}

function required(form: URLSearchParams, field: string): string {
  const value = form.get(field);
  if (value) return value;
  throw new EntraError('AADSTS900144', `The request body must contain the following parameter: '${field}'.`, 'invalid_request', 400);
}

function decode(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion);
  } catch {
    throw new EntraError('AADSTS50027', 'JWT token is invalid or malformed.', 'invalid_request', 400);
  }
}

function instanceDiscovery(url: URL): object {
  const endpoint = new URL(url.searchParams.get('authorization_endpoint') ?? `https://${HOSTNAME}/common`);
  const tenant = endpoint.pathname.split('/')[1] ?? 'common';
  return {
    tenant_discovery_endpoint: `https://${HOSTNAME}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [
      {
        preferred_network: HOSTNAME,
        preferred_cache: 'login.windows.net',
        aliases: [HOSTNAME, 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
      },
    ],
  };
}

function openIdConfiguration(tenant: string): object {
  const base = `https://${HOSTNAME}/${tenant}`;
  return {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    response_types_supported: ['code', 'id_token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    tenant_region_scope: 'NA',
    cloud_instance_name: 'microsoftonline.com',
  };
}

/** The OAuth error body, with the trailer that Entra puts behind every description. */
function errorBody(error: EntraError, now: number): object {
  const [traceId, correlationId] = [randomUUID(), randomUUID()];
  const timestamp = new Date(now)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  const number = Number(error.code.replace('AADSTS', ''));
  return {
    error: error.error,
    error_description: `${error.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [number],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://${HOSTNAME}/error?code=${number}`,
  };
}
