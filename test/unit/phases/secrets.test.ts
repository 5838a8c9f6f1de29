import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DeployError } from '../../../src/errors.js';
import type { Inputs } from '../../../src/phases/inputs.js';
import { describeSecrets, gatherSecrets, type Secrets } from '../../../src/phases/secrets.js';
import type { Infrastructure } from '../../../src/phases/state.js';
import { PrivateDirectory } from '../../../src/private-directory.js';
import { SECRETS } from '../../../src/secret-catalogue.js';
import type { SecretAnswer } from '../../../src/tools/key-vault.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { inputsOf } from '../../fakes/session.js';

const NAMES = SECRETS.map((kind) => kind.name);
const GIVEN = { licenseKey: 'license-1', adminPassword: 'Abcdefghijk!', adminEmail: 'ops@contoso.example' };
const VAULT = 'https://langsmith-kv.vault.azure.net/';
const stored = (name: string): string => `stored ${name}`;

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'secrets-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

interface Stage {
  /** What the vault holds, or what it says instead. */
  readonly vault?: Readonly<Record<string, string | SecretAnswer>>;
  /** Secrets Terraform wrote, by version. */
  readonly written?: Readonly<Record<string, number>>;
  /** Refusals before the vault believes the role. */
  readonly refusals?: number;
  readonly inputs?: Partial<Inputs>;
}

interface Outcome {
  readonly secrets: Secrets | undefined;
  readonly error: DeployError | undefined;
  /** `read name`, `mask value`, in order. */
  readonly events: readonly string[];
  readonly handOver: Record<string, string> | undefined;
  readonly warnings: readonly string[];
}

const allStored = Object.fromEntries(NAMES.map((name) => [name, stored(name)]));
const allWritten = Object.fromEntries(NAMES.map((name) => [name, 1]));

async function gather({ vault, written = {}, refusals = 0, inputs = {} }: Stage): Promise<Outcome> {
  const events: string[] = [];
  const log = new CollectedLog();
  const privateDirectory = await PrivateDirectory.create(parent, () => undefined);
  await mkdir(path.join(privateDirectory.path, 'infra'));
  let left = refusals;
  const read = async (name: string): Promise<SecretAnswer> => {
    events.push(`read ${name}`);
    if (left-- > 0) return { kind: 'forbidden', by: 'rbac', message: 'Caller is not authorized' };
    const answer = vault?.[name];
    return answer === undefined ? { kind: 'absent' } : typeof answer === 'string' ? { kind: 'found', value: answer } : answer;
  };
  const infrastructure = {
    exists: vault !== undefined,
    vaultUri: vault === undefined ? undefined : VAULT,
    writtenSecrets: new Map(Object.entries(written)),
    outputs: {},
  } as Partial<Infrastructure> as Infrastructure;
  const result = await gatherSecrets(inputsOf(inputs), infrastructure, {
    openVault: async (uri) => {
      events.push(`open ${uri}`);
      return read;
    },
    mask: (value) => void events.push(`mask ${value}`),
    privateDirectory,
    log,
    patience: { deadlineMs: 60, firstPauseMs: 10, maximumPauseMs: 10 },
  }).then(
    (secrets) => ({ secrets, error: undefined }),
    (error: unknown) => {
      if (!(error instanceof DeployError)) throw error;
      return { secrets: undefined, error };
    },
  );
  const file = path.join(privateDirectory.path, 'infra/secrets.auto.tfvars.json');
  const handOver = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, string>,
    () => undefined,
  );
  if (handOver !== undefined) expect((await stat(file)).mode & 0o777).toBe(0o600);
  return { ...result, events, handOver, warnings: log.lines };
}

const origins = (outcome: Outcome): Record<string, string> => Object.fromEntries(outcome.secrets?.origins ?? []);

