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
 * writes the state and gives the lock back. A second one would make it give up at once and leave the lock, so each child hears one
 * only, although the runner sends SIGTERM some seconds after its SIGINT.
 */
export function passOnSignals(onInterrupt: () => void): void {
  const told = new Set<number>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      onInterrupt();
      void children().then((pids) => {
        for (const pid of pids.filter((child) => !told.has(child))) {
          told.add(pid);
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
