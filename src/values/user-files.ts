import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { DeployError } from '../errors.js';
import type { ValuesFile } from './files.js';
import { isTree } from './merge.js';

/** A values file of the user. */
export interface UserFile {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it. */
  readonly shownAs: string;
}

/**
 * Reads the user's values files. A key that is there twice is an error: YAML readers keep one of the two and drop the rest in silence.
 * @throws DeployError `values-invalid` with every problem of every file.
 */
export async function readUserFiles(files: readonly UserFile[]): Promise<ValuesFile[]> {
  const read = await Promise.all(files.map(readUserFile));
  const problems = read.flatMap((file) => file.problems);
  if (problems.length > 0) throw new DeployError('values-invalid', problems.map((problem) => `- ${problem}`).join('\n'));
  return read.map(({ source, values }) => ({ source, values }));
}

async function readUserFile({ path, shownAs }: UserFile): Promise<ValuesFile & { readonly problems: readonly string[] }> {
  const document = parseDocument(await readFile(path, 'utf8'), { uniqueKeys: true, prettyErrors: true });
  // The first line says what and where; the others draw it.
  const problems = document.errors.map(({ message }) => `${shownAs}: ${message.split('\n')[0]?.replace(/:$/, '') ?? ''}`);
  if (problems.length > 0) return { source: shownAs, values: {}, problems };
  const values = (document.toJS() ?? {}) as unknown;
  return isTree(values)
    ? { source: shownAs, values, problems }
    : { source: shownAs, values: {}, problems: [`${shownAs}: is not a map of the chart's keys`] };
}
