import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import path from 'node:path';
import { Observer } from '../../rehearsal/observe.js';
import { PROJECT, Rehearsal } from '../../rehearsal/rehearsal.js';
import { RunControl } from '../../rehearsal/runner/index.js';
import type { DataStore } from '../../rehearsal/world/data-stores.js';
import { errorAnnotations, expectFailure, expectSuccess } from './support/expect.js';
import { runDestroy, runPass } from './support/passes.js';
import { CACHE_KEY, leaks, plantedIn } from './support/planted.js';
import { terraformState } from './support/state.js';

jest.setTimeout(300_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  // Roles are believed at once: a secret that waits for its role would still be on its way when the run is killed, and a process killed
  // outright cannot note what Azure made meanwhile (the next run names it; see README, "When it fails").
  rehearsal = await Rehearsal.start({ workflow: path.join(PROJECT, 'examples/production.yml'), world: { rbacDelayMs: 0 } });
});

afterAll(async () => {
  await rehearsal.stop();
});

const PRODUCTION = { topology: 'production' };

const namesOf = (type: string): string[] => rehearsal.world.resources.list(type).map(({ name }) => name);

describe('production, pass 1', () => {
  it('keeps what it made when Azure refuses the database server', async () => {
    rehearsal.world.faults.terraformCreate = {
      match: /^azurerm_postgresql_flexible_server$/,
      message:
        'creating Flexible Server: LocationIsOfferRestricted: Subscriptions are restricted from provisioning in location westeurope.',
    };
    const refused = await runPass(rehearsal, { pass: 1, with: PRODUCTION });
    rehearsal.world.faults.terraformCreate = undefined;
    expect(expectFailure(refused, 'provision-failed').detail).toContain('LocationIsOfferRestricted');
    expect(namesOf('Microsoft.ContainerService/managedClusters')).toHaveLength(1);
  });

  it('run-interrupted: killed in the middle of the apply, gives the state lock back', async () => {
    rehearsal.world.faults.terraformHang = /^azurerm_postgresql_flexible_server$/;
    const control = new RunControl();
    control.killWhen(/azurerm_postgresql_flexible_server\S*: Creating/);
    const killed = await runPass(rehearsal, { pass: 1, with: PRODUCTION, control });
    rehearsal.world.faults.terraformHang = undefined;
    expect(errorAnnotations(killed).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the process was killed during provision; its state lock was given back/),
    ]);
    expect(namesOf('Microsoft.DBforPostgreSQL/flexibleServers')).toEqual([]);
  });

  it('resumes both times, and makes only what is missing', async () => {
    expectSuccess(await runPass(rehearsal, { pass: 1, with: PRODUCTION }));
    const made = rehearsal.providers.log.filter(({ action, error, name }) => action === 'create' && error === undefined && name !== '');
    const labels = made.map(({ type, name }) => `${type} ${name}`);
    expect(labels.filter((label, index) => labels.indexOf(label) !== index)).toEqual([]);
    expect(namesOf('Microsoft.DBforPostgreSQL/flexibleServers')).toHaveLength(1);
  });

  it('has three subnets, private DNS for both services, and no public endpoint on either', () => {
    const subnets = namesOf('Microsoft.Network/virtualNetworks/subnets').map((name) => name.replace(/^.*-subnet-/, 'subnet-'));
    expect(subnets.sort()).toEqual(['subnet-0', 'subnet-postgres', 'subnet-redis']);
    expect(namesOf('Microsoft.Network/privateDnsZones').sort()).toEqual([
      'privatelink.postgres.database.azure.com',
      'privatelink.redis.azure.net',
    ]);
    expect(namesOf('Microsoft.Network/privateEndpoints')).toHaveLength(1);
    expect(namesOf('Microsoft.Network/publicIPAddresses')).toEqual([]);
  });

  it('plans nothing afterwards', async () => {
    const outcome = await runPass(rehearsal, { pass: 1, command: 'plan', with: PRODUCTION });
    expectSuccess(outcome);
    expect(outcome.outputs['has-changes']).toBe('false');
  });

  it('T098 T100 stores no secret of LangSmith in the state', () => {
    const state = terraformState(rehearsal);
    expect((JSON.parse(state) as { resources: unknown[] }).resources.length).toBeGreaterThan(20);
    // The azurerm provider writes the keys of a cache there (SECURITY.md): it is the only thing that may be.
    const allowed = (planted: string): boolean => planted === CACHE_KEY;
    expect(leaks(plantedIn(rehearsal), [{ name: 'state', text: state }])).toEqual([`${CACHE_KEY} in state`]);
    expect(leaks(plantedIn(rehearsal), [{ name: 'state', text: state, allowed }])).toEqual([]);
  });
});

