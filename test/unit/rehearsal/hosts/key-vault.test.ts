import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Vault } from '../../../../rehearsal/world/vaults.js';
import { client, deployerToken, job, send, stage, type Answer, type Stage } from './support.js';

const RESOURCE = 'https://vault.azure.net';

// Each SDK starts in a process of its own, next to azurite.
jest.setTimeout(60_000);

describe('KeyVaultHost', () => {
  let at: Stage;
  let vault: Vault;
  let roleId: string;

  beforeAll(async () => {
    at = await stage();
    const { subscriptionId, tenantId } = at.world.options;
    const resourceId = `/subscriptions/${subscriptionId}/resourceGroups/langsmith/providers/Microsoft.KeyVault/vaults/langsmith-kv`;
    at.world.resources.put({ id: resourceId, type: 'Microsoft.KeyVault/vaults', name: 'langsmith-kv', location: 'eastus', properties: {} });
    vault = {
      name: 'langsmith-kv',
      resourceId,
      tenantId,
      uri: 'https://langsmith-kv.vault.azure.net/',
      networkDefault: 'Allow',
      allowedIps: [],
      purgeProtection: false,
      secrets: new Map(),
    };
    at.world.vaults.live.set(vault.name, vault);
    for (const name of ['jwt-secret', 'admin-password', 'api-key-salt'])
      at.world.vaults.setSecret(vault, name, `value of ${name}`, 'text/plain', at.world.clock.now());
    roleId = `${resourceId}/providers/Microsoft.Authorization/roleAssignments/1`;
  });
  beforeEach(() => {
    const principal = at.world.directory.byClientId(at.tenant.clientId);
    at.world.resources.assign({
      id: roleId,
      scope: vault.resourceId,
      principalId: principal?.objectId ?? '',
      roleName: 'Key Vault Secrets Officer',
    });
    vault.networkDefault = 'Allow';
    at.world.faults.vaultThrottledRequests = 0;
  });
  afterAll(() => at.stop());

  async function ask(method: string, path: string, body?: string): Promise<Answer> {
    const authorization = `Bearer ${await deployerToken(at, RESOURCE)}`;
    return send(at, method, `${vault.uri}${path}`, {
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
  }

  it('answers the real SecretClient: challenge, paging, newest version, 404, and a 429 on the way', async () => {
    const { version } = at.world.vaults.setSecret(vault, 'admin-password', 'newer', undefined, at.world.clock.now());
    at.world.faults.vaultThrottledRequests = 1;
    const result = await client(at.environment(job(at.world)), 'secrets', at.tenant.tenantId, at.tenant.clientId, vault.uri);
    expect(result).toEqual({
      value: { names: ['admin-password', 'api-key-salt', 'jwt-secret'], value: 'newer', version, missing: 'SecretNotFound' },
    });
    const statuses = at.world.requests.to('vault.azure.net').map(({ status }) => status);
    expect(statuses.slice(0, 2)).toEqual([429, 401]);
    expect(at.world.requests.surprises).toEqual([]);
  });

  it('challenges whoever brings no token, or a token for something else', async () => {
    const anonymous = await send(at, 'GET', `${vault.uri}secrets?api-version=2025-07-01`);
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers['www-authenticate']).toBe(
      `Bearer authorization="https://login.microsoftonline.com/${at.tenant.tenantId}", resource="https://vault.azure.net"`,
    );
    const authorization = `Bearer ${await deployerToken(at, 'https://management.azure.com')}`;
    expect((await send(at, 'GET', `${vault.uri}secrets?api-version=2025-07-01`, { headers: { authorization } })).status).toBe(401);
  });

  it('reads a version by name, whether or not the query name is encoded', async () => {
    const [first] = vault.secrets.get('jwt-secret') ?? [];
    const answer = await ask('GET', `secrets/jwt-secret/${first?.version ?? ''}?api%2Dversion=2026-04-01`);
    expect(answer.body).toMatchObject({
      value: 'value of jwt-secret',
      id: `${vault.uri}secrets/jwt-secret/${first?.version ?? ''}`,
      contentType: 'text/plain',
    });
    expect((await ask('GET', 'secrets/jwt-secret/0000?api-version=2026-04-01')).status).toBe(404);
    expect((await ask('GET', 'secrets/jwt-secret')).status).toBe(400);
    expect((await ask('GET', 'deletedsecrets?api-version=2026-04-01')).body).toEqual({ value: [], nextLink: null });
  });

  it('tells a missing role from a closed firewall', async () => {
    at.world.resources.unassign(roleId);
    const rbac = await ask('GET', 'secrets/jwt-secret?api-version=2026-04-01');
    expect(rbac.status).toBe(403);
    expect(rbac.body).toMatchObject({
      error: {
        code: 'Forbidden',
        innererror: { code: 'ForbiddenByRbac' },
        message: expect.stringContaining("Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'"),
      },
    });
    vault.networkDefault = 'Deny';
    const firewall = await ask('GET', 'secrets/jwt-secret?api-version=2026-04-01');
    expect(firewall.body).toMatchObject({
      error: { innererror: { code: 'ForbiddenByFirewall' }, message: expect.stringContaining('Client address: 203.0.113.10') },
    });
  });

  it('believes a grant only after its delay', async () => {
    at.world.resources.unassign(roleId);
    const principalId = at.world.directory.byClientId(at.tenant.clientId)?.objectId ?? '';
    at.world.resources.assign({ id: roleId, scope: vault.resourceId, principalId, roleName: 'Key Vault Secrets User' }, 60_000);
    expect((await ask('GET', 'secrets?api-version=2026-04-01')).status).toBe(403);
    at.world.clock.advance(60_001);
    expect((await ask('GET', 'secrets?api-version=2026-04-01')).status).toBe(200);
    expect((await ask('PUT', 'secrets/x?api-version=2026-04-01', '{"value":"v"}')).status).toBe(403);
  });

  it('lets an address range through', async () => {
    vault.networkDefault = 'Deny';
    vault.allowedIps = ['203.0.113.0/28'];
    expect((await ask('GET', 'secrets?api-version=2026-04-01')).status).toBe(200);
    vault.allowedIps = ['203.0.113.64/28'];
    expect((await ask('GET', 'secrets?api-version=2026-04-01')).status).toBe(403);
  });

  it('stores what somebody writes, and reports it as a surprise', async () => {
    const answer = await ask('PUT', 'secrets/sneaked?api-version=2026-04-01', '{"value":"in"}');
    expect(answer.status).toBe(200);
    expect(at.world.vaults.secret(vault, 'sneaked')?.value).toBe('in');
    expect(at.world.requests.surprises.pop()).toBe(
      'secret sneaked was written to vault langsmith-kv directly: Terraform is the only writer',
    );
  });

  it('does not model deletion, and has no name for a vault that is not there', async () => {
    expect((await ask('DELETE', 'secrets/jwt-secret?api-version=2026-04-01')).status).toBe(501);
    expect(at.world.requests.surprises.pop()).toContain('does not model DELETE https://langsmith-kv.vault.azure.net/secrets/jwt-secret');
    await expect(send(at, 'GET', 'https://gone.vault.azure.net/secrets')).rejects.toThrow(/502.*ENOTFOUND gone\.vault\.azure\.net/);
    expect(at.world.requests.surprises).toEqual([]);
  });
});
