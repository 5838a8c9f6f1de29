/** `unknown`: nobody could say, with why; it is never taken for good or bad. Only a `blocker` fails the run. */
export type CheckStatus = 'ok' | 'warning' | 'blocker' | 'unknown';

/** What one question to Azure or GitHub came to. No field can hold a secret. */
export interface Check {
  /** A few words: what was looked at. */
  readonly check: string;
  readonly status: CheckStatus;
  readonly detail: string;
  /** What the user does next; '' where there is nothing to do. */
  readonly fix: string;
}

/** Something asked of a service: what it said, or why it did not say. */
export type Fact<T> = { readonly known: T } | { readonly unknown: string };

export const ok = (check: string, detail: string): Check => ({ check, status: 'ok', detail, fix: '' });
export const warning = (check: string, detail: string, fix: string): Check => ({ check, status: 'warning', detail, fix });
export const blocker = (check: string, detail: string, fix: string): Check => ({ check, status: 'blocker', detail, fix });
export const unknown = (check: string, why: string, fix = ''): Check => ({ check, status: 'unknown', detail: why, fix });

const ORDER: readonly CheckStatus[] = ['blocker', 'warning', 'unknown', 'ok'];

/** Blockers first; among equals, those with the same remedy stand together where the first of them stood (T138). */
export function inOrder(checks: readonly Check[]): Check[] {
  return ORDER.flatMap((status) => [...byRemedy(checks.filter((check) => check.status === status)).values()].flat());
}

/** Checks by their remedy, in order of appearance. */
export function byRemedy(checks: readonly Check[]): Map<string, Check[]> {
  const groups = new Map<string, Check[]>();
  for (const check of checks) groups.set(check.fix, [...(groups.get(check.fix) ?? []), check]);
  return groups;
}

export const withStatus = (checks: readonly Check[], status: CheckStatus): Check[] => checks.filter((check) => check.status === status);

/** `2 blockers, 1 warning, 3 unknown, 12 ok`. */
export function describeChecks(checks: readonly Check[]): string {
  const count = (status: CheckStatus): number => withStatus(checks, status).length;
  const plural = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${plural(count('blocker'), 'blocker')}, ${plural(count('warning'), 'warning')}, ${count('unknown')} unknown, ${count('ok')} ok`;
}
