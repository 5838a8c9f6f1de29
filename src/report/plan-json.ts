import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Review } from '../review/review.js';

/**
 * Writes the review beside the job's other temporary files, where it stays for later steps. It has room for no secret; what the plan
 * changes is nobody else's business on a shared runner all the same.
 * @returns its path.
 */
export async function writePlanJson(directory: string, review: Review): Promise<string> {
  const file = path.join(directory, `langsmith-plan-${review.environment}-${review.pass}-${review.shortFingerprint}.json`);
  await writeFile(file, `${JSON.stringify(review, undefined, 2)}\n`, { mode: 0o600 });
  return file;
}
