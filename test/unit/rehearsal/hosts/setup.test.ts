import { describe, expect, it } from '@jest/globals';
import { World } from '../../../../rehearsal/world/world.js';
import { prepareTenant } from '../../../../rehearsal/hosts/setup.js';

describe('prepareTenant', () => {
  it('makes what a user makes by hand: trust, roles, state storage', async () => {
    const world = await World.create();
    const tenant = prepareTenant(world, { environmentSubjects: ['production', 'a:b'], branches: ['main'] });
    const deployer = world.directory.byClientId(tenant.clientId);
    const prefix = 'repo:contoso@900800/platform@700100200';
    expect(deployer?.federatedCredentials.map(({ subject }) => subject)).toEqual([
      `${prefix}:environment:production`,
      `${prefix}:environment:a%3Ab`,
      `${prefix}:pull_request`,
      `${prefix}:ref:refs/heads/main`,
    ]);
    expect(tenant.stateAccount).toMatch(/^langsmithstate[0-9a-f]{8}$/);
    const subscription = `/subscriptions/${tenant.subscriptionId}`;
    expect(world.resources.rolesAt(deployer?.objectId ?? '', subscription)).toEqual([
      'Contributor',
      'Role Based Access Control Administrator',
    ]);
    const [container] = world.resources.list('Microsoft.Storage/storageAccounts/blobServices/containers');
    expect(container?.id).toContain(`/storageAccounts/${tenant.stateAccount}/blobServices/default/containers/${tenant.stateContainer}`);
    expect(world.resources.hasRole(deployer?.objectId ?? '', ['Storage Blob Data Contributor'], container?.id ?? '')).toBe(true);
  });

  it('uses classic subjects where the repository has them', async () => {
    const world = await World.create({ immutableSubjects: false });
    const { clientId } = prepareTenant(world, { environmentSubjects: ['production'], pullRequests: false, roles: ['Reader'] });
    const deployer = world.directory.byClientId(clientId);
    expect(deployer?.federatedCredentials.map(({ subject }) => subject)).toEqual(['repo:contoso/platform:environment:production']);
  });

  it('respects the limit of an app registration', async () => {
    const world = await World.create();
    const environmentSubjects = Array.from({ length: 20 }, (_unused, index) => `e${index}`);
    expect(() => prepareTenant(world, { environmentSubjects })).toThrow('at most 20 federated credentials');
  });
});
