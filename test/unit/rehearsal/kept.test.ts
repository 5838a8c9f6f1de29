import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readKept, writeKept, type KeptWorld } from '../../../rehearsal/kept.js';
import { World } from '../../../rehearsal/world/world.js';

let parent: string;
let directory: string;
let kept: KeptWorld;

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'kept-'));
  directory = path.join(parent, 'cache', 'world');
  kept = {
    world: (await World.create()).snapshot(),
    ledger: { attributes: new Map([['/a', { name: 'a' }]]), drawn: 3 },
    clusters: new Map(),
    blobs: new Map([['data/blob', Buffer.from('state')]]),
    tenant: { clientId: 'c', tenantId: 't', subscriptionId: 's', stateAccount: 'account', stateContainer: 'tfstate' },
    secrets: { LANGSMITH_LICENSE_KEY: 'lsv2_1' },
    realCluster: false,
  };
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const file = (): string => path.join(directory, 'world');

async function withHeader(change: (header: Record<string, unknown>) => unknown): Promise<void> {
  const content = await readFile(file());
  const end = content.indexOf('\n');
  const header = change(JSON.parse(content.subarray(0, end).toString('utf8')) as Record<string, unknown>);
  await writeFile(file(), Buffer.concat([Buffer.from(JSON.stringify(header)), content.subarray(end)]));
}

describe('a kept world', () => {
  it('is read as it was written, with the time, and only its owner may read it', async () => {
    expect(await readKept(directory)).toBeUndefined();
    await writeKept(directory, kept, new Date('2026-11-22T10:00:00Z'));
    const read = await readKept(directory);
    expect(read?.savedAt).toBe('2026-11-22T10:00:00.000Z');
    expect(read?.kept).toEqual(kept);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('stays whole when a newer one cannot be written', async () => {
    await writeKept(directory, kept);
    const unclonable = { ...kept, secrets: { LATER: (() => 'x') as unknown as string } };
    await expect(writeKept(directory, unclonable)).rejects.toThrow(/could not be cloned/);
    expect((await readKept(directory))?.kept.secrets).toEqual(kept.secrets);
    expect(await readdir(directory)).toEqual(['world']);
    await writeKept(directory, { ...kept, secrets: { NEWER: 'y' } });
    expect((await readKept(directory))?.kept.secrets).toEqual({ NEWER: 'y' });
    expect(await readdir(directory)).toEqual(['world']);
  });

  it('of another version or format is refused with what to do', async () => {
    await writeKept(directory, kept);
    await withHeader((header) => ({ ...header, version: '0.0.1' }));
    await expect(readKept(directory)).rejects.toThrow(
      /^The world kept in .*world is of version 0\.0\.1 \(format 3\) and this is version \d+\.\d+\.\d+ \(format 3\): remove that directory to start anew\.$/,
    );
    await writeKept(directory, kept);
    await withHeader((header) => ({ ...header, format: 4 }));
    await expect(readKept(directory)).rejects.toThrow(/\(format 4\).*\(format 3\): remove that directory/);
  });

  it('that is no snapshot, or a damaged one, is refused with what to do', async () => {
    await writeKept(directory, kept);
    const whole = await readFile(file());
    await writeFile(file(), whole.subarray(0, whole.indexOf('\n') + 40));
    await expect(readKept(directory)).rejects.toThrow(/cannot be read \(.+\): remove that directory/);
    await writeFile(file(), 'something else');
    await expect(readKept(directory)).rejects.toThrow(/is not readable: remove that directory/);
  });
});
