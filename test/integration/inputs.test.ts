import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
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

const CONFIG =
  'location = "westeurope"\nidentifier = "-demo"\nowner = "platform-team"\ndns_label = "langsmith-demo"\nletsencrypt_email = "platform@contoso.example"\n';

describe('inputs', () => {
  it('inputs-invalid: two wrong inputs and a setting that does not exist are named in one annotation (T006)', async () => {
    await rehearsal.setConfig(`${CONFIG}langsmith_domian = "langsmith.contoso.example"\n`);
    const outcome = await runPass(rehearsal, { pass: 1, with: { 'client-id': 'my-app', 'timeout-minutes': 'soon' } });

    const { detail, fix } = expectFailure(outcome, 'inputs-invalid');
    expect(detail.split('\n')).toEqual([
      '- client-id: "my-app" is not a GUID.',
      '- timeout-minutes: "soon" is not a number from 0.1 to 120.',
      '- config: langsmith/terraform.tfvars sets langsmith_domian, which is not a setting. Did you mean langsmith_domain?',
    ]);
    expect(fix).toBe('Correct every line listed and run again; nothing was touched.');
    // Nobody was asked anything, GitHub's token included.
    expect(rehearsal.world.requests.all).toEqual([]);
  });

  it('inputs-invalid: a weak password and a secret in the configuration file are refused without showing either', async () => {
    await rehearsal.setConfig(`${CONFIG}postgres_admin_password = "Sup3rSecret!"\n`);
    const outcome = await runPass(rehearsal, { pass: 1, secrets: { LANGSMITH_ADMIN_PASSWORD: 'weakling-9' } });

    const { detail } = expectFailure(outcome, 'inputs-invalid');
    expect(detail).toMatch(/^- admin-password: needs 12 or more characters, an upper-case letter\.$/m);
    expect(detail).toMatch(/sets postgres_admin_password, which is a secret\. Remove it from the file/);
    const shown = [...outcome.step.log, outcome.step.summary].join('\n');
    expect(shown).not.toMatch(/Sup3rSecret|weakling-9/);
  });

  it('goes on once everything is right', async () => {
    await rehearsal.setConfig(CONFIG);
    const outcome = await runPass(rehearsal, { pass: 1, command: 'plan' });
    expectSuccess(outcome);
    expect(outcome.outputs['has-changes']).toBe('true');
  });
});