describe('the first run', () => {
  it('T115: takes what only the user knows, makes the rest, and hands all of it to Terraform', async () => {
    const outcome = await gather({ inputs: { secrets: GIVEN } });
    expect(describeSecrets(outcome.secrets as Secrets)).toBe('3 from inputs, 8 generated');
    expect(Object.keys(outcome.handOver ?? {}).sort()).toEqual(NAMES.map((name) => name.replaceAll('-', '_')).sort());
    expect(outcome.handOver?.['langsmith_license_key']).toBe('license-1');
    expect(outcome.secrets?.values.get('clickhouse-password')).toBe(outcome.handOver?.['clickhouse_password']);
  });

  it('masks every value, as it is and as Kubernetes shows it', async () => {
    const { events, secrets } = await gather({ inputs: { secrets: GIVEN } });
    for (const value of secrets?.values.values() ?? [])
      expect(events).toEqual(expect.arrayContaining([`mask ${value}`, `mask ${Buffer.from(value).toString('base64')}`]));
  });

  it('names every input that is missing, and writes nothing', async () => {
    const { error, handOver } = await gather({ inputs: { secrets: { adminEmail: 'ops@contoso.example' } } });
    expect(error?.reason).toBe('secrets-missing');
    expect(error?.detail.split('\n').slice(1)).toEqual([
      '- license-key (LangSmith license): Key Vault does not hold it yet',
      '- admin-password (first administrator): Key Vault does not hold it yet',
    ]);
    expect(handOver).toBeUndefined();
  });

  it('never makes up the password of a ClickHouse that somebody else runs', async () => {
    const config = { clickhouse_source: 'external' };
    const { error } = await gather({ inputs: { config, secrets: GIVEN } });
    expect(error?.reason).toBe('secrets-missing');
    expect(error?.detail.split('\n').slice(1)).toEqual([
      '- clickhouse-password (ClickHouse; of an external one only you know it): Key Vault does not hold it yet',
    ]);
    const outcome = await gather({ inputs: { config, secrets: { ...GIVEN, clickhousePassword: 'theirs' } } });
    expect(origins(outcome)).toMatchObject({ 'clickhouse-password': 'input' });
    expect(outcome.handOver?.['clickhouse_password']).toBe('theirs');
    expect(origins(await gather({ inputs: { command: 'plan', config } }))).toMatchObject({ 'clickhouse-password': 'awaited' });
  });

  it('of a plan goes on without them', async () => {
    const outcome = await gather({ inputs: { command: 'plan' } });
    expect(origins(outcome)).toMatchObject({ 'langsmith-license-key': 'awaited', 'clickhouse-password': 'generated' });
    expect(outcome.handOver?.['langsmith_license_key']).toBe('awaited-by-apply:langsmith-license-key');
  });
});

describe('a later run', () => {
  it('T104 T118: reads everything from Key Vault and needs no input', async () => {
    const outcome = await gather({ vault: allStored, written: allWritten });
    expect(new Set(Object.values(origins(outcome)))).toEqual(new Set(['vault']));
    expect(outcome.handOver?.['postgres_admin_password']).toBe(stored('postgres-admin-password'));
    expect(outcome.warnings).toEqual([]);
  });

  it('masks each value before it asks for or does anything else', async () => {
    const { events } = await gather({ vault: allStored, written: allWritten });
    const [first, ...others] = NAMES;
    expect(events.slice(0, 4)).toEqual([
      `open ${VAULT}`,
      `read ${first}`,
      `mask ${stored(first ?? '')}`,
      `mask ${Buffer.from(stored(first ?? '')).toString('base64')}`,
    ]);
    for (const name of others) expect(events).toContain(`mask ${stored(name)}`);
  });

  it('T118: does not take an input over what is stored, and says so', async () => {
    const outcome = await gather({ vault: allStored, written: allWritten, inputs: { secrets: { licenseKey: 'license-2' } } });
    expect(outcome.secrets?.values.get('langsmith-license-key')).toBe(stored('langsmith-license-key'));
    expect(outcome.warnings).toEqual([
      'warning: the input license-key differs from Key Vault and is not used: raise langsmith-license-key in secret_versions to write it',
    ]);
    const same = await gather({
      vault: allStored,
      written: allWritten,
      inputs: { secrets: { licenseKey: stored('langsmith-license-key') } },
    });
    expect(same.warnings).toEqual([]);
  });

  it('completes a vault that was left half filled', async () => {
    const half = { 'langsmith-license-key': 'license-0', 'langsmith-jwt-secret': 'jwt-0' };
    const outcome = await gather({
      vault: half,
      written: { 'langsmith-license-key': 1, 'langsmith-jwt-secret': 1 },
      inputs: { secrets: GIVEN },
    });
    expect(origins(outcome)).toMatchObject({
      'langsmith-license-key': 'vault',
      'langsmith-jwt-secret': 'vault',
      'langsmith-admin-password': 'input',
      'langsmith-api-key-salt': 'generated',
    });
    expect(outcome.handOver).toMatchObject({ langsmith_license_key: 'license-0', langsmith_jwt_secret: 'jwt-0' });
  });
});

