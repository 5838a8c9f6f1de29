import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import path from 'node:path';
import { PROJECT, Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';
import { leaks, plantedIn } from './support/planted.js';
import { terraformState } from './support/state.js';

jest.setTimeout(120_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start({ workflow: path.join(PROJECT, 'examples/production.yml') });
});

afterAll(async () => {
  await rehearsal.stop();
});

const PRODUCTION = { topology: 'production' };

const namesOf = (type: string): string[] => rehearsal.world.resources.list(type).map(({ name }) => name);

describe('production, pass 1', () => {
  it('resumes after Azure refused the database server, and makes only what is missing', async () => {
    rehearsal.world.faults.terraformCreate = {
      match: /^azurerm_postgresql_flexible_server$/,
      message:
        'creating Flexible Server: LocationIsOfferRestricted: Subscriptions are restricted from provisioning in location westeurope.',
    };
    const refused = await runPass(rehearsal, { pass: 1, with: PRODUCTION });
    rehearsal.world.faults.terraformCreate = undefined;
    expect(expectFailure(refused, 'provision-failed').detail).toContain('LocationIsOfferRestricted');

    expectSuccess(await runPass(rehearsal, { pass: 1, with: PRODUCTION }));
    const made = rehearsal.providers.log.filter(({ action, error, name }) => action === 'create' && error === undefined && name !== '');
    const labels = made.map(({ type, name }) => `${type} ${name}`);
    expect(labels.filter((label, index) => labels.indexOf(label) !== index)).toEqual([]);
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
    expect(leaks(plantedIn(rehearsal), [{ name: 'state', text: state }])).toEqual([]);
  });

  it('is refused for pass 2, which has no values for it yet', async () => {
    const { detail } = expectFailure(await runPass(rehearsal, { pass: 2, with: PRODUCTION }), 'inputs-invalid');
    expect(detail).toContain('topology: "production" is available for pass 1 only');
  });
});
