import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { toDeployError } from '../../../src/errors.js';
import type { ContainerAnswer } from '../../../src/tools/blob.js';
import { explainState, openState, readState } from '../../../src/phases/state.js';
import { PrivateDirectory } from '../../../src/private-directory.js';
import { TerraformError, type Diagnostic } from '../../../src/tools/terraform.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';
import { GUID, inputsOf, sessionOf } from '../../fakes/session.js';
import { recorded } from '../../fixtures/terraform.js';

const LOCK_ID = '4e78cac6-da20-fb5a-305c-f6da4f6fd9a5';

/** The error the wrapper makes of a recorded `-json` log. */
function errorOf(command: string, log: string): TerraformError {
  const diagnostics = log
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { diagnostic?: Diagnostic }).diagnostic)
    .filter((diagnostic) => diagnostic?.severity === 'error');
  return new TerraformError(command, diagnostics as Diagnostic[]);
}
const textError = (command: string, text: string): TerraformError =>
  new TerraformError(command, [{ severity: 'error', summary: 'exit code 1', detail: text }]);

describe('explainState, given what terraform printed', () => {
  it.each([
    ['a lock somebody holds', errorOf('plan', recorded('plan-locked.jsonl')), 'state-locked'],
    ['a break-lock with another id', textError('force-unlock', recorded('force-unlock-other-id.txt')), 'state-locked'],
    ['init without the role', errorOf('init', recorded('init-forbidden.jsonl')), 'state-forbidden'],
    ['plan without the role', errorOf('plan', recorded('plan-forbidden.jsonl')), 'state-forbidden'],
    ['show without the role', textError('show', recorded('show-forbidden.txt')), 'state-forbidden'],
    ['force-unlock without the role', textError('force-unlock', recorded('force-unlock-forbidden.txt')), 'state-forbidden'],
    ['a name nobody knows', textError('init', 'dial tcp: lookup state.blob.core.windows.net: no such host'), 'state-unreachable'],
    ['Entra', textError('init', 'AADSTS700213: No matching federated identity record found'), 'login-federation'],
  ])('%s', (_, error, reason) => {
    expect(toDeployError(explainState(error, inputsOf(), sessionOf())).reason).toBe(reason);
  });

  it('shows who holds the lock and its id, which break-lock wants', () => {
    const { detail } = toDeployError(explainState(errorOf('plan', recorded('plan-locked.jsonl')), inputsOf(), sessionOf()));
    expect(detail.split('\n')).toEqual([
      'state/tfstate/langsmith-azure/production/infra.tfstate',
      `ID: ${LOCK_ID}`,
      'Operation: OperationTypeApply',
      'Who: root@vm',
      'Created: 2026-11-22 08:56:05.469347245 +0000 UTC',
    ]);
  });

  it.each([
    ['a refusal of one resource', errorOf('apply', recorded('apply-resource-failed.jsonl'))],
    ['a variable that is wrong', errorOf('plan', recorded('plan-invalid.jsonl'))],
    ['what is no error of terraform', new Error('x')],
  ])('has nothing to say about %s', (_, error) => {
    expect(explainState(error, inputsOf(), sessionOf())).toBe(error);
  });
});

describe('readState', () => {
  it('finds nothing in an empty state', () => {
    expect(readState(JSON.parse(recorded('show-empty.json')))).toEqual({
      exists: false,
      resources: [],
      vaultUri: undefined,
      writtenSecrets: new Map(),
      outputs: {},
    });
  });

  it('reads a recorded state', () => {
    expect(readState(JSON.parse(recorded('show-state.json')))).toMatchObject({ exists: true, outputs: { shown: { value: 'a' } } });
  });

  const secret = (name: string, version?: number): object => ({
    mode: 'managed',
    type: 'azurerm_key_vault_secret',
    values: { name, ...(version === undefined ? {} : { value_wo_version: version }) },
  });

  it('finds vault and secrets in modules of modules', () => {
    const vault = { mode: 'managed', type: 'azurerm_key_vault', values: { vault_uri: 'https://kv.vault.azure.net/' } };
    const state = readState({
      values: { root_module: { child_modules: [{ resources: [vault], child_modules: [{ resources: [secret('a'), secret('b', 3)] }] }] } },
    });
    expect(state.vaultUri).toBe('https://kv.vault.azure.net/');
    expect([...state.writtenSecrets]).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
  });

  it('takes what is only looked up for nothing of ours', () => {
    const looked = { mode: 'data', type: 'azurerm_key_vault', values: { vault_uri: 'https://other.vault.azure.net/' } };
    expect(readState({ values: { root_module: { resources: [looked] } } })).toMatchObject({ exists: false, vaultUri: undefined });
  });
});

