import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DeployError } from '../../../src/errors.js';
import type { Inputs } from '../../../src/phases/inputs.js';
import { describeProvision, provision, type Provisioned } from '../../../src/phases/provision.js';
import type { Infrastructure } from '../../../src/phases/state.js';
import type { SecretAnswer } from '../../../src/tools/key-vault.js';
import { Terraform, TerraformError, type Diagnostic } from '../../../src/tools/terraform.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';
import { inputsOf, sessionOf } from '../../fakes/session.js';
import { recorded } from '../../fixtures/terraform.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'provision-'));
  await writeFile(path.join(directory, 'secrets.auto.tfvars.json'), '{}');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** `terraform -json` lines of diagnostics. */
const failing = (...diagnostics: Partial<Diagnostic>[]): string =>
  diagnostics
    .map((diagnostic) => JSON.stringify({ type: 'diagnostic', diagnostic: { severity: 'error', detail: '', ...diagnostic } }))
    .join('\n');

const NOT_BELIEVED = failing({
  summary: 'checking for presence of existing Secret',
  detail: 'StatusCode=403 Code="Forbidden" ForbiddenByRbac: Caller is not authorized to perform action on resource.',
  address: 'module.keyvault.azurerm_key_vault_secret.this["langsmith-license-key"]',
});
const STATE = JSON.stringify({
  values: {
    root_module: { resources: [{ mode: 'managed', type: 'azurerm_key_vault', values: { vault_uri: 'https://kv.vault.azure.net/' } }] },
  },
});

interface Stage {
  readonly plan?: readonly string[];
  readonly planCode?: number;
  /** Lines of each apply in turn; '' succeeds. */
  readonly applies?: readonly string[];
  readonly vault?: readonly SecretAnswer[];
  readonly inputs?: Partial<Inputs>;
  readonly review?: (plan: unknown) => Promise<void>;
}

async function run({
  plan = [''],
  planCode = 2,
  applies = [''],
  vault = [],
  inputs = {},
  review = async () => undefined,
}: Stage): Promise<{ fake: FakeExec; log: CollectedLog; result: Promise<Provisioned> }> {
  const streamed = (lines: string, code: number) => (call: { options: { onLine?: (line: string) => void } }) => {
    for (const line of lines.split('\n')) call.options.onLine?.(line);
    return { code };
  };
  const fake = new FakeExec()
    .on(/^terraform plan /, ...plan.map((lines) => streamed(lines, lines === '' ? planCode : 1)))
    .on(/^terraform apply /, ...applies.map((lines) => streamed(lines, lines === '' ? 0 : 1)))
    .on(/^terraform show -json -no-color plan\.tfplan$/, recorded('show-plan.json'))
    .on(/^terraform show -json -no-color$/, STATE);
  const log = new CollectedLog();
  const answers = [...vault];
  const infrastructure = { terraform: new Terraform(fake.exec, directory, {}, log) } as Partial<Infrastructure> as Infrastructure;
  const result = provision(inputsOf(inputs), sessionOf(), infrastructure, {
    log,
    openVault: async () => async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? { kind: 'absent' },
    patience: { deadlineMs: 40, firstPauseMs: 10, maximumPauseMs: 10 },
    review,
  });
  await result.catch(() => undefined);
  expect(existsSync(path.join(directory, 'secrets.auto.tfvars.json'))).toBe(false);
  return { fake, log, result };
}

const failureOf = async (stage: Stage): Promise<DeployError> =>
  (await run(stage)).result.then(
    () => {
      throw new Error('was meant to fail');
    },
    (error: unknown) => error as DeployError,
  );

