import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import type { FederatedCredential } from '../../rehearsal/world/directory.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';

jest.setTimeout(120_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
});

afterAll(async () => {
  await rehearsal.stop();
});

const NOBODY = '99999999-aaaa-4bbb-8ccc-000000000009';

/** What the deploying identity trusts. */
const trusted = (): FederatedCredential[] => rehearsal.world.directory.byClientId(rehearsal.tenant.clientId)?.federatedCredentials ?? [];

describe('login', () => {
  it('login-federation: names the exact subject in its immutable form and the command that makes the next run succeed', async () => {
    trusted().length = 0;
    const refused = await runPass(rehearsal, { pass: 1, command: 'plan' });

    const subject = 'repo:contoso@900800/platform@700100200:environment:production';
    const { detail, fix } = expectFailure(refused, 'login-federation');
    expect(detail).toBe(
      `AADSTS700213: client ${rehearsal.tenant.clientId} has no federated credential for the subject this workflow sends, ${subject}`,
    );
    const [, client, parameters = ''] = /^az ad app federated-credential create --id (\S+) --parameters '(.*)'$/.exec(fix) ?? [];
    expect(client).toBe(rehearsal.tenant.clientId);
    const credential = JSON.parse(parameters) as FederatedCredential;
    expect(credential).toMatchObject({ issuer: 'https://token.actions.githubusercontent.com', subject });

    // What the command would do.
    trusted().push(credential);
    expectSuccess(await runPass(rehearsal, { pass: 1, command: 'plan' }));
  });

  it('login-federation: a repository with the old form of subjects is told the old form', async () => {
    rehearsal.world.github.immutableSubjects = false;
    const outcome = await runPass(rehearsal, { pass: 1 });
    rehearsal.world.github.immutableSubjects = true;
    expect(expectFailure(outcome, 'login-federation').fix).toContain('"subject":"repo:contoso/platform:environment:production"');
  });

  it('login-token: the job lacks the permission id-token', async () => {
    const outcome = await runPass(rehearsal, { pass: 1, permissions: { contents: 'read' } });
    const { detail, fix } = expectFailure(outcome, 'login-token');
    expect(detail).toMatch(/ACTIONS_ID_TOKEN_REQUEST_URL/);
    expect(fix).toMatch(/id-token: write/);
  });

  it('login-unreachable: the runner cannot connect to Entra', async () => {
    rehearsal.world.faults.entraUnreachable = true;
    const outcome = await runPass(rehearsal, { pass: 1 });
    rehearsal.world.faults.entraUnreachable = false;
    const { detail, fix } = expectFailure(outcome, 'login-unreachable');
    expect(detail).toContain('login.microsoftonline.com');
    expect(fix).toMatch(/port 443/);
  });

  it('login-refused: an unknown client and an unknown tenant are named', async () => {
    const client = await runPass(rehearsal, { pass: 1, with: { 'client-id': NOBODY } });
    expect(expectFailure(client, 'login-refused').detail).toMatch(new RegExp(`^AADSTS700016: .*${NOBODY}`));

    const tenant = await runPass(rehearsal, { pass: 1, with: { 'tenant-id': NOBODY } });
    const { detail, fix } = expectFailure(tenant, 'login-refused');
    expect(detail).toMatch(new RegExp(`AADSTS90002.*${NOBODY}`));
    expect(fix).toMatch(/client-id and tenant-id/);
  });

  it('login-subscription: the subscription is not one the identity can see', async () => {
    const outcome = await runPass(rehearsal, { pass: 1, with: { 'subscription-id': NOBODY } });
    const { detail, fix } = expectFailure(outcome, 'login-subscription');
    expect(detail).toMatch(new RegExp(`^subscription ${NOBODY}: HTTP 404 SubscriptionNotFound`));
    expect(fix).toMatch(/has a role on that subscription/);
  });
});
