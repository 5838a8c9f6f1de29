import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Rehearsal } from './rehearsal.js';
import type { RunResult } from './runner/index.js';

/** Paths below `directory`, relative, sorted. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
}

const fileName = (text: string): string => text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');

/** What every report has: a folder with it is one of ours. */
const REQUESTS = 'requests.jsonl';

/**
 * Makes `directory` empty for a report, before anything is run.
 * @throws Error when it holds something that is not an earlier report: nobody's files are removed.
 */
export async function claimReportDirectory(directory: string): Promise<void> {
  const names: string[] = await readdir(directory).catch(() => []);
  if (names.length > 0 && !names.includes(REQUESTS))
    throw new Error(`--report: ${directory} is not empty and no earlier report; name another directory`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}

/**
 * Writes the report folder: one log and one step summary per step (both as GitHub would show them, masked), `requests.jsonl` (what
 * the cloud saw, without headers and bodies, which carry secrets), `commands.jsonl` (every terraform, helm and kubectl that was
 * started, with its arguments), `files.txt` (every file the run left on its machine) and `pods.txt`.
 */
export async function writeReport(
  rehearsal: Rehearsal,
  results: readonly RunResult[],
  extra: Readonly<Record<string, string>>,
  directory: string,
): Promise<void> {
  const write = (name: string, text: string): Promise<void> =>
    writeFile(path.join(directory, name), text.endsWith('\n') || text === '' ? text : `${text}\n`);
  const steps = results.flatMap((result, run) =>
    result.jobs.flatMap((job) =>
      job.steps.map((step, index) => ({
        step,
        name: `${run + 1}-${fileName(job.name)}-${String(index + 1).padStart(2, '0')}-${fileName(step.name)}`,
      })),
    ),
  );
  const lines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
  await Promise.all([
    ...steps.map(({ step, name }) => write(`${name}.log`, step.log.join('\n'))),
    ...steps.filter(({ step }) => step.summary !== '').map(({ step, name }) => write(`${name}.md`, step.summary)),
    write(
      REQUESTS,
      lines(
        rehearsal.world.requests.all.map(({ at, host, method, path: target, status }) => ({
          at: new Date(at).toISOString(),
          host,
          method,
          path: target,
          status,
        })),
      ),
    ),
    write(
      'commands.jsonl',
      lines((await rehearsal.recorder.calls()).map(({ at, tool, argv }) => ({ at: new Date(at).toISOString(), tool, argv }))),
    ),
    write('files.txt', (await filesBelow(path.join(rehearsal.directory, 'work'))).join('\n')),
    ...Object.entries(extra).map(([name, text]) => write(name, text)),
  ]);
}
