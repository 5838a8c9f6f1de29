import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Place } from './planted.js';
import { ID_TOKEN_REQUEST } from './planted.js';

const TOOLS = new Set(['terraform', 'helm', 'kubectl']);
const LOOK_EVERY_MS = 15;

/** Paths of all files below a directory. Files that go while we look are left out. */
export function filesBelow(directory: string): string[] {
  return entriesOf(directory).flatMap((entry) => {
    const found = path.join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(found) : entry.isFile() ? [found] : [];
  });
}

/** A run removes what it is looked at: a directory that has just gone is an empty one. */
function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Directories of the action, wherever a job of the rehearsal has them. */
export function privateDirectories(rehearsal: string): string[] {
  const work = path.join(rehearsal, 'work');
  const list = (directory: string): string[] =>
    existsSync(directory) ? readdirSync(directory).map((name) => path.join(directory, name)) : [];
  return list(work)
    .flatMap(list)
    .flatMap((job) => list(path.join(job, 'temp')))
    .filter((directory) => path.basename(directory).startsWith('langsmith-azure-'));
}

/** Processes of a rehearsal: those that work in its directory, or whose environment names it. */
export function processesOf(rehearsal: string): { readonly pid: number; readonly program: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => linked(`/proc/${pid}/cwd`).startsWith(rehearsal) || read(`/proc/${pid}/environ`).includes(rehearsal))
    .map((pid) => ({ pid: Number(pid), program: programOf(pid) }));
}

const programOf = (pid: string): string => path.basename(linked(`/proc/${pid}/exe`));

function linked(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    // It ended while we looked.
    return '';
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // It ended, or was removed, while we looked.
    return '';
  }
}

/** All that is handed over to Terraform in files, but for the one file of secrets. */
const OPEN_HAND_OVER = /(?<!secrets)\.auto\.tfvars(\.json)?$|^terraform\/app\/values\//;

/** Looks at a rehearsal from outside while it runs: its tools' processes, and what lies in the action's private directory. */
export class Witness {
  /** Command line and environment of every terraform, helm and kubectl that was caught. */
  readonly processes: Place[] = [];
  /** Permissions seen, by path below the private directory ('' is the directory itself). */
  readonly modes = new Map<string, Set<string>>();
  /** The largest that was seen of each plan file, by path below the private directory. */
  readonly plans = new Map<string, Buffer>();
  /** Every content that was seen of the files that tell Terraform what to do and may not hold a secret. */
  readonly handedOver = new Map<string, string>();
  readonly #known = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly rehearsal: string) {
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How many processes of a tool were caught. */
  count(tool: string): number {
    return this.processes.filter(({ name }) => name.startsWith(tool)).length;
  }

  #look(): void {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid) || this.#known.has(pid)) continue;
      const program = programOf(pid);
      // Between fork and exec a child still shows its parent's memory; only what already is the tool counts.
      if (!TOOLS.has(program)) continue;
      this.#known.add(pid);
      const environment = read(`/proc/${pid}/environ`);
      if (!environment.includes(this.rehearsal)) continue;
      const argv = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      this.processes.push({
        name: `${program} ${argv.split(' ').slice(1, 3).join(' ')}`,
        text: `${argv}\n${environment.replaceAll('\0', '\n')}`,
        // Terraform asks GitHub for fresh assertions itself.
        allowed: (planted) => planted === ID_TOKEN_REQUEST,
      });
    }
    for (const directory of privateDirectories(this.rehearsal)) this.#note(directory);
  }

  #note(directory: string): void {
    for (const file of [directory, ...filesBelow(directory)]) {
      try {
        const mode = (lstatSync(file).mode & 0o777).toString(8);
        const name = path.relative(directory, file);
        this.modes.set(name, (this.modes.get(name) ?? new Set()).add(mode));
        if (OPEN_HAND_OVER.test(name)) this.#noteContent(name, file);
        if (!name.endsWith('.tfplan')) continue;
        const plan = readFileSync(file);
        if (plan.length > (this.plans.get(name)?.length ?? 0)) this.plans.set(name, plan);
      } catch {
        // Gone while we looked.
      }
    }
  }

  #noteContent(name: string, file: string): void {
    const { mtimeMs } = lstatSync(file);
    const key = `${name} of ${mtimeMs}`;
    if (!this.handedOver.has(key)) this.handedOver.set(key, readFileSync(file, 'latin1'));
  }
}
