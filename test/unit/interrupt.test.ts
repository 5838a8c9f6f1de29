import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'interrupt-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A child that, like terraform, needs a moment to finish after SIGINT and would give up at a second one. */
const CHILD = `
let heard = 0;
process.on('SIGINT', () => { heard += 1; if (heard === 1) setTimeout(() => { console.log('heard ' + heard); process.exit(0); }, 600); });
console.log('ready');
setInterval(() => undefined, 1000);
`;

const PARENT = (source: string): string => `
import { spawn } from 'node:child_process';
import { passOnSignals } from ${JSON.stringify(source)};
passOnSignals(() => console.log('interrupted'));
const child = spawn(process.execPath, ['-e', ${JSON.stringify(CHILD)}], { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
child.on('exit', (code) => { console.log('child ' + code); process.exit(0); });
`;

describe('passOnSignals', () => {
  it('lets a child hear of a cancellation once, however often the runner signals', async () => {
    const file = path.join(directory, 'parent.mts');
    await writeFile(file, PARENT(path.resolve('src/interrupt.ts')));
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const parent = spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: path.resolve('.'),
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    parent.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(Boolean)) {
        lines.push(line);
        if (line === 'ready') parent.kill('SIGINT');
        if (line === 'interrupted' && lines.filter((seen) => seen === 'interrupted').length === 1)
          setTimeout(() => parent.kill('SIGTERM'), 200);
      }
    });
    await new Promise((resolve) => parent.on('exit', resolve));
    expect(lines).toEqual(['ready', 'interrupted', 'interrupted', 'heard 1', 'child 0']);
  }, 20_000);
});
