import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The fixed directory or file a pattern starts from: `a/b/*.txt` starts at `a/b`. */
export function searchPath(pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[\]]/.test(part));
  return wild < 0 ? pattern : parts.slice(0, wild).join('/') || '/';
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[wild] ?? wild);
  return new RegExp(`^${source}$`);
}

function filesBelow(start: string): string[] {
  if (!existsSync(start)) return [];
  if (!statSync(start).isDirectory()) return [start];
  return readdirSync(start, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(start, entry.name);
    return entry.isDirectory() ? filesBelow(full) : [full];
  });
}

/**
 * Files that match the patterns, sorted, absolute. A pattern that names a directory means everything in it, and one that starts
 * with `!` takes files away again. Relative patterns start at `directory`.
 */
export function findFiles(patterns: readonly string[], directory: string): string[] {
  const found = new Set<string>();
  for (const raw of patterns) {
    const exclude = raw.startsWith('!');
    const pattern = path.resolve(directory, exclude ? raw.slice(1) : raw);
    const matcher = toRegExp(pattern);
    const matching = (file: string): boolean => matcher.test(file) || toRegExp(`${pattern}/**`).test(file);
    if (exclude) for (const file of found) if (matching(file)) found.delete(file);
    if (!exclude) for (const file of filesBelow(searchPath(pattern))) if (matching(file)) found.add(file);
  }
  return [...found].sort();
}

/** `hashFiles()`: SHA-256 over the SHA-256 of each matching file inside the workspace; empty when nothing matches. */
export function hashFiles(patterns: readonly string[], workspace: string): string {
  const files = findFiles(patterns, workspace).filter((file) => file.startsWith(workspace + path.sep));
  if (files.length === 0) return '';
  const digests = files.map((file) => createHash('sha256').update(readFileSync(file)).digest());
  return createHash('sha256').update(Buffer.concat(digests)).digest('hex');
}
