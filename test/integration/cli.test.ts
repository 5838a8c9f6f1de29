import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PROJECT } from '../../rehearsal/rehearsal.js';
import { processesOf } from './support/witness.js';

jest.setTimeout(120_000);

/** Temporary directory of the program under test, and of nothing else. */
let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(path.join(os.tmpdir(), 'rehearse-cli-'));
});

afterAll(async () => {
  await rm(temporary, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** `npm run rehearse` without npm, in a process group of its own as a terminal gives it. */
function rehearse(args: readonly string[], onOutput: (text: string, child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'rehearsal/cli.ts', ...args], {
    cwd: PROJECT,
    // Without colours, which CI=true switches on: the tests look for words that a colour would divide.
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: temporary, NO_COLOR: '1' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    onOutput(out, child);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, out, error });
    });
  });
}

/** Directories of rehearsals that were not removed. */
async function worlds(): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith('langsmith-rehearsal-'));
}

describe('npm run rehearse', () => {
  it('tells every wrong option at once, starts nothing, and ends with 2', async () => {
    const { code, out, error } = await rehearse([
      ...['--topology', 'moon', '--deploy-path', 'moon', '--passes', '5-3', '--helm', '5', '--workflow', 'moon.yml'],
    ]);
    expect(code).toBe(2);
    expect(out).toBe('');
    for (const text of [
      '--topology: "moon"',
      '--deploy-path: "moon"',
      '--passes: "5-3"',
      '--helm: "5"',
      '--workflow: "moon.yml"',
      'npm run rehearse -- [options]',
    ])
      expect(error).toContain(text);
    expect(await worlds()).toEqual([]);
  });

  it('on Ctrl-C ends as a cancelled run, and leaves no process and no file', async () => {
    let interrupted = false;
    const report = path.join(temporary, 'report');
    const { code, out, error } = await rehearse(['--passes', '1', '--report', report], (text, child) => {
      // Terraform is about to run, or runs; early enough that a busy machine does not see the end first.
      if (interrupted || child.pid === undefined || !/✔ login/.test(text)) return;
      interrupted = true;
      process.kill(-child.pid, 'SIGINT');
    });
    // With the whole output, so that a failure shows how far the run was.
    expect(`${out}${error}`).toContain('Stopping: the run gives its locks back first.');
    expect(out).toContain('cancelled');
    expect(code).toBe(1);
    expect(await worlds()).toEqual([]);
    expect(processesOf(temporary)).toEqual([]);
  });
});