describe('production, pass 2', () => {
  const cache = (): DataStore => {
    const [resource] = rehearsal.world.resources.list('Microsoft.Cache/redisEnterprise');
    const store = resource && rehearsal.world.dataStores.ofResource(resource.id);
    if (store === undefined) throw new Error('there is no cache');
    return store;
  };
  const observe = async (...args: string[]): Promise<string> => {
    const observer = await Observer.of(rehearsal);
    if (observer === undefined) throw new Error('there is no cluster');
    return observer.kubectl(...args, '--namespace=langsmith');
  };

  it('T220 is verified: seven Deployments that sign in to stores outside the cluster, and ClickHouse in it', async () => {
    const outcome = await runPass(rehearsal, { pass: 2, with: PRODUCTION });
    expectSuccess(outcome);
    expect(outcome.outputs['verified']).toBe('true');
    const columns = '-o=custom-columns=NAME:.metadata.name,REPLICAS:.spec.replicas,READY:.status.readyReplicas';
    const deployments = (await observe('get', 'deployments', '--no-headers', columns)).split('\n').map((line) => line.trim().split(/\s+/));
    expect(Object.fromEntries(deployments.map(([name, replicas, ready]) => [name, `${ready ?? ''} of ${replicas ?? ''}`]))).toEqual({
      'langsmith-ace-backend': '1 of 1',
      'langsmith-backend': '3 of 3',
      'langsmith-frontend': '1 of 1',
      'langsmith-ingest-queue': '3 of 3',
      'langsmith-platform-backend': '1 of 1',
      'langsmith-playground': '1 of 1',
      'langsmith-queue': '3 of 3',
    });
    expect(await observe('get', 'statefulsets', '--no-headers', '-o=name')).toBe('statefulset.apps/langsmith-clickhouse');
    const [key = ''] = cache().passwords;
    expect(key).not.toBe('');
    // The provider keeps what it reads of a cache in its resources (SECURITY.md); nothing hands it on.
    const { outputs } = JSON.parse(terraformState(rehearsal)) as { outputs: object };
    for (const text of [JSON.stringify(outputs), outcome.step.log.join('\n')]) expect(text).not.toContain(key);
  });

  it('does nothing when nothing changed', async () => {
    const outcome = await runPass(rehearsal, { pass: 2, with: PRODUCTION });
    expectSuccess(outcome);
    expect(outcome.outputs['has-changes']).toBe('false');
  });

  it('T081 takes up a new key of the cache, and restarts who reads it', async () => {
    const store = cache();
    rehearsal.world.dataStores.add({ ...store, passwords: ['a+new/key=', ...store.passwords.slice(1)] });
    const outcome = await runPass(rehearsal, { pass: 2, with: PRODUCTION });
    expectSuccess(outcome);
    const secret = await observe('get', 'secret', 'langsmith-redis-secret', '-o=jsonpath={.data.connection_url}');
    expect(Buffer.from(secret, 'base64').toString()).toMatch(/^rediss:\/\/:a%2Bnew%2Fkey%3D@\S+:10000$/);
    const version = '-o=jsonpath={.spec.template.metadata.annotations.langsmith-azure/langsmith-redis-secret-version}';
    expect(await observe('get', 'deployment', 'langsmith-backend', version)).toBe('2');
    expect(await observe('get', 'deployment', 'langsmith-frontend', version)).toBe('');
  });

  it('is destroyed whole, and a second time there is nothing to do', async () => {
    const outcome = await runDestroy(rehearsal, { with: PRODUCTION });
    expectSuccess(outcome);
    expect(outcome.step.summary).toMatch(/azurerm\\_postgresql\\_flexible\\_server\.\S+ was destroyed/);
    const left = rehearsal.world.resources.list().filter(({ id }) => /langsmith-(rg|vnet|aks|kv|redis|postgres)|\/MC_/.test(id));
    expect(left.map(({ id }) => id)).toEqual([]);
    expect((JSON.parse(terraformState(rehearsal)) as { resources: unknown[] }).resources).toEqual([]);

    const again = await runDestroy(rehearsal, { with: PRODUCTION });
    expectSuccess(again);
    expect(again.step.summary).toContain('there is nothing to destroy');
  });
});
