import type { IncomingMessage, ServerResponse } from 'node:http';
import type { World } from '../world/world.js';
import type { Host } from './host.js';
import { GITHUB_ISSUER, type OidcIssuer } from './oidc-issuer.js';
import { NotModelled, bearer, json, target } from './reply.js';

const ISSUER_HOSTNAME = new URL(GITHUB_ISSUER).hostname;
const TOKEN_HOSTNAME = 'run-actions-3-azure-eastus.actions.githubusercontent.com';
const TOKEN_PATH = '/57//idtoken/';

/** Value of `ACTIONS_ID_TOKEN_REQUEST_URL` for a job. Clients append `&audience=`. */
export function idTokenRequestUrl(runId: number): string {
  return `https://${TOKEN_HOSTNAME}${TOKEN_PATH}${runId}?api-version=2.0`;
}

/** GitHub's OpenID Connect side: the endpoint that hands ID tokens to jobs, and the issuer's public documents. */
export class GitHubOidcHost implements Host {
  readonly name = 'GitHub OIDC';

  constructor(
    private readonly world: World,
    private readonly issuer: OidcIssuer,
  ) {}

  matches(hostname: string): boolean {
    return hostname === ISSUER_HOSTNAME || hostname === TOKEN_HOSTNAME;
  }

  async handle(request: IncomingMessage, response: ServerResponse, hostname: string): Promise<void> {
    const url = target(request);
    const operation = `${request.method ?? ''} ${url.pathname}`;
    if (hostname === TOKEN_HOSTNAME && operation.startsWith(`GET ${TOKEN_PATH}`)) return this.#idToken(request, response, url);
    if (operation === 'GET /.well-known/openid-configuration') {
      return json(response, 200, {
        issuer: GITHUB_ISSUER,
        jwks_uri: `${GITHUB_ISSUER}/.well-known/jwks`,
        subject_types_supported: ['public', 'pairwise'],
        response_types_supported: ['id_token'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: ['openid'],
      });
    }
    if (operation === 'GET /.well-known/jwks') return json(response, 200, { keys: [this.issuer.jwk] });
    throw new NotModelled(hostname, request);
  }

  async #idToken(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const token = bearer(request);
    const tokens = token === undefined ? undefined : this.world.github.byToken(token);
    // The runner leaves the request token out of a job without `id-token: write`; a job that has one all the same is refused.
    if (!tokens || tokens.idTokenRequestToken !== token || tokens.job.permissions['id-token'] !== 'write') {
      return json(response, 401, { message: 'Unauthorized' });
    }
    const value = await this.issuer.idToken(tokens.job, url.searchParams.get('audience') ?? undefined);
    json(response, 200, { count: value.length, value });
  }
}
