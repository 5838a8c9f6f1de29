import { createHash } from 'node:crypto';
import { quantity } from './quantities.js';
import type { PodTemplate } from './types.js';

/** The letters Kubernetes uses in generated names: no vowels, no look-alikes. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

const OWN_LABELS = new Set(['pod-template-hash', 'controller-revision-hash']);

/** Empty things mean the same as absent ones, key order means nothing, and `2000m` is `2`. */
function canonical(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value.map((item, index) => canonical(item, [...path, String(index)])) : undefined;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([key]) => !(path.at(-1) === 'labels' && OWN_LABELS.has(key)))
      .map(([key, inner]) => [key, canonical(inner, [...path, key])] as const)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }
  if (value === null || value === '') return undefined;
  if (path.at(-3) === 'resources' && typeof value !== 'boolean') return quantity(value as string | number);
  return value;
}

/** Ten letters that are equal when two pod templates mean the same. */
export function templateHash(template: PodTemplate): string {
  const { labels, annotations } = template.metadata ?? {};
  const meaning = JSON.stringify(canonical({ metadata: { labels, annotations }, spec: template.spec }, []));
  const digest = createHash('sha256').update(meaning).digest();
  return [...digest.subarray(0, 10)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** Five random letters, as generated names end. */
export function randomSuffix(): string {
  return Array.from({ length: 5 }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join('');
}
