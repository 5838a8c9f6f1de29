import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

export interface ProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** The whole environment; nothing of the host's is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Each line of stdout and stderr, without its line end. */
  readonly onLine: (line: string) => void;
  /** Abort: SIGINT, then SIGTERM to the process alone, as GitHub's runner does, then SIGKILL to its group. */
  readonly signal: AbortSignal;
  /** Milliseconds between the three signals. */
  readonly grace: { readonly interruptMs: number; readonly terminateMs: number };
  /** Called once the process runs; `kill` sends SIGKILL to its group. */
  readonly onStart?: (kill: () => void, group: number) => void;
}

/** How long output may still trickle in from children after the process itself has gone, in ms. */
const STREAM_GRACE_MS = 5000;

/**
 * Run one process in a group of its own and wait for its end.
 * @returns the exit code; 128 + signal number when a signal ended it, as a shell would say
 * @throws Error when it cannot be started
 */
export async function runProcess(options: ProcessOptions): Promise<number> {
  const child = spawn(options.file, [...options.args], {
    cwd: options.directory,
    env: options.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killGroup = (): void => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), options.grace.interruptMs));
    timers.push(setTimeout(killGroup, options.grace.interruptMs + options.grace.terminateMs));
  };
  const drained = Promise.all([readLines(child.stdout, options.onLine), readLines(child.stderr, options.onLine)]);
  try {
    const exited = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? (SIGNAL_NUMBERS[signal] ?? 0) : 0)));
    });
    child.once('spawn', () => options.onStart?.(killGroup, child.pid ?? 0));
    options.signal.addEventListener('abort', stop, { once: true });
    if (options.signal.aborted) stop();
    const code = await exited;
    await Promise.race([drained, new Promise((resolve) => timers.push(setTimeout(resolve, STREAM_GRACE_MS)))]);
    return code;
  } finally {
    options.signal.removeEventListener('abort', stop);
    for (const timer of timers) clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  });
  return new Promise((resolve) =>
    stream.once('close', () => {
      const last = rest + decoder.end();
      if (last !== '') onLine(last);
      resolve();
    }),
  );
}

/** The variable every process of a job inherits, by which leftovers are found whatever group they moved to. */
export const TRACKING_VARIABLE = 'RUNNER_TRACKING_ID';

/**
 * Kill what a job left running: every process that still carries its tracking id. Without /proc, the process groups it started.
 * @returns the ids of the processes or groups that were asked to go
 */
export function killLeftovers(trackingId: string, groups: readonly number[]): number[] {
  if (!existsSync('/proc')) {
    for (const group of groups) signalGroup(group, 'SIGKILL');
    return [...groups];
  }
  const marked = Buffer.from(`${TRACKING_VARIABLE}=${trackingId}\0`);
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const leftovers = pids.filter((pid) => environmentOf(pid).includes(marked)).map(Number);
  for (const pid of leftovers) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return leftovers;
}

/** Empty for processes of other users and for those that ended while we looked. */
function environmentOf(pid: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    return Buffer.alloc(0);
  }
}
