import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { declaredVariables, readConfigFile, type ConfigFile } from '../../../src/phases/inputs-config.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'config-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const DECLARED = [
  { name: 'location', secret: false },
  { name: 'langsmith_domain', secret: false },
  { name: 'secret_versions', secret: false },
  { name: 'langsmith_license_key', secret: true },
];

async function read(text: string, name = 'terraform.tfvars'): Promise<ConfigFile> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return readConfigFile(file, name, DECLARED);
}

describe('readConfigFile', () => {
  it('reads HCL with comments, maps and lists', async () => {
    const { values, problems } = await read('# mine\nlocation = "westeurope" // eu\nsecret_versions = {\n  langsmith-jwt-secret = 2\n}\n');
    expect([values, problems]).toEqual([{ location: 'westeurope', secret_versions: { 'langsmith-jwt-secret': 2 } }, []]);
  });

  it('reads JSON, and an empty file', async () => {
    expect((await read('{"location":"westeurope"}', 'x.tfvars.json')).values).toEqual({ location: 'westeurope' });
    expect(await read('')).toEqual({ values: {}, problems: [] });
  });

  it.each([
    ['a misspelt setting', 'langsmith_domian = "x"', 'sets langsmith_domian, which is not a setting. Did you mean langsmith_domain?'],
    ['a setting like no other', 'replicas = 3', 'sets replicas, which is not a setting.'],
    ['a block', 'provider "x" {\n}', 'sets provider, which is not a setting.'],
    ['a secret', 'langsmith_license_key = "s3cret-value"', 'sets langsmith_license_key, which is a secret. Remove it'],
    ['text that is no HCL', 'location = ', 'does not parse: '],
  ])('refuses %s', async (_, text, problem) => {
    const { problems } = await read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`config: terraform.tfvars ${problem}`);
    expect(problems[0]).not.toContain('s3cret-value');
  });

  it('says where HCL does not parse', async () => {
    expect((await read('location = "a"\nowner = = "b"\n')).problems[0]).toMatch(/terraform\.tfvars:2,/);
  });

  it.each(['[]', 'null', '"text"', '{', ''])('refuses %j as JSON', async (text) => {
    const { values, problems } = await read(text, 'x.tfvars.json');
    expect([values, problems]).toEqual([{}, [expect.stringMatching(/^config: x\.tfvars\.json does not parse: /)]]);
  });

  it('tells a file that is not there from one that cannot be read', async () => {
    const absent = await readConfigFile(path.join(directory, 'no'), 'no', DECLARED);
    expect(absent.problems).toEqual(['config: there is no file no in the workspace (is actions/checkout before this step?)']);
    await mkdir(path.join(directory, 'folder'));
    const folder = await readConfigFile(path.join(directory, 'folder'), 'folder', DECLARED);
    expect(folder.problems).toEqual([expect.stringMatching(/EISDIR/)]);
  });
});

describe('declaredVariables', () => {
  it('finds every block of the variables files, and which carry secrets', async () => {
    const block = (name: string, body: string): string => `variable "${name}" {\n  description = "variable \\"x\\" {"\n${body}}\n`;
    await writeFile(path.join(directory, 'variables.tf'), `${block('a', '  type = string\n')}\n${block('b_2', '  ephemeral   = true\n')}`);
    await writeFile(path.join(directory, 'variables.more.tf'), block('c', '  validation {\n    condition = true\n  }\n'));
    await writeFile(path.join(directory, 'main.tf'), block('not_here', ''));
    expect((await declaredVariables(directory)).toSorted((x, y) => x.name.localeCompare(y.name))).toEqual([
      { name: 'a', secret: false },
      { name: 'b_2', secret: true },
      { name: 'c', secret: false },
    ]);
  });
});
