import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { run } from '../../../scripts/values.js';
import { valueAt } from '../../../src/release/features.js';
import { merge, type Tree } from '../../../src/values/merge.js';
import { productionOutputs } from '../../fakes/cluster.js';

jest.setTimeout(120_000);

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'npm-run-values-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function values(...argv: readonly string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const spies = (['log', 'error'] as const).map((name) =>
    jest.spyOn(console, name).mockImplementation((line: unknown) => void lines.push(String(line))),
  );
  const code = await run(argv);
  for (const spy of spies) spy.mockRestore();
  return { code, said: lines.join('\n') };
}

const trees = async (out: string): Promise<{ names: string[]; layers: Tree[]; merged: Tree }> => {
  const names = (await readdir(out)).sort();
  const read = async (name: string): Promise<Tree> => parse(await readFile(path.join(out, name), 'utf8')) as Tree;
  return { names, layers: await Promise.all(names.filter((name) => /^\d/.test(name)).map(read)), merged: await read('merged.yaml') };
};

describe('npm run values', () => {
  it('writes the layers in order and their sum, with the names that Terraform would give', async () => {
    const out = path.join(directory, 'production');
    const { code } = await values(
      '--topology',
      'production',
      '--sizing',
      'production',
      '--ingress',
      'istio-addon',
      '--pass',
      '5',
      '--out',
      out,
    );
    expect(code).toBe(0);
    const { names, layers, merged } = await trees(out);
    expect(names).toEqual([
      '01-base.yaml',
      '02-topology.yaml',
      '03-overrides.yaml',
      '04-sizing.yaml',
      '05-ingress.yaml',
      '06-passes.yaml',
      'merged.yaml',
    ]);
    expect(merged).toEqual(merge(...layers));
    expect(valueAt(merged, 'config.blobStorage.azureStorageAccountName')).toMatch(/^langsmithblob[0-9a-f]{6}$/);
    expect(valueAt(merged, 'clickhouse.statefulSet.nodeSelector')).toEqual({ 'langsmith.io/pool': 'large' });
    expect(await readFile(path.join(out, 'merged.yaml'), 'utf8')).toMatch(/^# Made by `npm run values`[^\n]*\n# Without --outputs: /);
  });

  it('takes host, names and sources from a configuration file, and a values file on top; it leaves the files of others alone', async () => {
    const out = path.join(directory, 'light');
    const own = path.join(directory, 'own.yaml');
    await writeFile(own, 'frontend: {maxBodySize: 50M}\n');
    const common = ['--topology', 'light', '--config', 'examples/langsmith/terraform.tfvars', '--out', out];
    expect((await values(...common, '--pass', '2', '--values', own)).code).toBe(0);
    await writeFile(path.join(out, 'notes.yaml'), 'mine: true\n');
    const first = await trees(out);
    expect(first.names).toContain('07-user-1.yaml');
    expect(valueAt(first.merged, 'config.hostname')).toBe('langsmith-demo.westeurope.cloudapp.azure.com');
    expect(valueAt(first.merged, 'frontend.maxBodySize')).toBe('50M');
    expect((await values(...common, '--pass', '3')).code).toBe(0);
    const second = await trees(out);
    expect(second.names).not.toContain('07-user-1.yaml');
    expect(second.names).toContain('notes.yaml');
    expect(valueAt(second.merged, 'config.deployment.enabled')).toBe(true);
  });

  it('takes the outputs of pass 1 as they are', async () => {
    const file = path.join(directory, 'outputs.json');
    const outputs = Object.entries(productionOutputs({ storage_account_name: 'theirs' })).map(([name, value]) => [name, { value }]);
    await writeFile(file, JSON.stringify(Object.fromEntries(outputs)));
    const out = path.join(directory, 'given');
    expect((await values('--topology', 'production', '--pass', '2', '--outputs', file, '--out', out)).code).toBe(0);
    expect(valueAt((await trees(out)).merged, 'config.blobStorage.azureStorageAccountName')).toBe('theirs');
    expect(await readFile(path.join(out, 'merged.yaml'), 'utf8')).not.toContain('Without --outputs');
  });

  it('tells every wrong option at once and ends with 2', async () => {
    const { code, said } = await values(
      '--topology',
      'big',
      '--sizing',
      'huge',
      '--pass',
      '1',
      '--frob',
      '--config',
      'nowhere.tfvars',
      '--values',
    );
    expect(code).toBe(2);
    expect(said.split('\n\n')[0]?.split('\n').sort()).toEqual([
      '--config: there is no file nowhere.tfvars.',
      '--frob: is not an option.',
      '--out or --terraform: one of them is required.',
      '--pass: "1" is not one of 2, 3, 4, 5.',
      '--sizing: "huge" is not one of minimum, dev, production, production-large.',
      '--topology: "big" is not one of light, production.',
      '--values: needs a value.',
    ]);
  });

  it('ends with 2 and writes nothing when the configuration is refused', async () => {
    const config = path.join(directory, 'bad.tfvars');
    await writeFile(config, 'dns_label = "x"\nidentifer = "-demo"\n');
    const out = path.join(directory, 'refused');
    const { code, said } = await values('--topology', 'light', '--pass', '2', '--config', config, '--out', out);
    expect(code).toBe(2);
    expect(said).toMatch(/sets identifer, which is not a setting\. Did you mean identifier\?/);
    expect(await readdir(directory)).not.toContain('refused');
  });
});
