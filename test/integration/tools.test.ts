import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ReleasesHost } from '../../rehearsal/hosts/releases.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { fetchTools } from '../../rehearsal/tools/fetch.js';
import { expectFailure } from './support/expect.js';
import { runPass, type PassRun } from './support/passes.js';

jest.setTimeout(120_000);

let rehearsal: Rehearsal;
let vendors: ReleasesHost;
/** A PATH with what unpacks archives and with no terraform, helm or kubectl. */
let bare: string;

beforeAll(async () => {
  const tools = await fetchTools({ helm: '4', cacheDirectory: path.resolve(import.meta.dirname, '../../.cache/tools') });
  vendors = new ReleasesHost(tools);
  rehearsal = await Rehearsal.start({ extraHosts: [vendors] });
  bare = path.join(rehearsal.directory, 'bare');
  await mkdir(bare);
  await Promise.all(['unzip', 'tar', 'gzip'].map((program) => symlink(`/usr/bin/${program}`, path.join(bare, program))));
});

afterAll(async () => {
  await rehearsal.stop();
});

/** A pass on a machine without tools, which asks for the versions this rehearsal has. */
function onBareMachine(pass: PassRun['pass'], env: Readonly<Record<string, string>> = {}): PassRun {
  const { versions } = rehearsal.tools;
  const version = (tool: string): Record<string, string> => ({ [`${tool}-version`]: versions[tool] ?? '' });
  return { pass, with: { ...version('terraform'), ...version('helm'), ...version('kubectl') }, env: { PATH: bare, ...env } };
}

/** The tool cache tries three times, ten seconds apart; this is its own switch for tests. */
const IMPATIENT = {
  NODE_OPTIONS:
    '--import=data:text/javascript,globalThis.TEST_DOWNLOAD_TOOL_RETRY_MIN_SECONDS=globalThis.TEST_DOWNLOAD_TOOL_RETRY_MAX_SECONDS=0',
};

/** A terraform that answers its version and then whatever the shell text does. */
async function fakeTerraform(name: string, version: string, rest: string): Promise<string> {
  const directory = path.join(rehearsal.directory, name);
  await mkdir(directory);
  const script = `#!/bin/sh\nif [ "$1" = version ]; then echo '{"terraform_version":"${version}"}'; exit 0; fi\n${rest}\n`;
  await writeFile(path.join(directory, 'terraform'), script, { mode: 0o755 });
  return directory;
}

describe('tools', () => {
  it('tools-missing: terraform is not on PATH and its vendor cannot be reached', async () => {
    vendors.state = 'unreachable';
    const { detail, fix } = expectFailure(await runPass(rehearsal, onBareMachine(1, IMPATIENT)), 'tools-missing');
    vendors.state = 'good';
    expect(detail).toMatch(/^terraform \d+\.\d+\.\d+: .*https:\/\/releases\.hashicorp\.com\//);
    expect(fix).toMatch(/Install it on the runner, or let the runner reach the vendor/);
  });

  it('tools-missing: a version its vendor never published is named with its address', async () => {
    const run = onBareMachine(1);
    const outcome = await runPass(rehearsal, { ...run, with: { ...run.with, 'terraform-version': '1.999.0' } });
    expect(expectFailure(outcome, 'tools-missing').detail).toMatch(/^terraform 1\.999\.0: .*terraform_1\.999\.0\S+: .*404/);
  });

  it('tools-missing: a download that is not what its vendor published is not run', async () => {
    vendors.state = 'tampered';
    const { detail } = expectFailure(await runPass(rehearsal, onBareMachine(1)), 'tools-missing');
    vendors.state = 'good';
    expect(detail).toMatch(/https:\/\/releases\.hashicorp\.com\/\S+ has SHA-256 [0-9a-f]{64}, its vendor publishes [0-9a-f]{64}/);
  });

  it('installs all three from their vendors once and finds them in the tool cache afterwards', async () => {
    const { versions } = rehearsal.tools;
    const asked = (): number => rehearsal.world.requests.all.filter(({ host }) => vendors.matches(host)).length;
    // Pass 2 uses all three; that there is nothing to work on yet is where it stops.
    const first = await runPass(rehearsal, onBareMachine(2));
    const installed = `terraform ${versions['terraform'] ?? ''}, helm ${versions['helm'] ?? ''}, kubectl ${versions['kubectl'] ?? ''}`;
    expect(first.step.summary).toContain(installed);
    expect(first.outputs['failure-reason']).toBe('outputs-incomplete');
    expect(first.step.log.filter((line) => / is not on PATH; installing /.test(line))).toHaveLength(3);

    const before = asked();
    const second = await runPass(rehearsal, onBareMachine(2));
    expect(second.step.summary).toContain(installed);
    expect(asked()).toBe(before);
  });

  it('tools-outdated: the terraform on PATH is too old', async () => {
    const old = await fakeTerraform('old', '1.5.7', 'exit 1');
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 1, env: { PATH: `${old}:${bare}` } }), 'tools-outdated');
    expect(detail).toBe(`${old}/terraform is terraform 1.5.7; 1.11.0 or newer is needed`);
    expect(fix).toMatch(/first on PATH/);
  });

  it('internal-error: what nobody foresaw is reported as a bug, with what was thrown', async () => {
    const broken = await fakeTerraform('broken', '1.11.4', '[ "$1" = init ] || echo "Segmentation fault"');
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 1, env: { PATH: `${broken}:${bare}` } }), 'internal-error');
    expect(detail).toMatch(/Segmentat/);
    expect(fix).toBe('Report it with the log of this step.');
  });
});
