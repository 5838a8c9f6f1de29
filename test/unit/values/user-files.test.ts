import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readUserFiles, type UserFile } from '../../../src/values/user-files.js';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'user-files-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<UserFile> {
  await writeFile(path.join(directory, name), text);
  return { path: path.join(directory, name), shownAs: `langsmith/${name}` };
}

describe("the user's values files", () => {
  it('are read in order, and an empty one says nothing', async () => {
    const files = [await file('a.yaml', 'frontend: {maxBodySize: 50M}\n'), await file('b.yaml', '# nothing yet\n')];
    expect(await readUserFiles(files)).toEqual([
      { source: 'langsmith/a.yaml', values: { frontend: { maxBodySize: '50M' } } },
      { source: 'langsmith/b.yaml', values: {} },
    ]);
  });

  it('T223 may not hold a key twice, nor be anything but a map; all problems of all files are told at once', async () => {
    const files = [
      await file('twice.yaml', 'config:\n  logLevel: debug\nfrontend: {}\nconfig:\n  basePath: x\n'),
      await file('list.yaml', '- a\n'),
      await file('broken.yaml', 'config: {logLevel: debug\nfrontend: [}\n'),
    ];
    const error = await readUserFiles(files).then(
      () => undefined,
      (thrown: unknown) => thrown as { reason: string; detail: string },
    );
    expect(error?.reason).toBe('values-invalid');
    const lines = error?.detail.split('\n') ?? [];
    expect(lines[0]).toBe('- langsmith/twice.yaml: Map keys must be unique at line 4, column 1');
    expect(lines[1]).toBe("- langsmith/list.yaml: is not a map of the chart's keys");
    expect(lines[2]).toMatch(/^- langsmith\/broken\.yaml: .* at line \d/);
  });
});
