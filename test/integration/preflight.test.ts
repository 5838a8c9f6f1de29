import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ENVIRONMENT, Rehearsal } from '../../rehearsal/rehearsal.js';
import type { Check } from '../../src/preflight/check.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass, type Outcome } from './support/passes.js';

jest.setTimeout(120_000);

const ALL_RIGHTS = { 'id-token': 'write', contents: 'read', actions: 'read' };

/** What reads by POST; everything else that is not a GET or a HEAD would change something. */
const READS = /checkNameAvailability|\/oauth2\/v2\.0\/token/;

describe('command preflight', () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
  });
  afterAll(() => rehearsal.stop());

  const preflight = (permissions: Record<string, string> = ALL_RIGHTS): Promise<Outcome> =>
    runPass(rehearsal, { pass: 1, command: 'preflight', permissions, with: { pass: '' } });
  const checksOf = (outcome: Outcome): Check[] => JSON.parse(outcome.outputs['preflight'] ?? '[]') as Check[];
  const named = (outcome: Outcome, name: string): Check | undefined => checksOf(outcome).find(({ check }) => check === name);
  const changes = (): string[] =>
    rehearsal.world.requests.all
      .filter(
        ({ host, method, path }) =>
          /azure|microsoft|github\.com$/.test(host) && !['GET', 'HEAD', 'CONNECT'].includes(method) && !READS.test(path),
      )
      .map(({ host, method, path }) => `${method} ${host}${path}`);

  it('finds a good subscription good, says what cannot be known, and changes nothing', async () => {
    const before = rehearsal.world.resources.list().length;
    const outcome = await preflight();
    expectSuccess(outcome);
    const unknown = checksOf(outcome).filter(({ status }) => status !== 'ok');
    expect(unknown.map(({ check, status }) => [check, status])).toEqual([
      ['federated credential', 'unknown'],
      ['Key Vault firewall', 'unknown'],
    ]);
    expect(named(outcome, 'federated credential')?.detail).toContain('Microsoft Graph');
    expect(named(outcome, 'OIDC subject')?.detail).toMatch(
      /repo:contoso@900800\/platform@700100200:environment:production, in the immutable form/,
    );
    expect(named(outcome, 'approval gate')?.status).toBe('ok');
    expect(changes()).toEqual([]);
    expect(rehearsal.world.resources.list()).toHaveLength(before);
    expect(rehearsal.world.requests.surprises).toEqual([]);
    expect(outcome.step.summary).toContain('### Preflight: 0 blockers');
  });

  it('preflight-blocked: names every blocker at once, each with its fix, the rest of the report intact', async () => {
    const { offers, github } = rehearsal.world;
    const family = offers.quotas.get('standardDSv5Family');
    if (family === undefined) throw new Error('the world has no such quota');
    const before = { ...family };
    Object.assign(family, { current: 90, limit: 100 });
    offers.kubernetes.set('1.36', ['AKSLongTermSupport']);
    offers.takenLabels.add('langsmith-demo');
    offers.providers.set('Microsoft.KeyVault', 'NotRegistered');
    github.environments.set(ENVIRONMENT, { name: ENVIRONMENT, reviewers: [] });

    const outcome = await preflight();
    const { detail, fix } = expectFailure(outcome, 'preflight-blocked');
    expect(detail).toContain('Kubernetes 1.36 is only left under long-term support');
    expect(detail).toContain('90 of 100 vCPUs in use; the node pools start with 24');
    expect(detail).toContain('langsmith-demo.westeurope.cloudapp.azure.com is taken by somebody else');
    expect(fix).toMatch(/1\. .*\n2\. .*\n3\. /);
    expect(fix).toContain('Set kubernetes_version to one of 1.34, 1.35');
    expect(
      checksOf(outcome)
        .slice(0, 3)
        .map(({ status }) => status),
    ).toEqual(['blocker', 'blocker', 'blocker']);
    expect(named(outcome, 'approval gate')).toMatchObject({ status: 'warning', detail: expect.stringContaining('asks nobody') });
    expect(named(outcome, 'resource providers')).toMatchObject({
      status: 'warning',
      fix: 'az provider register --namespace Microsoft.KeyVault --wait',
    });
    expect(changes()).toEqual([]);

    Object.assign(family, before);
    offers.kubernetes.set('1.36', ['KubernetesOfficial']);
    offers.takenLabels.clear();
    offers.providers.set('Microsoft.KeyVault', 'Registered');
    github.environments.set(ENVIRONMENT, { name: ENVIRONMENT, reviewers: ['reviewer'] });
  });

  it('T070 T096: looks at managed PostgreSQL and Redis where they are chosen', async () => {
    const config = await readFile(rehearsal.configFile, 'utf8');
    await rehearsal.setConfig(`${config}\npostgres_source = "external"\nredis_source = "external"\n`);
    const good = await preflight();
    expectSuccess(good);
    expect(named(good, 'PostgreSQL')?.detail).toBe('westeurope offers version 16 on GP_Standard_D2ds_v5');
    expect(named(good, 'PostgreSQL quota')?.status).toBe('ok');
    expect(named(good, 'name of the PostgreSQL server')?.status).toBe('ok');
    expect(named(good, 'Managed Redis capacity')?.status).toBe('unknown');

    rehearsal.world.offers.postgres = undefined;
    const { detail } = expectFailure(await preflight(), 'preflight-blocked');
    expect(detail).toContain('offers no flexible server to this subscription, whose offer is PayAsYouGo_2014-09-01');
    expect(rehearsal.world.requests.surprises).toEqual([]);
    await rehearsal.setConfig(config);
  });

  it('T034 T140: looks up what is supplied, and whether the database may be put there', async () => {
    const { resources, options } = rehearsal.world;
    const network = `/subscriptions/${options.subscriptionId}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub`;
    const subnet = { type: 'Microsoft.Network/virtualNetworks/subnets', name: 'data', properties: {} };
    resources.put({ id: network, type: 'Microsoft.Network/virtualNetworks', name: 'hub', properties: {} });
    resources.put({ ...subnet, id: `${network}/subnets/data` });
    const config = await readFile(rehearsal.configFile, 'utf8');
    const supplied = ['postgres', 'redis'].map((service) => `${service}_source = "external"\n${service}_subnet_id = `);
    await rehearsal.setConfig(
      `${config}\nvnet_id = "${network}"\naks_service_cidr = "172.20.0.0/16"\n${supplied[0]}"${network}/subnets/data"\n${supplied[1]}"${network}/subnets/none"\n`,
    );
    const { detail, fix } = expectFailure(await preflight(), 'preflight-blocked');
    expect(detail).toContain(`${network}/subnets/data is not delegated to Microsoft.DBforPostgreSQL/flexibleServers`);
    expect(detail).toContain(`${network}/subnets/none does not exist`);
    expect(fix).toContain('Correct redis_subnet_id in the configuration file');
    expect(rehearsal.world.requests.surprises).toEqual([]);
    await rehearsal.setConfig(config);
  });

  it('leaves unknown what a service or a permission does not say', async () => {
    rehearsal.world.offers.broken.add('Microsoft.Compute');
    const outcome = await preflight({ 'id-token': 'write', contents: 'read' });
    expectSuccess(outcome);
    expect(named(outcome, 'VM sizes')).toMatchObject({
      status: 'unknown',
      detail: expect.stringContaining('InternalServerError'),
    });
    expect(named(outcome, 'vCPU quota')?.status).toBe('unknown');
    expect(named(outcome, 'approval gate')).toMatchObject({
      status: 'unknown',
      detail: expect.stringContaining('actions: read'),
    });
    rehearsal.world.offers.broken.clear();
  });

  it('T130: asks ARM what is allowed, and names the role that is missing', async () => {
    const { resources } = rehearsal.world;
    const admin = resources.assignments().find(({ roleName }) => roleName === 'Role Based Access Control Administrator');
    if (admin === undefined) throw new Error('the deployer has no right to assign roles');
    resources.unassign(admin.id);
    const { detail, fix } = expectFailure(await preflight(), 'preflight-blocked');
    expect(detail).toContain('Microsoft.Authorization/roleAssignments/write');
    expect(fix).toContain("--role 'Role Based Access Control Administrator'");
    resources.assign(admin);
  });

  it('reports the subject and the command that trusts it even when the login fails', async () => {
    const deployer = rehearsal.world.directory.byClientId(rehearsal.tenant.clientId);
    const credentials = deployer?.federatedCredentials.splice(0) ?? [];
    const outcome = await preflight();
    const { detail, fix } = expectFailure(outcome, 'preflight-blocked');
    expect(detail).toContain('login-federation: AADSTS700213');
    expect(fix).toContain(`az ad app federated-credential create --id ${rehearsal.tenant.clientId}`);
    expect(fix).toContain('az identity federated-credential create --identity-name NAME --resource-group GROUP');
    expect(fix).toContain('repo:contoso@900800/platform@700100200:environment:production');
    expect(named(outcome, 'configuration')?.status).toBe('ok');
    expect(named(outcome, 'approval gate')?.status).toBe('ok');
    deployer?.federatedCredentials.push(...credentials);
    expectSuccess(await preflight());
  });
});
