/**
 * Copies and comparisons of JSON values. Not structuredClone and isDeepStrictEqual: what those make and compare belongs to one
 * realm, and under a test runner's sandbox a clone would never equal its original.
 */

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A deep copy; undefined members are left out, as JSON does. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item)) as T;
  if (!isRecord(value)) return value;
  const copied: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) copied[key] = copy(inner);
  return copied as T;
}

/** Equal as JSON: order of keys does not count, undefined members are absent. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const present = (value: Record<string, unknown>) => Object.keys(value).filter((key) => value[key] !== undefined);
  const keys = present(a);
  return keys.length === present(b).length && keys.every((key) => same(a[key], b[key]));
}
