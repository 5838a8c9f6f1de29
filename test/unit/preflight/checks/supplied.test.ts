import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createAzure } from '../../../../src/preflight/azure.js';
import type { Check } from '../../../../src/preflight/check.js';
import { evaluateSupplied, fetchSupplied, SUPPLIED_VARIABLES } from '../../../../src/preflight/checks/supplied.js';
import type { ArmResponse } from '../../../../src/tools/arm.js';
import { settingsFor } from '../settings-for.js';

const GROUP = '/subscriptions/s/resourceGroups/langsmith-rg';
const SUBNET = '/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub/subnets/data';
const delegatedTo = (...services: string[]): ArmResponse => ({
  status: 200,
  body: { properties: { delegations: services.map((serviceName) => ({ properties: { serviceName } })) } },
});
const NOT_THERE: ArmResponse = { status: 404, body: { error: { code: 'ResourceNotFound', message: 'no' } } };
const FORBIDDEN: ArmResponse = { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no authorization' } } };

/** The checks when ARM answers `answer` for every supplied resource, and `group` for the resource group. */
async function checks(variables: Record<string, string>, answer: ArmResponse, group: ArmResponse = NOT_THERE): Promise<Check[]> {
  const azure = createAzure(async (_method, path) => (path === GROUP ? group : answer), 's');
  return evaluateSupplied(await fetchSupplied(azure, settingsFor(variables), GROUP));
}

describe('supplied resources', () => {
  it('T140 are every id that the root takes for something of the user', () => {
    const declared = readdirSync('terraform/infra')
      .filter((file) => /^variables.*\.tf$/.test(file))
      .flatMap((file) =>
        [...readFileSync(`terraform/infra/${file}`, 'utf8').matchAll(/^variable "(\w+_id)"/gm)].map(([, name = '']) => name),
      )
      .filter((name) => name !== 'subscription_id');
    expect([...SUPPLIED_VARIABLES].sort()).toEqual(declared.sort());
  });

  it.each(SUPPLIED_VARIABLES)('T140 %s that does not exist is a blocker before anything is made', async (variable) => {
    expect(await checks({ [variable]: SUBNET }, NOT_THERE)).toMatchObject([
      { status: 'blocker', detail: `${SUBNET} does not exist`, fix: `Correct ${variable} in the configuration file` },
    ]);
  });

  it('asks nothing about what is not supplied, and takes a group that is not there yet for a first run', async () => {
    expect(await checks({}, NOT_THERE)).toEqual([]);
  });

  it('T034 a database subnet without its delegation is a blocker, with the command', async () => {
    const [check] = await checks({ postgres_subnet_id: SUBNET }, delegatedTo('Microsoft.Web/serverFarms'));
    expect(check).toMatchObject({
      status: 'blocker',
      fix: `az network vnet subnet update --ids ${SUBNET} --delegations Microsoft.DBforPostgreSQL/flexibleServers`,
    });
    const good = await checks({ postgres_subnet_id: SUBNET }, delegatedTo('microsoft.dbforpostgresql/flexibleservers'));
    expect(good).toMatchObject([{ status: 'ok' }]);
  });

  it('T036 a delegated subnet of Redis is a blocker', async () => {
    expect(await checks({ redis_subnet_id: SUBNET }, delegatedTo('Microsoft.Web/serverFarms'))).toMatchObject([{ status: 'blocker' }]);
    expect(await checks({ redis_subnet_id: SUBNET }, delegatedTo())).toMatchObject([{ status: 'ok' }]);
  });

  it('T035 a gateway subnet without delegation is a warning: old gateways go on', async () => {
    expect(await checks({ application_gateway_subnet_id: SUBNET }, delegatedTo())).toMatchObject([{ status: 'warning' }]);
  });

  it('T136 what a plan reads and the identity may not is a blocker; what ARM does not say stays unknown', async () => {
    expect(await checks({ vnet_id: SUBNET }, FORBIDDEN)).toMatchObject([
      { check: 'virtual network (vnet_id)', status: 'blocker', fix: expect.stringMatching(/Reader on .*time-bound role/) },
    ]);
    expect(await checks({}, NOT_THERE, FORBIDDEN)).toMatchObject([{ check: 'resource group', status: 'blocker' }]);
    expect(await checks({ vnet_id: SUBNET }, { status: 500, body: undefined })).toMatchObject([{ status: 'unknown' }]);
  });
});
