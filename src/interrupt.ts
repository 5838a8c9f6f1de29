import { setMaxListeners } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';

/** A stopped run gives up what it still waits for, such as an answer over the network, once no child has been at work for this long. */
const QUIET_MS = 1500;
const LOOK_EVERY_MS = 100;

const stop = new AbortController();

/**
 * Aborted once the runner has asked this process to stop: whoever waits ends the wait, and no new child is started. There is one of it,
 * because a process is asked once, whatever it is doing.
 */
export const stopping: AbortSignal = stop.signal;
setMaxListeners(0, stopping);

let atWork = 0;

/** A child at work. It must come to its own end before a stopped run may give up; it hears of the stop itself. */
export async function whileAtWork<T>(work: () => Promise<T>): Promise<T> {
  atWork += 1;
  try {
    return await work();
  } finally {
    atWork -= 1;
  }
}

/** In the environment of a child that gives back what the run holds: no signal is passed on to it. */
export const GIVES_BACK = 'LANGSMITH_AZURE_GIVES_BACK';

/**
 * Rejects when the run was asked to stop and nothing is under way any more. The runner kills the process ten seconds after its first
 * signal; a run that waits for an answer until then could neither give its lease back nor say where it stopped.
 */
export const givenUp: Promise<never> = new Promise((_resolve, reject) => {
  stopping.addEventListener('abort', () => {
    let quiet = 0;
    setInterval(() => {
      quiet = atWork === 0 ? quiet + LOOK_EVERY_MS : 0;
      if (quiet >= QUIET_MS) reject(stopping.reason as Error);
    }, LOOK_EVERY_MS).unref();
  });
});
// Whoever races with it hears of it; with nobody there it is no error.
givenUp.catch(() => undefined);

/** Direct children of this process. Linux only, like the hosted runners this action is for; elsewhere the list is empty. */
async function children(): Promise<number[]> {
  const tasks = `/proc/${process.pid}/task`;
  const threads = await readdir(tasks).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => read(`${tasks}/${thread}/children`)));
  return lists
    .flatMap((list) => list.trim().split(/\s+/))
    .filter((pid) => pid !== '')
    .map(Number);
}

/** '' for what ended in the meantime. */
const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

const givesBack = async (pid: number): Promise<boolean> => (await read(`/proc/${pid}/environ`)).includes(`${GIVES_BACK}=`);

/**
 * When the runner cancels a job it signals only this process. Terraform must hear it too: on SIGINT it finishes what is under way,
 * writes the state and gives the lock back. A second one would make it give up at once and leave the lock, so each child hears one
 * only, although the runner sends SIGTERM some seconds after its SIGINT. One that gives something back hears none: a run that unwinds
 * starts it while the signals still come.
 */
export function passOnSignals(onInterrupt: () => void): void {
  const told = new Set<number>();
  const tell = async (pid: number): Promise<void> => {
    if (await givesBack(pid)) return;
    told.add(pid);
    try {
      process.kill(pid, 'SIGINT');
    } catch {
      // It ended by itself in the meantime.
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      onInterrupt();
      stop.abort(new Error('the runner asked the run to stop'));
      void children().then((pids) => Promise.all(pids.filter((pid) => !told.has(pid)).map(tell)));
    });
  }
}
