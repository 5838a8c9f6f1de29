import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(os.tmpdir(), 'main-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

interface Step {
  readonly code: number | null;
  readonly lines: readonly string[];
  /** Text of one of the runner's command files. */
  readonly file: (name: 'output' | 'state' | 'summary') => Promise<string>;
}

/** An entry point in a process of its own, as the runner starts it. */
async function step(entry: 'index' | 'post', environment: Readonly<Record<string, string>>): Promise<Step> {
  const files = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary' };
  for (const file of Object.values(files)) await writeFile(path.join(temporary, file), '');
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, path.join(temporary, file)]));
  const child = spawn(process.execPath, ['--import', 'tsx', path.resolve(`src/${entry}.ts`)], {
    env: { PATH: process.env['PATH'], HOME: temporary, RUNNER_TEMP: path.join(temporary, 'temp'), ...paths, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { code, lines: output.split('\n').filter(Boolean), file: (name) => readFile(path.join(temporary, name), 'utf8') };
}

/** The `name<<delimiter` blocks of a command file. */
const valuesOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^(.+?)<<(\S+)\n([\s\S]*?)\n?\2$/gm)].map(([, name = '', , value = '']) => [name, value]));

describe('the main step', () => {
  it('masks secrets before it says anything else, then reports every problem once', async () => {
    await mkdir(path.join(temporary, 'temp'));
    const { code, lines, file } = await step('index', {
      'INPUT_LICENSE-KEY': 'key-1',
      'INPUT_ADMIN-PASSWORD': 'weakling-9',
      INPUT_PASS: '7',
    });
    expect(code).toBe(1);
    expect(lines.slice(0, 2)).toEqual(['::add-mask::key-1', '::add-mask::weakling-9']);
    const errors = lines.filter((line) => line.startsWith('::error'));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^::error title=inputs-invalid%3A The inputs are wrong::- /);
    expect(lines.slice(2).join('\n')).not.toMatch(/key-1|weakling-9/);

    const outputs = valuesOf(await file('output'));
    expect(outputs).toMatchObject({ 'failure-reason': 'inputs-invalid', verified: 'false', 'has-changes': 'false' });
    const summary = await file('summary');
    expect(summary).toContain('## LangSmith on Azure: production, pass 7, plan');
    expect(summary).toContain('### inputs-invalid: The inputs are wrong');
  }, 30_000);

  it('removes its private directory, and tells the post step that it came to its end', async () => {
    await mkdir(path.join(temporary, 'temp'));
    const { file } = await step('index', {});
    const state = valuesOf(await file('state'));
    expect(state).toMatchObject({ phase: 'inputs', finished: 'true' });
    expect(state['private-directory']).toContain(path.join(temporary, 'temp', 'langsmith-azure-'));
    expect(readdirSync(path.join(temporary, 'temp'))).toEqual([]);
  }, 30_000);

  it('reports even when it could not begin', async () => {
    const { code, lines, file } = await step('index', {});
    expect(code).toBe(1);
    expect(lines.filter((line) => line.startsWith('::error'))).toEqual([expect.stringMatching(/^::error title=internal-error.*ENOENT/)]);
    expect(valuesOf(await file('output'))['failure-reason']).toBe('internal-error');
  }, 30_000);
});

describe('the post step', () => {
  it('says nothing after a run that came to its end, and removes what may be left', async () => {
    const left = path.join(temporary, 'langsmith-azure-x');
    await mkdir(left);
    const { code, lines } = await step('post', { STATE_finished: 'true', 'STATE_private-directory': left });
    expect([code, lines, existsSync(left)]).toEqual([0, [], false]);
  }, 30_000);

  it('says where a killed run died, and removes what it left', async () => {
    const left = path.join(temporary, 'langsmith-azure-x');
    await mkdir(path.join(left, 'infra'), { recursive: true });
    await writeFile(path.join(left, 'infra', 'secrets.auto.tfvars.json'), '{}');
    const { code, lines } = await step('post', { STATE_phase: 'provision', 'STATE_private-directory': left });
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^::error title=run-interrupted%3A The run was stopped::the process was killed during provision%0AFix: /),
    ]);
    expect(existsSync(left)).toBe(false);
  }, 30_000);

  it('does not let a lock it cannot look at keep secrets on the disk', async () => {
    const left = path.join(temporary, 'langsmith-azure-x');
    await mkdir(left);
    const lock = { directory: left, terraform: '/no/such/terraform', environment: {}, since: '2026-11-22T08:00:00Z' };
    const { code, lines } = await step('post', {
      STATE_phase: 'provision',
      'STATE_private-directory': left,
      'STATE_state-lock': JSON.stringify(lock),
    });
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/^::warning title=state-locked::the state lock could not be looked at/);
    expect(existsSync(left)).toBe(false);
  }, 30_000);
});