describe('rotation', () => {
  const raised = (name: string): Partial<Inputs> => ({ config: { secret_versions: { [name]: 2 } } });

  it('makes a new value of what is generated', async () => {
    const outcome = await gather({ vault: allStored, written: allWritten, inputs: raised('langsmith-jwt-secret') });
    expect(origins(outcome)).toMatchObject({ 'langsmith-jwt-secret': 'generated', 'langsmith-license-key': 'vault' });
    expect(outcome.handOver?.['langsmith_jwt_secret']).not.toBe(stored('langsmith-jwt-secret'));
  });

  it('takes a new value from its input, and asks for it when there is none', async () => {
    const inputs = raised('langsmith-license-key');
    const outcome = await gather({ vault: allStored, written: allWritten, inputs: { ...inputs, secrets: { licenseKey: 'license-2' } } });
    expect([outcome.handOver?.['langsmith_license_key'], outcome.warnings]).toEqual(['license-2', []]);
    const { error } = await gather({ vault: allStored, written: allWritten, inputs });
    expect(error?.detail).toContain('- license-key (LangSmith license): secret_versions asks for a new value');
  });

  it('happens once: the number Terraform wrote is the number asked for', async () => {
    const outcome = await gather({
      vault: allStored,
      written: { ...allWritten, 'langsmith-jwt-secret': 2 },
      inputs: raised('langsmith-jwt-secret'),
    });
    expect(origins(outcome)['langsmith-jwt-secret']).toBe('vault');
  });

  it.each(SECRETS.filter((kind) => kind.rotation === 'never').map((kind) => kind.name))('T107: is refused for %s', async (name) => {
    const { error, handOver } = await gather({ vault: allStored, written: allWritten, inputs: raised(name) });
    expect([error?.reason, handOver]).toEqual(['inputs-invalid', undefined]);
    expect(error?.detail).toContain(name);
  });

  it('never happens in pass 2, which writes nowhere', async () => {
    const outcome = await gather({ vault: allStored, written: allWritten, inputs: { pass: 2, ...raised('langsmith-jwt-secret') } });
    expect(outcome.secrets?.values.get('langsmith-jwt-secret')).toBe(stored('langsmith-jwt-secret'));
    expect(outcome.handOver).toBeUndefined();
  });
});

describe('a vault that does not simply answer', () => {
  const firewall: SecretAnswer = {
    kind: 'forbidden',
    by: 'firewall',
    message: 'Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.9\r\nCaller: x',
  };
  const first = NAMES[0] ?? '';

  it('T008: that has lost what was written stops the run', async () => {
    const { 'langsmith-api-key-salt': _, ...rest } = allStored;
    for (const pass of [1, 2] as const) {
      const { error } = await gather({ vault: rest, written: allWritten, inputs: { pass, secrets: GIVEN } });
      expect([error?.reason, error?.detail]).toEqual(['secrets-lost', expect.stringMatching(/not there: langsmith-api-key-salt$/)]);
    }
  });

  it('that is behind its firewall says which address to let in', async () => {
    const { error, events } = await gather({ vault: { [first]: firewall }, written: allWritten });
    expect(error?.reason).toBe('secrets-firewall');
    expect(error?.fix).toContain('az keyvault network-rule add --name langsmith-kv --ip-address 203.0.113.9`');
    expect(error?.fix).toContain('keyvault_allowed_ips');
    expect(events.filter((event) => event.startsWith('read'))).toHaveLength(1);
  });

  it.each([
    ['its role', { kind: 'forbidden', by: 'rbac', message: 'no' } as const],
    ['its firewall', firewall],
  ])('and was never written to does not keep an apply from mending %s', async (_, answer) => {
    const outcome = await gather({ vault: { [first]: answer }, inputs: { secrets: GIVEN } });
    expect(origins(outcome)[first]).toBe('input');
  });

  it('is waited for while a role it once believed comes back', async () => {
    const outcome = await gather({ vault: allStored, written: allWritten, refusals: 3 });
    expect(origins(outcome)[first]).toBe('vault');
    expect(outcome.events.filter((event) => event === `read ${first}`)).toHaveLength(4);
  });

  it('is not waited for for ever', async () => {
    const { error } = await gather({ vault: allStored, written: allWritten, refusals: 1000 });
    expect(error?.reason).toBe('secrets-forbidden');
  });

  it.each([first, NAMES.at(-1) ?? ''])('T008: about %s: no clear answer, nothing generated', async (name) => {
    const unclear: SecretAnswer = { kind: 'unclear', message: '503' };
    const { error, handOver } = await gather({ vault: { ...allStored, [name]: unclear }, written: allWritten, inputs: { secrets: GIVEN } });
    expect([error?.reason, handOver]).toEqual(['secrets-unreadable', undefined]);
    expect(error?.detail).toContain(name);
  });

  it('and holds too little sends pass 2 back to pass 1', async () => {
    const { error } = await gather({ vault: { ...allStored, [first]: { kind: 'absent' } }, inputs: { pass: 2, secrets: GIVEN } });
    expect([error?.reason, error?.fix]).toEqual(['secrets-missing', 'Run pass 1 with command apply first.']);
  });
});
