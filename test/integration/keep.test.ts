import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readKept, type KeptWorld } from '../../rehearsal/kept.js';
import type { KubeObject } from '../../rehearsal/kubernetes/api.js';

jest.setTimeout(240_000);

const PROJECT = path.resolve(import.meta.dirname, '../..');
const CLI = path.join(PROJECT, 'rehearsal/cli.ts');
const TSX = import.meta.resolve('tsx');
const UNCHANGED = 'no resource, no Helm revision and no secret has changed';

/** Where the commands are started: the kept world is below it. */
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'keep-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** `npm run rehearse -- --topology light ...` in that directory. */
async function rehearse(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
  const child = spawn(process.execPath, ['--import', TSX, CLI, '--topology', 'light', ...args], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [stdout, stderr] = await output;
  return { code, stdout, stderr };
}

/** The example's configuration with `edit` made to it, as a file. */
async function config(edit: (text: string) => string): Promise<string> {
  const file = path.join(directory, 'terraform.tfvars');
  await writeFile(file, edit(await readFile(path.join(PROJECT, 'examples/langsmith/terraform.tfvars'), 'utf8')));
  return file;
}

const keptFile = (): string => path.join(directory, '.cache/world/world');

async function kept(): Promise<KeptWorld> {
  const read = await readKept(path.dirname(keptFile()));
  if (read === undefined) throw new Error('no world was kept');
  return read.kept;
}

function objects(world: KeptWorld, kind: string): readonly KubeObject[] {
  const [cluster] = [...world.clusters.values()];
  return cluster?.store.objects.get(kind) ?? [];
}

/** Pods by name, with what tells a pod from another or from itself started again. */
const pods = (world: KeptWorld): unknown[] =>
  objects(world, 'Pod').map(({ metadata, ...pod }) => [metadata.namespace, metadata.name, metadata.uid, pod['status']]);

const revisions = (world: KeptWorld): string[] =>
  objects(world, 'Secret')
    .filter((secret) => secret['type'] === 'helm.sh/release.v1')
    .map((secret) => `${secret.metadata.labels?.['name'] ?? ''} ${secret.metadata.labels?.['version'] ?? ''}`)
    .sort();

const secretVersions = (world: KeptWorld): string[] =>
  [...world.world.vaults.live.values()].flatMap((vault) =>
    [...vault.secrets].flatMap(([name, all]) => all.map(({ version }) => `${vault.name}/${name} ${version}`)),
  );

/** The section of what a command printed that says what it changed. */
function changes(stdout: string): string[] {
  const [, section = ''] = stdout.split('\nChanges in the kept world\n');
  return (section.split('\n\n')[0] ?? '').split('\n').map((line) => line.trim());
}

describe('rehearse --keep', () => {
  let deployed: KeptWorld;

  it('keeps the world of a failed run, too', async () => {
    const failed = await rehearse('--keep', '--passes', '1', '--config', await config((text) => `${text}\nnonsense = 1\n`));
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('inputs-invalid');
    expect(failed.stdout).not.toContain('Continuing');
    expect(failed.stdout).toContain('The world is kept in .cache/world');
    expect(revisions(await kept())).toEqual([]);
  });

  it('continues in a kept world and says what is new there', async () => {
    const first = await rehearse('--keep', '--passes', '1-2');
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      /^Continuing in the world kept in \.cache\/world by the run of \d{4}-\S+Z \(remove that directory to start anew\)$/m,
    );
    expect(changes(first.stdout)).toContain('Helm release langsmith/langsmith: new, revision 1, deployed');
    expect(first.stdout).toMatch(/^langsmith +langsmith-frontend-\S+ +1\/1 +Running/m);
    expect(first.stdout).not.toContain('kube-system  ');

    deployed = await kept();
    expect(revisions(deployed)).toEqual(['cert-manager 1', 'ingress-nginx 1', 'langsmith 1', 'langsmith-platform 1']);
    expect(secretVersions(deployed).length).toBeGreaterThan(5);
  });

  it('changes nothing the second time, and says so', async () => {
    const second = await rehearse('--keep', '--passes', '1-2');
    expect(second.stderr).toBe('');
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('planned: no changes');
    expect(changes(second.stdout)).toEqual([UNCHANGED]);

    const now = await kept();
    expect(revisions(now)).toEqual(revisions(deployed));
    expect(secretVersions(now)).toEqual(secretVersions(deployed));
    expect(now.secrets).toEqual(deployed.secrets);
    expect(pods(now)).toEqual(pods(deployed));
    expect(objects(now, 'Event').length).toBe(objects(deployed, 'Event').length);
  });

  it('names the one thing that another configuration changes', async () => {
    const file = await config((text) => text.replace('["203.0.113.10"]', '["203.0.113.10", "203.0.113.11"]'));
    const third = await rehearse('--keep', '--passes', '1', '--config', file);
    expect(third.code).toBe(0);
    expect(changes(third.stdout)).toEqual([
      'resource module.keyvault.azurerm_key_vault.this: changed',
      expect.stringMatching(/^serial of langsmith-azure\/production\/infra\.tfstate: \d+ -> \d+$/),
    ]);
    const [vault] = [...(await kept()).world.vaults.live.values()];
    expect(vault?.allowedIps).toEqual(['203.0.113.10', '203.0.113.11']);
    expect(secretVersions(await kept())).toEqual(secretVersions(deployed));
  });

  it('leaves a kept world alone without --keep', async () => {
    const before = await readFile(keptFile());
    const fresh = await rehearse('--passes', '1', '--config', await config((text) => `${text}\nnonsense = 1\n`));
    expect(fresh.stdout).not.toMatch(/Continuing|is kept in/);
    expect((await readFile(keptFile())).equals(before)).toBe(true);
  });

  it('refuses a world kept by another version, or made with a real cluster, and leaves it as it is', async () => {
    const content = await readFile(keptFile());
    const other = Buffer.from(content.toString('latin1').replace(/"version":"[^"]+"/, '"version":"0.0.1"'), 'latin1');
    const real = await rehearse('--keep', '--kubeconfig', path.join(directory, 'kubeconfig'));
    expect(real.code).toBe(2);
    expect(real.stderr).toMatch(/was made without --kubeconfig and cannot go on with it: remove that directory to start anew\.$/m);

    await writeFile(keptFile(), other);
    const refused = await rehearse('--keep', '--passes', '1-2');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^The world kept in \.cache\/world is of version 0\.0\.1 .*: remove that directory to start anew\.$/m);
    expect((await readFile(keptFile())).equals(other)).toBe(true);
  });
});
