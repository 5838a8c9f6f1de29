import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { deployerToken, send, stage, type Answer, type Stage } from './support.js';

const SUBSCRIPTION = '/subscriptions/22222222-aaaa-4bbb-8ccc-000000000002';
const GROUP = `${SUBSCRIPTION}/resourceGroups/langsmith`;
const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/langsmith-kv`;
const CLUSTER = `${GROUP}/providers/Microsoft.ContainerService/managedClusters/langsmith-aks`;
const VERSION = '?api-version=2026-01-01';

// Each SDK starts in a process of its own, next to azurite.
jest.setTimeout(60_000);

describe('ArmHost', () => {
  let at: Stage;
  beforeAll(async () => {
    at = await stage();
    const { resources, vaults } = at.world;
    resources.put({ id: GROUP, type: 'Microsoft.Resources/resourceGroups', name: 'langsmith', location: 'eastus', properties: {} });
    resources.put({ id: VAULT, type: 'Microsoft.KeyVault/vaults', name: 'langsmith-kv', location: 'eastus', properties: {} });
    resources.put({
      id: CLUSTER,
      type: 'Microsoft.ContainerService/managedClusters',
      name: 'langsmith-aks',
      location: 'eastus',
      properties: {},
    });
    const vault = { tenantId: at.tenant.tenantId, networkDefault: 'Deny' as const, allowedIps: [], secrets: new Map() };
    vaults.live.set('langsmith-kv', {
      ...vault,
      name: 'langsmith-kv',
      resourceId: VAULT,
      uri: 'https://langsmith-kv.vault.azure.net/',
      purgeProtection: true,
    });
    vaults.softDeleted.set('old-kv', {
      ...vault,
      name: 'old-kv',
      resourceId: `${GROUP}/providers/Microsoft.KeyVault/vaults/old-kv`,
      uri: 'https://old-kv.vault.azure.net/',
      purgeProtection: false,
    });
    at.world.addCluster({
      name: 'langsmith-aks',
      resourceId: CLUSTER,
      fqdn: 'langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io',
      oidcIssuerUrl: 'https://eastus.oic.prod-aks.azure.com/t/u/',
      kubernetesVersion: '1.35',
      localAccountDisabled: true,
      nodePools: [{ name: 'default', vmSize: 'Standard_D8s_v5', minCount: 1, maxCount: 5, labels: {}, taints: [] }],
    });
  });
  afterAll(() => at.stop());

  async function ask(method: string, path: string, body?: object, token?: string): Promise<Answer> {
    const authorization = `Bearer ${token ?? (await deployerToken(at, 'https://management.azure.com'))}`;
    const headers = { authorization, 'content-type': 'application/json' };
    return send(at, method, `https://management.azure.com${path}`, { headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  }
  const code = (answer: Answer): string | undefined => (answer.body as { error?: { code?: string } }).error?.code;

  it('shows the subscription, and does not know another', async () => {
    expect((await ask('GET', `${SUBSCRIPTION}${VERSION}`)).body).toMatchObject({ state: 'Enabled', tenantId: at.tenant.tenantId });
    const other = await ask('GET', `/subscriptions/33333333-0000-4000-8000-000000000000${VERSION}`);
    expect([other.status, code(other)]).toEqual([404, 'SubscriptionNotFound']);
  });

  it('demands a timely token for itself, an api-version and a role', async () => {
    expect(code(await ask('GET', `${SUBSCRIPTION}${VERSION}`, undefined, 'nonsense'))).toBe('InvalidAuthenticationToken');
    const foreign = await ask('GET', `${SUBSCRIPTION}${VERSION}`, undefined, await deployerToken(at, 'https://vault.azure.net'));
    expect([foreign.status, code(foreign)]).toEqual([401, 'InvalidAuthenticationToken']);
    expect(code(await ask('GET', SUBSCRIPTION))).toBe('MissingApiVersionParameter');

    const stranger = at.world.directory.addPrincipal({ name: 'stranger', kind: 'app' });
    const refused = await ask(
      'GET',
      `${GROUP}${VERSION}`,
      undefined,
      await at.world.directory.mint(stranger, 'https://management.azure.com'),
    );
    expect([refused.status, code(refused)]).toEqual([403, 'AuthorizationFailed']);
    expect(refused.text).toContain(`'Microsoft.Resources/resourceGroups/read' over scope '${GROUP}'`);

    const old = await deployerToken(at, 'https://management.azure.com');
    at.world.clock.advance(3_601_000);
    expect(code(await ask('GET', `${SUBSCRIPTION}${VERSION}`, undefined, old))).toBe('ExpiredAuthenticationToken');
    expect((await send(at, 'GET', `https://management.azure.com${SUBSCRIPTION}${VERSION}`)).status).toBe(401);
  });

  it('reads groups and resources, and says which of the two is missing', async () => {
    expect((await ask('HEAD', `${GROUP}${VERSION}`)).status).toBe(204);
    expect((await ask('HEAD', `${SUBSCRIPTION}/resourcegroups/none${VERSION}`)).status).toBe(404);
    expect((await ask('GET', `${GROUP.toUpperCase()}${VERSION}`)).body).toMatchObject({ name: 'langsmith', location: 'eastus' });
    expect(code(await ask('GET', `${GROUP}x${VERSION}`))).toBe('ResourceGroupNotFound');
    expect(code(await ask('GET', `${VAULT}x${VERSION}`))).toBe('ResourceNotFound');
    expect(code(await ask('GET', `${GROUP}x/providers/Microsoft.KeyVault/vaults/v${VERSION}`))).toBe('ResourceGroupNotFound');
    const vaults = await ask('GET', `${SUBSCRIPTION}/providers/Microsoft.KeyVault/vaults${VERSION}`);
    expect((vaults.body as { value: { name: string }[] }).value.map(({ name }) => name)).toEqual(['langsmith-kv']);
    const elsewhere = await ask('GET', `${SUBSCRIPTION}/resourceGroups/langsmith-state/providers/Microsoft.KeyVault/vaults${VERSION}`);
    expect(elsewhere.body).toEqual({ value: [] });
  });

  it('opens the firewall of a vault', async () => {
    expect((await ask('GET', `${VAULT}${VERSION}`)).body).toMatchObject({
      properties: { networkAcls: { defaultAction: 'Deny', ipRules: [] }, enablePurgeProtection: true },
    });
    const networkAcls = { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.10/32' }] };
    const patched = await ask('PATCH', `${VAULT}${VERSION}`, { properties: { networkAcls } });
    expect(patched.body).toMatchObject({ properties: { networkAcls: { ipRules: [{ value: '203.0.113.10/32' }] } } });
    expect(at.world.vaults.live.get('langsmith-kv')?.allowedIps).toEqual(['203.0.113.10']);
    expect((await ask('PATCH', `${VAULT}${VERSION}`, { tags: { a: 'b' } })).status).toBe(400);
  });

  it('knows taken names: live, soft-deleted and badly formed', async () => {
    const check = async (namespace: string, name: string): Promise<unknown> =>
      (await ask('POST', `${SUBSCRIPTION}/providers/${namespace}/checkNameAvailability${VERSION}`, { name, type: 'x' })).body;
    expect(await check('Microsoft.KeyVault', 'free-kv')).toEqual({ nameAvailable: true });
    expect(await check('Microsoft.KeyVault', 'Old-KV')).toMatchObject({ nameAvailable: false, reason: 'AlreadyExists' });
    expect(await check('Microsoft.KeyVault', '1-bad')).toMatchObject({ reason: 'AccountNameInvalid' });
    expect(await check('Microsoft.Storage', at.tenant.stateAccount)).toMatchObject({ reason: 'AlreadyExists' });
    expect(await check('Microsoft.Storage', 'Upper')).toMatchObject({ reason: 'AccountNameInvalid' });
    expect(await check('Microsoft.Storage', 'free0account')).toEqual({ nameAvailable: true });
    const deleted = await ask('GET', `${SUBSCRIPTION}/providers/Microsoft.KeyVault/deletedVaults${VERSION}`);
    expect((deleted.body as { value: { name: string }[] }).value.map(({ name }) => name)).toEqual(['old-kv']);
    const one = `${SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults`;
    expect((await ask('GET', `${one}/old-kv${VERSION}`)).status).toBe(200);
    expect(code(await ask('GET', `${one}/none${VERSION}`))).toBe('DeletedVaultNotFound');
  });

  it('gives the kubeconfig that would ask for a device code, and no admin credential', async () => {
    expect((await ask('GET', `${CLUSTER}${VERSION}`)).body).toMatchObject({
      properties: { fqdn: 'langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io', disableLocalAccounts: true, kubernetesVersion: '1.35' },
    });
    const answer = await ask('POST', `${CLUSTER}/listClusterUserCredential${VERSION}`);
    const [{ value }] = (answer.body as { kubeconfigs: [{ value: string }] }).kubeconfigs;
    const kubeconfig = parse(Buffer.from(value, 'base64').toString('utf8')) as { clusters: object[]; users: object[] };
    expect(kubeconfig.clusters[0]).toMatchObject({ cluster: { server: 'https://langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io:443' } });
    expect(kubeconfig.users[0]).toMatchObject({ user: { exec: { command: 'kubelogin', args: expect.arrayContaining(['devicecode']) } } });
    const admin = await ask('POST', `${CLUSTER}/listClusterAdminCredential${VERSION}`);
    expect(admin.status).toBe(400);
    expect(admin.text).toContain('Getting static credential is not allowed');
  });

  it('T091 hands out the keys of a cache to who may list them', async () => {
    const managed = `${GROUP}/providers/Microsoft.Cache/redisEnterprise/langsmith-redis`;
    const classic = `${GROUP}/providers/Microsoft.Cache/redis/langsmith-cache`;
    const { resources, dataStores, directory } = at.world;
    resources.put({ id: managed, type: 'Microsoft.Cache/redisEnterprise', name: 'langsmith-redis', properties: {} });
    resources.put({ id: classic, type: 'Microsoft.Cache/redis', name: 'langsmith-cache', properties: {} });
    const store = { kind: 'redis' as const, tls: true, ports: [10_000] };
    dataStores.add({ ...store, host: 'a.eastus.redis.azure.net', resourceId: managed, passwords: ['one/+=', 'two'] });
    dataStores.add({ ...store, host: 'b.redis.cache.windows.net', resourceId: classic, passwords: ['three', 'four'] });
    const path = `${managed}/databases/default/listKeys?api-version=2025-07-01`;
    expect((await ask('POST', path)).body).toEqual({ primaryKey: 'one/+=', secondaryKey: 'two' });
    expect((await ask('POST', `${classic}/listKeys?api-version=2024-11-01`)).body).toEqual({ primaryKey: 'three', secondaryKey: 'four' });

    const reader = directory.addPrincipal({ name: 'reader', kind: 'app' });
    resources.assign({ id: '/reader', scope: GROUP, principalId: reader.objectId, roleName: 'Reader' });
    const refused = await ask('POST', path, undefined, await directory.mint(reader, 'https://management.azure.com'));
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining("'Microsoft.Cache/redisEnterprise/databases/listKeys/action'"),
    ]);
    expect(code(await ask('POST', `${classic}x/listKeys?api-version=2024-11-01`))).toBe('ResourceNotFound');
    dataStores.add({ ...store, host: 'a.eastus.redis.azure.net', resourceId: managed, passwords: [] });
    expect((await ask('POST', path)).status).toBe(400);
  });

  it('lists the permissions of the caller, role by role', async () => {
    const { value } = (await ask('GET', `${GROUP}/providers/Microsoft.Authorization/permissions${VERSION}`)).body as {
      value: { actions: string[]; notActions: string[] }[];
    };
    expect(value).toHaveLength(2);
    expect(value[0]).toMatchObject({ actions: ['*'], notActions: expect.arrayContaining(['Microsoft.Authorization/*/Write']) });
  });

  it('is loud about the rest', async () => {
    const put = await ask('PUT', `${GROUP}/providers/Microsoft.Network/virtualNetworks/v${VERSION}`, { location: 'eastus' });
    expect([put.status, code(put)]).toEqual([501, 'NotModelled']);
    expect((await ask('GET', `${SUBSCRIPTION}/providers/Microsoft.Compute/locations/eastus/vmSizes${VERSION}`)).status).toBe(501);
    expect((await ask('GET', `${SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks${VERSION}`)).status).toBe(501);
    expect(at.world.requests.surprises.splice(0)).toEqual([
      `the rehearsal does not model PUT https://management.azure.com${GROUP}/providers/Microsoft.Network/virtualNetworks/v${VERSION}`,
      expect.stringContaining('/locations/eastus/vmSizes'),
      expect.stringContaining('virtualNetworks'),
    ]);
  });
});
