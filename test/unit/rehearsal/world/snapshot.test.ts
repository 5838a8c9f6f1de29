import { deserialize, serialize } from 'node:v8';
import { describe, expect, it } from '@jest/globals';
import { prepareTenant } from '../../../../rehearsal/hosts/setup.js';
import { Ledger, type LedgerSnapshot } from '../../../../rehearsal/terraform/ledger.js';
import type { Vault } from '../../../../rehearsal/world/vaults.js';
import { World, type WorldOptions, type WorldSnapshot } from '../../../../rehearsal/world/world.js';

const DAY_MS = 86_400_000;
const CLUSTER = {
  name: 'langsmith-aks',
  resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/langsmith-aks',
  fqdn: 'langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io',
  oidcIssuerUrl: 'https://eastus.oic.prod-aks.azure.com/tenant/cluster/',
  kubernetesVersion: '1.35.7',
  localAccountDisabled: true,
  nodePools: [{ name: 'default', vmSize: 'Standard_D8s_v5', minCount: 1, maxCount: 3, labels: {}, taints: [] }],
};

function vault(name: string): Vault {
  const resourceId = `/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/${name}`;
  const uri = `https://${name}.vault.azure.net/`;
  return { name, resourceId, tenantId: 't', uri, networkDefault: 'Allow', allowedIps: [], purgeProtection: true, secrets: new Map() };
}

/** As if the process had ended in between. */
async function reborn(world: World, options?: Partial<WorldOptions>): Promise<World> {
  return World.restore(deserialize(serialize(world.snapshot())) as WorldSnapshot, options);
}

describe('the snapshot of a world', () => {
  it('has the tenant: principals, what they trust, who signed in last; tokens of before are void', async () => {
    const world = await World.create({ repository: 'contoso/other' });
    const tenant = prepareTenant(world, { environmentSubjects: ['production'] });
    const deployer = world.directory.byClientId(tenant.clientId);
    if (!deployer) throw new Error('no deployer');
    world.directory.lastSignedIn = deployer;
    const old = await world.directory.mint(deployer, 'https://vault.azure.net');

    const again = await reborn(world);
    expect(again.options).toEqual(world.options);
    expect(again.directory.principals).toEqual(world.directory.principals);
    expect(again.deployer()).toBe(again.directory.byClientId(tenant.clientId));
    const [trusted] = deployer.federatedCredentials;
    const assertion = { issuer: trusted?.issuer ?? '', subject: trusted?.subject ?? '', audience: 'api://AzureADTokenExchange' };
    expect(again.directory.federate(tenant.clientId, assertion)).toEqual(deployer);
    expect(await again.directory.verify(old, ['https://vault.azure.net'])).toBeUndefined();
    const fresh = await again.directory.mint(again.deployer(), 'https://vault.azure.net');
    expect(await again.directory.verify(fresh, ['https://vault.azure.net'])).toMatchObject({ oid: deployer.objectId });
  });

  it('has resources and grants, and a grant is believed no sooner than before', async () => {
    const world = await World.create();
    world.clock.advance(DAY_MS);
    const { resources } = world;
    resources.put({ id: '/Sub/A', type: 'T/a', name: 'A', tags: { owner: 'me' }, properties: { list: [1, { deep: null }] } });
    resources.assign({ id: '/ra/1', scope: '/Sub/A', principalId: 'P', roleName: 'Reader' });
    resources.assign({ id: '/ra/2', scope: '/Sub/A', principalId: 'P', roleName: 'Owner' }, 60_000);

    const again = await reborn(world);
    expect(again.clock.now() - Date.now()).toBeGreaterThan(DAY_MS - 5000);
    expect(again.resources.list()).toEqual(resources.list());
    expect(again.resources.get('/sub/a')?.tags).toEqual({ owner: 'me' });
    expect(again.resources.rolesAt('p', '/sub/a/below')).toEqual(['Reader']);
    again.clock.advance(60_000);
    expect(again.resources.rolesAt('p', '/sub/a/below')).toEqual(['Reader', 'Owner']);
  });

  it('has live and soft-deleted vaults with every version of every secret', async () => {
    const world = await World.create();
    const { vaults } = world;
    for (const name of ['first', 'second']) {
      const value = vault(`langsmith-${name}`);
      vaults.setSecret(value, 'key', 'one', undefined, 1);
      vaults.setSecret(value, 'key', `two of ${name}`, 'text/plain', 2);
      (name === 'first' ? vaults.live : vaults.softDeleted).set(value.name, value);
    }
    const again = await reborn(world);
    expect([...again.vaults.live]).toEqual([...vaults.live]);
    expect([...again.vaults.softDeleted]).toEqual([...vaults.softDeleted]);
    const kept = again.vaults.live.get('langsmith-first');
    expect(kept && again.vaults.secret(kept, 'key')?.value).toBe('two of first');
    expect(again.vaults.softDeleted.get('langsmith-second')?.secrets.get('key')).toHaveLength(2);
  });

  it('has the repository, and hands out no number twice', async () => {
    const world = await World.create({ immutableSubjects: true });
    const { github } = world;
    github.immutableSubjects = false;
    github.comments.push({ id: github.nextId(), issue: 7, author: 'mona', body: 'plan' });
    github.openIssue({ author: 'mona', title: 'drift', body: 'x' });
    github.hasIssues = false;
    github.environments.set('production', { name: 'production', reviewers: ['reviewer'] });
    github.cacheEntries.set('v/plugins', Buffer.from([0, 255, 10]));

    const again = await reborn(world);
    expect(again.github.immutableSubjects).toBe(false);
    expect(again.github.comments).toEqual(github.comments);
    expect([again.github.issues, again.github.hasIssues]).toEqual([github.issues, false]);
    expect(again.github.openIssue({ author: 'mona', title: 'y', body: '' }).number).toBe(102);
    expect(again.github.environments).toEqual(github.environments);
    expect(again.github.cacheEntries.get('v/plugins')?.equals(Buffer.from([0, 255, 10]))).toBe(true);
    expect(again.github.nextId()).toBe(github.nextId());
  });

  it('has clusters, which somebody has to play anew; faults, requests and changed delays are of one sitting', async () => {
    const world = await World.create({ podReadyMs: 150 });
    world.addCluster({ ...CLUSTER, handle: () => undefined });
    world.faults.entraUnreachable = true;
    world.requests.surprises.push('one');

    const again = await reborn(world, { podReadyMs: 20 });
    expect([...again.clusters.values()]).toEqual([CLUSTER]);
    expect(again.faults.entraUnreachable).toBe(false);
    expect(again.requests.surprises).toEqual([]);
    expect(again.options).toEqual({ ...world.options, podReadyMs: 20 });
  });
});

describe("the snapshot of Terraform's ledger", () => {
  it('knows the same attributes and goes on drawing new identities', async () => {
    const [world, other] = [await World.create(), await World.create()];
    const ledger = Ledger.of(world);
    ledger.record('/A', { name: 'a', list: ['x', 1, null] });
    const drawn = [ledger.hex('seed', 8), ledger.hex('seed', 8)];

    Ledger.of(other).restore(deserialize(serialize(ledger.snapshot())) as LedgerSnapshot);
    expect(Ledger.of(other).lookUp('/a')).toEqual({ name: 'a', list: ['x', 1, null] });
    const next = Ledger.of(other).hex('seed', 8);
    expect(drawn).not.toContain(next);
    expect(next).toBe(ledger.hex('seed', 8));
  });
});
