import { describe, expect, it } from '@jest/globals';
import os from 'node:os';
import { childEnvironment, createExec } from '../../../src/tools/exec.js';

const node = (code: string): string[] => ['-e', code];
const exec = createExec({ PATH: process.env['PATH'] }, new Map([['program', process.execPath]]));

describe('childEnvironment', () => {
  it.each([
    'INPUT_LICENSE-KEY',
    'INPUT_ADMIN-PASSWORD',
    'ACTIONS_RUNTIME_TOKEN',
    'GITHUB_TOKEN',
    'STATE_private-directory',
    'ARM_OIDC_TOKEN',
    'ARM_CLIENT_SECRET',
    'ARM_ACCESS_KEY',
    'TF_WORKSPACE',
    'TF_VAR_location',
    'TF_CLI_ARGS_plan',
    'TF_DATA_DIR',
  ])('withholds %s', (name) => {
    expect(childEnvironment({ [name]: 'x' })).toEqual({});
  });

  it.each([
    'PATH',
    'HTTPS_PROXY',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'TF_CLI_CONFIG_FILE',
    'MY_INPUT_X',
    'GITHUB_RUN_ID',
  ])('hands on %s', (name) => {
    expect(childEnvironment({ [name]: 'x', NOTHING: undefined })).toEqual({ [name]: 'x' });
  });
});

describe('createExec', () => {
  it('returns code and both streams of any end', async () => {
    expect(await exec('program', node('console.log("out"); console.error("err"); process.exitCode = 3'), { quiet: true })).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('hands arguments on as they are, without a shell', async () => {
    const hostile = ['a b', '$(id)', "'", '"', '', '*', '-x;y'];
    const { stdout } = await exec('program', [...node('console.log(JSON.stringify(process.argv.slice(1)))'), '--', ...hostile], {
      quiet: true,
    });
    expect(JSON.parse(stdout)).toEqual(hostile);
  });

  it('writes standard input, and gives each complete line of output as it arrives', async () => {
    const lines: string[] = [];
    await exec('program', node('process.stdin.pipe(process.stdout)'), {
      quiet: true,
      stdin: 'ä\nb\nlast',
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['ä', 'b']);
  });

  it('adds to the environment and changes the directory', async () => {
    const { stdout } = await exec('program', node('console.log(process.env.EXTRA, process.cwd())'), {
      quiet: true,
      cwd: os.tmpdir(),
      env: { EXTRA: 'x' },
    });
    expect(stdout.trim()).toBe(`x ${os.tmpdir()}`);
  });

  it('rejects when there is no such program', async () => {
    await expect(exec('no-such-program-anywhere', [], { quiet: true })).rejects.toThrow('no-such-program-anywhere');
  });
});
