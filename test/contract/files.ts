import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve('.');

export const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Files of the work tree that git has or would have, below `folder`. */
export function filesBelow(folder: string, pattern = /./): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const gone = execFileSync('git', ['ls-files', '--deleted', '--', folder], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  return listed
    .split('\n')
    .filter((file) => file !== '' && !gone.includes(file) && pattern.test(file))
    .sort();
}

/** `file:line: text` of every line that matches. */
export function linesMatching(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** Cells of the README's table between the markers of `section`, without the header, back-ticks taken off. */
export function readmeTable(section: string): string[][] {
  const body = new RegExp(`<!-- BEGIN ${section} -->\\n([\\s\\S]*?)<!-- END ${section} -->`).exec(text('README.md'))?.[1];
  if (body === undefined) throw new Error(`README.md has no section ${section}`);
  const rows = body.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
}
