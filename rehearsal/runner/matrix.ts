import { isDeepStrictEqual } from 'node:util';

export type Combination = Readonly<Record<string, unknown>>;

/**
 * The legs of a matrix, in GitHub's order: the product of the vectors, minus `exclude`, plus `include`.
 * @param matrix evaluated `strategy.matrix`
 * @throws Error when a vector is empty or not a list, or when nothing is left.
 */
export function expandMatrix(matrix: Readonly<Record<string, unknown>>): Combination[] {
  const { include, exclude, ...vectors } = matrix;
  const names = Object.keys(vectors);
  const product = names.reduce<Combination[]>(
    (combinations, name) =>
      combinations.flatMap((combination) => vector(name, vectors[name]).map((value) => ({ ...combination, [name]: value }))),
    names.length > 0 ? [{}] : [],
  );
  const kept = product.filter((combination) => !rows('exclude', exclude).some((row) => partOf(row, combination)));
  const legs: Record<string, unknown>[] = kept.map((combination) => ({ ...combination }));
  const extra: Combination[] = [];
  for (const row of rows('include', include)) {
    const fits = kept.flatMap((combination, index) => (agrees(row, combination, names) ? [index] : []));
    for (const index of fits) Object.assign(legs[index] ?? {}, row);
    if (fits.length === 0) extra.push(row);
  }
  const all = [...legs, ...extra];
  if (all.length === 0) throw new Error('Matrix must define at least one vector');
  return all;
}

/** `(aws, 1)`: how GitHub tells legs apart. */
export function legLabel(combination: Combination): string {
  const scalars = (value: unknown): string[] =>
    value !== null && typeof value === 'object' ? Object.values(value).flatMap(scalars) : [String(value)];
  return `(${scalars(combination).join(', ')})`;
}

function vector(name: string, values: unknown): readonly unknown[] {
  if (!Array.isArray(values)) throw new Error(`Matrix vector '${name}' is not a list`);
  if (values.length === 0) throw new Error(`Matrix vector '${name}' does not contain any values`);
  return values as unknown[];
}

function rows(key: string, value: unknown): Combination[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`Matrix '${key}' is not a list`);
  return value as Combination[];
}

function partOf(row: Combination, combination: Combination): boolean {
  return Object.entries(row).every(([name, value]) => name in combination && isDeepStrictEqual(value, combination[name]));
}

/** An included row joins a combination when it would overwrite none of the original values. */
function agrees(row: Combination, combination: Combination, names: readonly string[]): boolean {
  if (names.length === 0) return false;
  return names.every((name) => !(name in row) || isDeepStrictEqual(row[name], combination[name]));
}