describe('openState', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(os.tmpdir(), 'state-'));
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  async function open(
    fake: FakeExec,
    breakLock = '',
    answer: ContainerAnswer = { kind: 'allowed' },
  ): Promise<{ log: CollectedLog; workspace: string }> {
    const configFile = path.join(parent, 'my.tfvars');
    await writeFile(configFile, 'location = "westeurope"\n');
    const log = new CollectedLog();
    const privateDirectory = await PrivateDirectory.create(parent, () => undefined);
    const inputs = inputsOf({ configFile, breakLock, actionRoot: path.resolve('.'), toolCacheDirectory: path.join(parent, 'cache') });
    const look = async (): Promise<ContainerAnswer> => answer;
    const { terraform } = await openState(inputs, sessionOf(), { exec: fake.exec, log, privateDirectory, look });
    return { log, workspace: terraform.directory };
  }
  const fresh = (): FakeExec => new FakeExec().on(/^terraform init /, '').on(/^terraform show /, recorded('show-empty.json'));

  it("works in a private copy that holds the preset, our own values and the user's, in this order of precedence", async () => {
    const fake = fresh();
    const { workspace } = await open(fake);
    expect(workspace.startsWith(parent)).toBe(true);
    expect(await readFile(path.join(workspace, 'config.auto.tfvars'), 'utf8')).toBe('location = "westeurope"\n');
    expect(JSON.parse(await readFile(path.join(workspace, 'action.auto.tfvars.json'), 'utf8'))).toEqual({
      subscription_id: inputsOf().subscriptionId,
    });
    expect(await readFile(path.join(workspace, 'terraform.tfvars'), 'utf8')).toBe(
      await readFile('terraform/topologies/light.tfvars', 'utf8'),
    );
  });

  it('does not let Terraform ask an address that does not answer', async () => {
    const fake = fresh();
    await expect(open(fake, '', { kind: 'unclear', message: 'getaddrinfo ENOTFOUND' })).rejects.toMatchObject({
      reason: 'state-unreachable',
      detail: 'https://state.blob.core.windows.net/tfstate: getaddrinfo ENOTFOUND',
    });
    await expect(open(fake, '', { kind: 'no-container' })).rejects.toMatchObject({ reason: 'state-unreachable' });
    expect(fake.calls).toEqual([]);
  });

  it('T114 T131 logs in by OIDC alone, as the identity that was proved, and keeps credentials out of the arguments', async () => {
    const fake = fresh();
    await open(fake);
    const [init] = fake.matching(/^terraform init/);
    expect(init?.options.env).toMatchObject({ ARM_USE_OIDC: 'true', ARM_USE_CLI: 'false', ARM_USE_MSI: 'false', ARM_USE_AZUREAD: 'true' });
    expect(init?.options.env).toMatchObject({ ARM_CLIENT_ID: GUID, ARM_TENANT_ID: GUID, ARM_SUBSCRIPTION_ID: GUID });
    expect(Object.keys(init?.options.env ?? {})).not.toContain('ARM_OIDC_TOKEN');
    expect(init?.args.filter((arg) => arg.startsWith('-backend-config'))).toEqual([
      '-backend-config=storage_account_name=state',
      '-backend-config=container_name=tfstate',
      '-backend-config=key=langsmith-azure/production/infra.tfstate',
    ]);
  });

  it('breaks the lock it was asked to break, and says so', async () => {
    const fake = fresh().on(/^terraform force-unlock/, 'unlocked');
    const { log } = await open(fake, LOCK_ID);
    expect(fake.matching(/force-unlock/)[0]?.args).toEqual(['force-unlock', '-force', LOCK_ID]);
    expect(log.lines).toEqual([expect.stringMatching(/^warning: the lock .* was broken/)]);
  });

  it('goes on when that lock is gone already', async () => {
    const { log } = await open(fresh().on(/^terraform force-unlock/, { code: 1, stderr: recorded('force-unlock-no-lock.txt') }), LOCK_ID);
    expect(log.lines).toEqual([expect.stringMatching(/is not locked/)]);
  });

  it('does not break a lock that is another one', async () => {
    const fake = fresh().on(/^terraform force-unlock/, { code: 1, stderr: recorded('force-unlock-other-id.txt') });
    await expect(open(fake, '11111111-2222-4333-8444-555555555555')).rejects.toMatchObject({
      reason: 'state-locked',
      detail: expect.stringContaining(`ID: ${LOCK_ID}`),
    });
  });
});
