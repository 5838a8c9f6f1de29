import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DeployError } from '../../../src/errors.js';
import { inputText, readInputs, secretInputValues, type Inputs } from '../../../src/phases/inputs.js';

const GUID = '11111111-2222-4333-8444-555555555555';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), 'inputs-'));
  await writeFile(path.join(workspace, 'terraform.tfvars'), 'location = "westeurope"\n');
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

const GOOD = {
  pass: '1',
  config: 'terraform.tfvars',
  'client-id': GUID,
  'tenant-id': GUID,
  'subscription-id': GUID,
  'state-account': 'state1',
};

function environmentOf(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return { ...(Object.fromEntries(named) as Record<string, string>), GITHUB_WORKSPACE: workspace, RUNNER_TEMP: workspace };
}
const read = (inputs: Readonly<Record<string, string>>): Promise<Inputs> =>
  readInputs(environmentOf({ ...GOOD, ...inputs }), path.resolve('.'));

async function problems(inputs: Readonly<Record<string, string>>): Promise<string[]> {
  const error = await read(inputs).then(
    () => undefined,
    (thrown: unknown) => thrown as DeployError,
  );
  if (error !== undefined) expect(error.reason).toBe('inputs-invalid');
  return error?.detail.split('\n') ?? [];
}

describe('readInputs', () => {
  it('fills in every default', async () => {
    expect(await read({})).toMatchObject({
      command: 'plan',
      pass: 1,
      topology: 'light',
      environment: 'production',
      stateContainer: 'tfstate',
      stateKey: 'langsmith-azure/production/infra.tfstate',
      breakLock: '',
      chart: { kind: 'default' },
      timeoutMinutes: 20,
      secrets: {},
      config: { location: 'westeurope' },
      configFile: path.join(workspace, 'terraform.tfvars'),
    });
  });

  it('destroys only what is named exactly, whatever pass is given', async () => {
    const destroy = { command: 'destroy', environment: 'staging' };
    expect(await read({ ...destroy, 'confirm-destroy': 'staging' })).toMatchObject({ command: 'destroy', environment: 'staging' });
    expect(await problems(destroy)).toEqual(['- confirm-destroy: is empty; to destroy the deployment, type its name, "staging".']);
    expect(await problems({ ...destroy, 'confirm-destroy': 'Staging' })).toEqual([
      '- confirm-destroy: says "Staging"; to destroy the deployment, type its name, "staging".',
    ]);
  });

  it('trims, and takes an empty input for none', async () => {
    const inputs = await read({ command: ' apply\n', environment: '  ', 'license-key': ' key \n' });
    expect([inputs.command, inputs.environment, inputs.secrets]).toEqual(['apply', 'production', { licenseKey: 'key' }]);
  });

  it.each([
    [{ command: 'demolish' }, '- command: "demolish" is not one of '],
    [{ pass: '' }, '- pass: is required.'],
    [{ command: 'drift', pass: '' }, '- pass: is required.'],
    [{ command: 'verify', pass: '1' }, '- pass: 1 deploys nothing that `verify` could look at; it begins with 2.'],
    [{ pass: '0' }, '- pass: "0" is not one of '],
    [{ topology: 'Light' }, '- topology: "Light" is not one of '],
    [{ config: '' }, '- config: is required.'],
    [{ config: 'no.tfvars' }, '- config: there is no file no.tfvars in the workspace (is actions/checkout before this step?)'],
    [{ environment: 'prod/eu' }, '- environment: "prod/eu" is not a name of '],
    [{ environment: '../x' }, '- environment: "../x" is not a name of '],
    [{ environment: 'a'.repeat(64) }, '- environment: '],
    [{ 'client-id': 'my-app' }, '- client-id: "my-app" is not a GUID.'],
    [{ 'tenant-id': `${GUID}0` }, '- tenant-id: '],
    [{ 'subscription-id': '' }, '- subscription-id: is required.'],
    [{ 'state-account': 'State' }, '- state-account: "State" is not a storage account name'],
    [{ 'state-container': 'a--b' }, '- state-container: "a--b" is not a container name'],
    [{ 'state-container': 'ab' }, '- state-container: '],
    [{ 'state-key': '/infra.tfstate' }, '- state-key: '],
    [{ 'state-key': 'a b' }, '- state-key: '],
    [{ 'break-lock': 'all' }, '- break-lock: "all" is not a lock id (a GUID).'],
    [{ 'timeout-minutes': '0' }, '- timeout-minutes: "0" is not a number from 0.1 to 120.'],
    [{ 'timeout-minutes': '1,5' }, '- timeout-minutes: "1,5" is not'],
    [{ 'timeout-minutes': '1e1' }, '- timeout-minutes: "1e1" is not'],
    [{ 'chart-version': '^0.13' }, '- chart-version: "^0.13" is not an exact version such as 0.13.28.'],
    [{ chart: 'oci://registry.example/langsmith' }, '- chart-version: is required with an oci:// chart'],
    [{ chart: 'charts/langsmith' }, '- chart: charts/langsmith is neither a URL'],
    [{ 'terraform-version': 'latest' }, '- terraform-version: "latest" is not an exact version such as 1.11.4.'],
    [{ 'helm-version': 'v4.1.4' }, '- helm-version: '],
    [{ 'kubectl-version': '../1.35.2' }, '- kubectl-version: '],
    [{ 'admin-email': 'ops' }, '- admin-email: is not an e-mail address.'],
    [{ 'postgres-password': 'short' }, '- postgres-password: needs 8-128 characters'],
  ])('%j: one problem', async (inputs, problem) => {
    const found = await problems(inputs);
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(problem)).toBe(true);
  });

  it('names everything at once', async () => {
    expect(await problems({ pass: '9', 'client-id': 'x', 'timeout-minutes': 'soon', config: 'no.tfvars' })).toHaveLength(4);
  });

  it('never shows a secret', async () => {
    const found = await problems({ 'admin-password': 'weakling-9', 'postgres-password': 'tiny', 'license-key': 'two\nlines' });
    expect(found).toHaveLength(3);
    expect(found.join('\n')).not.toMatch(/weakling|tiny|two|lines\b.*two/);
  });

  it.each([
    ['https://charts.example.com', '', { kind: 'repository', url: 'https://charts.example.com' }],
    ['https://charts.example.com', '0.13.1', { kind: 'repository', url: 'https://charts.example.com', version: '0.13.1' }],
    ['oci://r.example/langsmith', '0.13.1-rc.1', { kind: 'oci', reference: 'oci://r.example/langsmith', version: '0.13.1-rc.1' }],
    ['', '0.13.1', { kind: 'default', version: '0.13.1' }],
  ])('chart %j at %j', async (chart, version, source) => {
    expect((await read({ chart, 'chart-version': version })).chart).toEqual(source);
  });

  it('takes a chart on disk, whose own file says the version', async () => {
    await mkdir(path.join(workspace, 'chart'));
    expect((await read({ chart: 'chart' })).chart).toEqual({ kind: 'path', path: path.join(workspace, 'chart') });
    expect(await problems({ chart: 'chart', 'chart-version': '1.0.0' })).toEqual([
      expect.stringMatching(/^- chart-version: cannot be combined/),
    ]);
  });

  it('refuses a file that is for another subscription, whatever the case of its letters', async () => {
    const other = '99999999-2222-4333-8444-555555555555';
    await writeFile(path.join(workspace, 'terraform.tfvars'), `subscription_id = "${other}"\n`);
    expect(await problems({})).toEqual([
      `- config: terraform.tfvars says subscription_id ${other}, the input subscription-id says ${GUID}.`,
    ]);
    const letters = 'ABCDEF00-2222-4333-8444-555555555555';
    await writeFile(path.join(workspace, 'terraform.tfvars'), `subscription_id = "${letters.toLowerCase()}"\n`);
    expect(await problems({ 'subscription-id': letters })).toEqual([]);
  });

  it('runs nowhere but in a job', async () => {
    const { RUNNER_TEMP: _, ...environment } = environmentOf(GOOD);
    await expect(readInputs(environment, path.resolve('.'))).rejects.toMatchObject({
      detail: expect.stringMatching(/^- RUNNER_TEMP: is not set/),
    });
  });
});

describe('secretInputValues', () => {
  it('are all secret inputs that are set, as they will be used', () => {
    const environment = environmentOf({
      ...GOOD,
      'license-key': ' key ',
      'admin-password': 'Abc',
      'admin-email': '',
      'postgres-password': 'pg',
    });
    expect(secretInputValues(environment).sort()).toEqual(['Abc', 'key', 'pg']);
  });
});

describe('inputText', () => {
  it('is what the run and its report both see', () => {
    expect(inputText({}, 'command')).toBe('plan');
    expect(inputText({ INPUT_COMMAND: ' apply ' }, 'command')).toBe('apply');
    expect(inputText({ 'INPUT_TIMEOUT-MINUTES': '7' }, 'timeout-minutes')).toBe('7');
  });
});
