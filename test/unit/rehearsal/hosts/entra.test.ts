import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SignJWT, decodeJwt, generateKeyPair } from 'jose';
import { client, job, send, stage, type Answer, type Stage } from './support.js';

const MANAGEMENT = 'https://management.azure.com/.default';
const AUDIENCE = 'api://AzureADTokenExchange';

// Each SDK starts in a process of its own, next to azurite.
jest.setTimeout(60_000);

describe('EntraHost', () => {
  let at: Stage;
  beforeAll(async () => {
    at = await stage();
  });
  beforeEach(() => {
    at.world.faults.entraUnreachable = false;
  });
  afterAll(() => at.stop());

  /** POST to the token endpoint with a good request, some fields replaced. */
  async function exchange(assertion: string, fields: Record<string, string> = {}, tenant = at.tenant.tenantId): Promise<Answer> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: at.tenant.clientId,
      scope: MANAGEMENT,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...fields,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return send(at, 'POST', `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`, { headers, body: form.toString() });
  }

  const assertion = (audience = AUDIENCE, overrides: Parameters<typeof job>[1] = {}): Promise<string> =>
    at.hosts.issuer.idToken(job(at.world, overrides).job, audience);

  it('exchanges the ID token of an environment job for an access token, with the real SDKs', async () => {
    const result = await client(at.environment(job(at.world)), 'token', at.tenant.tenantId, at.tenant.clientId, MANAGEMENT);
    const { token } = result.value as { token: string };
    expect(decodeJwt(token)).toMatchObject({
      aud: 'https://management.azure.com',
      iss: `https://sts.windows.net/${at.tenant.tenantId}/`,
      appid: at.tenant.clientId,
    });
    expect(at.world.directory.lastSignedIn?.clientId).toBe(at.tenant.clientId);
    expect(at.world.requests.surprises).toEqual([]);
  });

  it('tells the SDK of an unknown subject with AADSTS700213 and the subject', async () => {
    const env = at.environment(job(at.world, { environment: 'staging' }));
    const result = await client(env, 'token', at.tenant.tenantId, at.tenant.clientId, MANAGEMENT);
    expect(result).toHaveProperty('error');
    expect((result as { error: string }).error).toMatch(/AADSTS700213: .*repo:contoso@900800\/platform@700100200:environment:staging/);
  });

  it('gives the SDK a network error while Entra is unreachable', async () => {
    at.world.faults.entraUnreachable = true;
    const result = await client(at.environment(job(at.world)), 'token', at.tenant.tenantId, at.tenant.clientId, MANAGEMENT);
    expect((result as { error: string }).error).not.toMatch(/AADSTS/);
  });

  it.each([
    ['https://management.azure.com//.default', 'https://management.azure.com/'],
    ['https://vault.azure.net/.default', 'https://vault.azure.net'],
    ['https://storage.azure.com/.default openid profile', 'https://storage.azure.com'],
    ['6dae42f8-4368-4678-94ff-3960e28e3630/.default', '6dae42f8-4368-4678-94ff-3960e28e3630'],
  ])('makes scope %s into audience %s', async (scope, audience) => {
    at.world.directory.accessTokenSeconds = 90;
    const answer = await exchange(await assertion(), { scope });
    const { access_token, expires_in } = answer.body as { access_token: string; expires_in: number };
    at.world.directory.accessTokenSeconds = 3600;
    expect(decodeJwt(access_token).aud).toBe(audience);
    expect(expires_in).toBe(90);
  });

  it.each<[string, () => Promise<Answer>, string, number]>([
    [
      'an unknown application',
      async () => exchange(await assertion(), { client_id: 'b0b0b0b0-0000-4000-8000-000000000000' }),
      'AADSTS700016',
      400,
    ],
    ['another audience', async () => exchange(await assertion('https://github.com/contoso')), 'AADSTS700212', 401],
    [
      'a pull request of another repository',
      async () => exchange(await assertion(AUDIENCE, { environment: undefined, repositoryId: 5, eventName: 'pull_request' })),
      'AADSTS700213',
      401,
    ],
    ['another tenant', async () => exchange(await assertion(), {}, '99999999-0000-4000-8000-000000000000'), 'AADSTS90002', 400],
    ['an unknown resource', async () => exchange(await assertion(), { scope: 'https://example.org/.default' }), 'AADSTS500011', 400],
    ['a scope without /.default', async () => exchange(await assertion(), { scope: 'https://vault.azure.net/user' }), 'AADSTS1002012', 400],
    ['no assertion', async () => exchange(''), 'AADSTS7000218', 401],
    ['text that is no JWT', async () => exchange('nonsense'), 'AADSTS50027', 400],
    ['another grant', async () => exchange(await assertion(), { grant_type: 'password' }), 'AADSTS70003', 400],
    ['a missing scope', async () => exchange(await assertion(), { scope: '' }), 'AADSTS900144', 400],
  ])('refuses %s', async (_what, ask, code, status) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      error_codes: [Number(code.replace('AADSTS', ''))],
      error_description: expect.stringMatching(new RegExp(`^${code}: .*Trace ID: .*Correlation ID: .*Timestamp: `)),
    });
  });

  it('refuses an assertion after its five minutes', async () => {
    const old = await assertion();
    at.world.clock.advance(301_000);
    expect((await exchange(old)).body).toMatchObject({ error: 'invalid_client', error_codes: [700024] });
    expect((await exchange(await assertion())).status).toBe(200);
  });

  it('refuses an assertion somebody else signed', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const forge = (issuer: string): Promise<string> =>
      new SignJWT({ sub: at.world.github.subject(job(at.world).job) })
        .setProtectedHeader({ alg: 'RS256', kid: 'github-actions' })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setExpirationTime('5 minutes')
        .sign(privateKey);
    expect((await exchange(await forge('https://token.actions.githubusercontent.com'))).body).toMatchObject({ error_codes: [700027] });
    expect((await exchange(await forge('https://gitlab.com'))).body).toMatchObject({ error_codes: [700211] });
  });

  it('serves discovery, and is loud about everything else', async () => {
    const base = 'https://login.microsoftonline.com';
    const discovery = await send(
      at,
      'GET',
      `${base}/common/discovery/instance?api-version=1.1&authorization_endpoint=${base}/t1/oauth2/v2.0/authorize`,
    );
    expect(discovery.body).toMatchObject({ tenant_discovery_endpoint: `${base}/t1/v2.0/.well-known/openid-configuration` });
    const configuration = await send(at, 'GET', `${base}/${at.tenant.tenantId}/v2.0/.well-known/openid-configuration`);
    expect(configuration.body).toMatchObject({ token_endpoint: `${base}/${at.tenant.tenantId}/oauth2/v2.0/token` });
    const unmodelled = await send(at, 'GET', `${base}/${at.tenant.tenantId}/oauth2/authorize?x=1`);
    expect(unmodelled.status).toBe(501);
    expect(at.world.requests.surprises.pop()).toContain('does not model GET https://login.microsoftonline.com/');
  });
});
