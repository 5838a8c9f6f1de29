import os from 'node:os';
import { existsSync } from 'node:fs';
import { DeployError, messageOf } from './errors.js';
import { GitHubRunner } from './github-runner.js';
import { removePrivateDirectory } from './private-directory.js';
import { createExec } from './tools/exec.js';

/** What main saves before it takes the state lock; nothing secret. */
export interface LockRecord {
  /** Working directory of Terraform. */
  readonly directory: string;
  readonly terraform: string;
  /** How Terraform logs in. */
  readonly environment: Readonly<Record<string, string>>;
  /** ISO time at which the run could first have taken the lock. */
  readonly since: string;
}

/**
 * The post step. It runs after success, failure, cancellation and a killed main: whatever main opened is closed here once more.
 * A killed main could neither report nor give the state lock back; both happen here.
 */
export async function cleanUp(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const runner = new GitHubRunner();
  const directory = runner.saved('directory');
  try {
    if (runner.saved('finished') === '') {
      const released = await releaseOwnLock(runner, environment);
      const phase = runner.saved('phase') || 'start-up';
      runner.fail(
        new DeployError('run-interrupted', `the process was killed during ${phase}${released ? '; its state lock was given back' : ''}`),
      );
    }
  } finally {
    if (directory !== '') await removePrivateDirectory(directory);
  }
}

/** A lock id that no lock has: Terraform answers with the one that exists. */
const NO_LOCK = '00000000-0000-0000-0000-000000000000';

/** Is the lock Terraform describes one that this runner took after `since`? */
export function isOwnLock(text: string, hostname: string, since: Date): string | undefined {
  const field = (name: string): string | undefined => new RegExp(`^\\W*${name}:\\s*(.+?)\\s*$`, 'm').exec(text)?.[1];
  const id = field('ID');
  const who = field('Who');
  const created = new Date((field('Created') ?? '').replace(/^(\S+ \S+?)(\.\d+)? \+0000 UTC.*$/, '$1Z').replace(' ', 'T'));
  return id !== undefined && id !== NO_LOCK && who?.endsWith(`@${hostname}`) === true && created.getTime() >= since.getTime() - 1000
    ? id
    : undefined;
}

async function releaseOwnLock(runner: GitHubRunner, environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const saved = runner.saved('lock');
  if (saved === '') return false;
  const record = JSON.parse(saved) as LockRecord;
  if (!existsSync(record.directory)) return false;
  const exec = createExec(environment);
  const unlock = (id: string): ReturnType<typeof exec> =>
    exec(record.terraform, ['force-unlock', '-force', '-no-color', id], { cwd: record.directory, env: record.environment, quiet: true });
  try {
    const id = isOwnLock((await unlock(NO_LOCK)).stderr, os.hostname(), new Date(record.since));
    return id !== undefined && (await unlock(id)).code === 0;
  } catch (error) {
    runner.warning(`the state lock could not be looked at: ${messageOf(error)}`, 'state-locked');
    return false;
  }
}