describe('provision', () => {
  it('shows its plan before it acts, and does not act when that is refused', async () => {
    const seen: unknown[] = [];
    const { fake, result } = await run({
      review: async (plan) => {
        seen.push(plan);
        throw new Error('refused');
      },
    });
    await expect(result).rejects.toThrow('refused');
    expect(seen).toEqual([JSON.parse(recorded('show-plan.json'))]);
    expect(fake.calls.some(({ args }) => args[0] === 'apply')).toBe(false);
  });

  it('applies the very plan it made, and removes the secrets', async () => {
    const { fake, result } = await run({});
    expect(describeProvision(await result)).toBe('applied: 2 to add, 12 to change, 1 to replace, 1 to destroy');
    expect(fake.matching(/^terraform (plan|apply)/).map((call) => [call.args[0], call.args.at(-1)])).toEqual([
      ['plan', '-out=plan.tfplan'],
      ['apply', 'plan.tfplan'],
    ]);
  });

  it.each<[string, Stage]>([
    ['the command is plan', { inputs: { command: 'plan' } }],
    ['nothing differs', { planCode: 0 }],
  ])('applies nothing when %s', async (_, stage) => {
    const { fake, result } = await run(stage);
    expect((await result).applied).toBe(false);
    expect(fake.matching(/^terraform apply/)).toEqual([]);
  });

  it('T112: waits for a role the vault does not believe yet, then lets Terraform resume', async () => {
    const refused: SecretAnswer = { kind: 'forbidden', by: 'rbac', message: 'no' };
    const { fake, log, result } = await run({ applies: [NOT_BELIEVED, ''], vault: [refused, refused, { kind: 'absent' }] });
    expect((await result).applied).toBe(true);
    expect(fake.matching(/^terraform (plan|apply)/).map((call) => call.args[0])).toEqual(['plan', 'apply', 'plan', 'apply']);
    expect(log.lines).toContain('the Key Vault role is granted but not yet believed by the vault; waiting for it');
  });

  it('does not wait for ever', async () => {
    const error = await failureOf({ applies: [NOT_BELIEVED], vault: [{ kind: 'forbidden', by: 'rbac', message: 'no' }] });
    expect([error.reason, error.detail]).toEqual(['provision-failed', expect.stringContaining('ForbiddenByRbac')]);
  });

  it('does not wait when something else failed too', async () => {
    const { fake } = await run({
      applies: [`${NOT_BELIEVED}\n${failing({ summary: 'QuotaExceeded', address: 'azurerm_kubernetes_cluster.this' })}`],
    });
    expect(fake.matching(/^terraform apply/)).toHaveLength(1);
  });

  it.each<[string, Stage, string]>([
    ['a variable Terraform refuses', { plan: [recorded('plan-invalid.jsonl')] }, 'provision-invalid'],
    ['a lock', { plan: [recorded('plan-locked.jsonl')] }, 'state-locked'],
    ['a state that may not be read', { plan: [recorded('plan-forbidden.jsonl')] }, 'state-forbidden'],
    ['a resource Azure refuses', { applies: [recorded('apply-resource-failed.jsonl')] }, 'provision-failed'],
    [
      'a refresh Azure refuses',
      {
        plan: [
          failing({
            summary: 'retrieving Vault: unexpected status 429 (429 Too Many Requests)',
            address: 'module.keyvault.azurerm_key_vault.this',
          }),
        ],
      },
      'provision-failed',
    ],
    [
      'a login that ran out',
      { applies: [failing({ summary: 'building account', detail: 'AADSTS700024: Client assertion is not within its valid time range.' })] },
      'login-refused',
    ],
  ])('explains %s', async (_, stage, reason) => {
    const error = await failureOf(stage);
    expect([error.reason, error.cause]).toEqual([reason, expect.any(TerraformError)]);
  });

  it('T109: tells what to do about what a killed run made and Terraform never noted', async () => {
    const error = await failureOf({
      applies: [
        failing({
          summary:
            'a resource with the ID "/subscriptions/s/resourceGroups/g" already exists - to be managed via Terraform this resource needs to be imported',
          address: 'azurerm_resource_group.this',
        }),
      ],
    });
    expect(error.reason).toBe('provision-failed');
    expect(error.detail).toContain('(azurerm_resource_group.this)');
    expect(error.fix).toMatch(/delete it in Azure .* or import it into the state, and run again/);
  });
});
