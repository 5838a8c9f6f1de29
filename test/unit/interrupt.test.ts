import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { GIVES_BACK } from '../../src/interrupt.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'interrupt-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A child that, like terraform, needs a moment to finish after SIGINT and would give up at a second one. */
const CHILD = `
let heard = 0;
process.on('SIGINT', () => { heard += 1; if (heard === 1) setTimeout(() => { console.log('heard ' + heard); process.exit(0); }, 600); });
if (process.env.END_AFTER_MS) setTimeout(() => { console.log('by itself'); process.exit(0); }, Number(process.env.END_AFTER_MS));
console.log('ready');
setInterval(() => undefined, 1000);
`;

const PARENT = (source: string, environment: Readonly<Record<string, string>> = {}): string => `
import { spawn } from 'node:child_process';
import { passOnSignals } from ${JSON.stringify(source)};
passOnSignals(() => console.log('interrupted'));
const env = { ...process.env, ...${JSON.stringify(environment)} };
const child = spawn(process.execPath, ['-e', ${JSON.stringify(CHILD)}], { stdio: ['ignore', 'inherit', 'inherit'], detached: true, env });
child.on('exit', (code) => { console.log('child ' + code); process.exit(0); });
`;

/** Lines that a parent and its child write; the runner's two signals come once the child is ready. */
async function cancelled(environment: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const file = path.join(directory, 'parent.mts');
  await writeFile(file, PARENT(path.resolve('src/interrupt.ts'), environment));
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const parent = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: path.resolve('.'),
    env: inherited,
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
  return lines;
}

describe('passOnSignals', () => {
  it('lets a child hear of a cancellation once, however often the runner signals', async () => {
    expect(await cancelled()).toEqual(['ready', 'interrupted', 'interrupted', 'heard 1', 'child 0']);
  }, 20_000);

  it('lets one that gives something back come to its own end', async () => {
    expect(await cancelled({ [GIVES_BACK]: 'true', END_AFTER_MS: '1500' })).toEqual([
      'ready',
      'interrupted',
      'interrupted',
      'by itself',
      'child 0',
    ]);
  }, 20_000);
});
