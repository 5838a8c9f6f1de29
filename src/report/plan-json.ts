import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DriftReport } from '../drift/drift.js';
import type { Review } from '../review/review.js';

/**
 * Writes what a run found beside the job's other temporary files, where it stays for later steps. It has room for no secret; what a plan
 * changes is nobody else's business on a shared runner all the same.
 * @param name of the file, without its end. @returns its path.
 */
export async function writePlanJson(directory: string, name: string, found: Review | DriftReport): Promise<string> {
  const file = path.join(directory, `${name}.json`);
  await writeFile(file, `${JSON.stringify(found, undefined, 2)}\n`, { mode: 0o600 });
  return file;
}

export const reviewName = ({ environment, pass, shortFingerprint }: Review): string =>
  `langsmith-plan-${environment}-${pass}-${shortFingerprint}`;
