import { readFile, readdir } from 'node:fs/promises';

/** Direct children of this process. Linux only, like the hosted runners this action is for; elsewhere the list is empty. */
async function children(): Promise<number[]> {
  const tasks = `/proc/${process.pid}/task`;
  const threads = await readdir(tasks).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => readFile(`${tasks}/${thread}/children`, 'utf8').catch(() => '')));
  return lists
    .flatMap((list) => list.trim().split(/\s+/))
    .filter((pid) => pid !== '')
    .map(Number);
}

/**
 * When the runner cancels a job it signals only this process. Terraform must hear it too: on SIGINT it finishes what is under way,
 * writes the state and gives the lock back. Calls `onInterrupt` once, then passes each signal on to every child.
 */
export function passOnSignals(onInterrupt: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      onInterrupt();
      void children().then((pids) => {
        for (const pid of pids) {
          try {
            process.kill(pid, 'SIGINT');
          } catch {
            // It ended by itself in the meantime.
          }
        }
      });
    });
  }
}
