import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';
import { withdrawRole } from './support/roles.js';
import { INFRA_STATE, lockState } from './support/state.js';

jest.setTimeout(120_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
});

afterAll(async () => {
  await rehearsal.stop();
});

const STATE_ROLE = 'Storage Blob Data Contributor';

describe('state', () => {
  it('state-unreachable: there is no such storage account', async () => {
    const { detail, fix } = expectFailure(
      await runPass(rehearsal, { pass: 1, with: { 'state-account': 'nosuchaccount' } }),
      'state-unreachable',
    );
    expect(detail).toMatch(/^https:\/\/nosuchaccount\.blob\.core\.windows\.net\/tfstate: ./);
    expect(fix).toMatch(/state-account and state-container/);
  });

  it('state-unreachable: there is no such container', async () => {
    const { world, tenant } = rehearsal;
    const [account] = world.resources.list('Microsoft.Storage/storageAccounts');
    const scope = account?.id ?? '';
    const principalId = world.directory.byClientId(tenant.clientId)?.objectId ?? '';
    world.resources.assign({ id: `${scope}/roleAssignments/whole-account`, scope, principalId, roleName: STATE_ROLE });
    const outcome = await runPass(rehearsal, { pass: 1, with: { 'state-container': 'nosuchcontainer' } });
    world.resources.unassign(`${scope}/roleAssignments/whole-account`);
    const { detail } = expectFailure(outcome, 'state-unreachable');
    expect(detail).toMatch(/\/nosuchcontainer: there is no such container$/);
  });

  it('state-forbidden: the role on the container was taken away; given back, the run succeeds', async () => {
    const giveBack = withdrawRole(rehearsal, STATE_ROLE);
    const outcome = await runPass(rehearsal, { pass: 1 });
    giveBack();
    const { detail, fix } = expectFailure(outcome, 'state-forbidden');
    expect(detail).toContain('AuthorizationPermissionMismatch');
    expect(fix).toBe('Grant it Storage Blob Data Contributor on the state container.');
    expectSuccess(await runPass(rehearsal, { pass: 1, command: 'plan' }));
  });

  it('state-locked: says who holds the lock since when; break-lock with that id recovers', async () => {
    const id = '5a5ef1aa-0d3c-4a4e-9d7e-7e7f6a0c2f10';
    await lockState(rehearsal, INFRA_STATE, id);
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 1, command: 'plan' }), 'state-locked');
    expect(detail.split('\n')).toEqual(
      expect.arrayContaining([`ID: ${id}`, 'Who: runner@fv-az1-42', expect.stringMatching(/^Created: 2026-11-20 08:00:00/)]),
    );
    expect(fix).toMatch(/break-lock set to the lock id/);

    const broken = await runPass(rehearsal, { pass: 1, command: 'plan', with: { 'break-lock': id } });
    expectSuccess(broken);
    expect(broken.step.annotations.map(({ level, message }) => `${level}: ${message}`)).toContainEqual(
      expect.stringContaining(`warning: the lock ${id} of ${INFRA_STATE} was broken`),
    );
  });
});
