import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass, type Outcome } from './support/passes.js';

jest.setTimeout(180_000);

const ACCOUNT = 'contosostate001';
const FOREIGN = 'somebodyelses';

describe('bootstrap-state', () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
  });
  afterAll(() => rehearsal.stop());

  const run = (command: string, inputs: Record<string, string> = {}): Promise<Outcome> =>
    runPass(rehearsal, {
      pass: 1,
      command,
      with: { 'state-account': ACCOUNT, 'state-resource-group': 'contoso-state', 'bootstrap-state': 'true', ...inputs },
    });
  const account = () => rehearsal.world.resources.list('Microsoft.Storage/storageAccounts').find(({ name }) => name === ACCOUNT);
  const writes = (): number => rehearsal.world.requests.to('management.azure.com').filter(({ method }) => method === 'PUT').length;

  it('a plan creates nothing, and says what would', async () => {
    const { fix } = expectFailure(await run('plan'), 'state-unreachable');
    expect(fix).toContain('command apply and bootstrap-state: true');
    expect(writes()).toBe(0);
  });

  it('state-unsafe: the name belongs to somebody else', async () => {
    rehearsal.world.offers.takenNames.add(FOREIGN);
    const { detail, fix } = expectFailure(await run('apply', { 'state-account': FOREIGN }), 'state-unsafe');
    expect(detail).toContain(FOREIGN);
    expect(fix).toContain('Choose another state-account');
  });

  it('state-unsafe: the account stands in another resource group', async () => {
    const { fix } = expectFailure(await run('apply', { 'state-account': rehearsal.tenant.stateAccount }), 'state-unsafe');
    expect(fix).toContain('Set state-resource-group to langsmith-state');
  });

  it('state-unsafe: an account with loose settings is refused and left alone, setting by setting', async () => {
    const inputs = { 'state-account': rehearsal.tenant.stateAccount, 'state-resource-group': 'langsmith-state' };
    const { detail, fix } = expectFailure(await run('apply', inputs), 'state-unsafe');
    expect(detail).toContain('allowBlobPublicAccess');
    expect(detail).toContain('minimumTlsVersion');
    expect(detail).not.toContain('shared keys');
    expect(fix).toContain('az storage account update');
  });

  it('apply makes a private, versioned account, waits for its role, and goes on to the state', async () => {
    const outcome = await run('apply');
    expectSuccess(outcome);
    expect(account()?.properties).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
    });
    const { resources } = rehearsal.world;
    expect(resources.get(`${account()?.id ?? ''}/blobServices/default`)?.properties).toMatchObject({
      isVersioningEnabled: true,
      deleteRetentionPolicy: { enabled: true },
      containerDeleteRetentionPolicy: { enabled: true },
    });
    expect(resources.get(`${account()?.id ?? ''}/blobServices/default/containers/tfstate`)?.properties).toEqual({ publicAccess: 'None' });
    expect(outcome.step.summary).toContain('Storage Blob Data Contributor on tfstate');
  });

  it('a second run finds everything and makes nothing', async () => {
    const before = writes();
    const outcome = await run('apply');
    expectSuccess(outcome);
    expect(writes()).toBe(before);
    expect(outcome.step.summary).toContain('everything stands');
    expect(rehearsal.world.requests.surprises).toEqual([]);
  });
});
