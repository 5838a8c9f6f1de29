import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PrivateDirectory, removePrivateDirectory } from '../../src/private-directory.js';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'private-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const mode = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

describe('PrivateDirectory', () => {
  it('lets nobody else in, and says its name while it is still empty', async () => {
    const seen: string[][] = [];
    const directory = await PrivateDirectory.create(parent, (announced) => seen.push([announced, ...readdirSync(announced)]));
    expect(seen).toEqual([[directory.path]]);
    expect(await mode(directory.path)).toBe('700');
    const file = await directory.writeFile('secrets.json', 'value');
    expect(await mode(file)).toBe('600');
    expect(await readFile(file, 'utf8')).toBe('value');
  });

  it('replaces a file, and never takes over the permissions of the old one', async () => {
    const directory = await PrivateDirectory.create(parent, () => undefined);
    const file = path.join(directory.path, 'x');
    await writeFile(file, 'old');
    await chmod(file, 0o644);
    await directory.writeFile('x', 'new');
    expect([await mode(file), await readFile(file, 'utf8')]).toEqual(['600', 'new']);
  });

  it('does not write through a symbolic link', async () => {
    const directory = await PrivateDirectory.create(parent, () => undefined);
    const outside = path.join(parent, 'outside');
    await writeFile(outside, 'untouched');
    await symlink(outside, path.join(directory.path, 'x'));
    await directory.writeFile('x', 'secret');
    expect(await readFile(outside, 'utf8')).toBe('untouched');
    expect((await stat(path.join(directory.path, 'x'))).isFile()).toBe(true);
  });

  it('is gone after remove, and removing it again is no error', async () => {
    const directory = await PrivateDirectory.create(parent, () => undefined);
    await directory.writeFile('x', 'secret');
    await directory.remove();
    expect(existsSync(directory.path)).toBe(false);
    await removePrivateDirectory(directory.path);
  });

  it('cannot be made below a directory that is not there', async () => {
    await expect(PrivateDirectory.create(path.join(parent, 'no'), () => undefined)).rejects.toThrow('ENOENT');
  });
});
