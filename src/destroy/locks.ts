import type { Azure } from '../preflight/azure.js';
import type { Fact } from '../preflight/check.js';

/** A management lock. */
export interface Lock {
  readonly id: string;
  readonly name?: string;
  readonly properties?: { readonly level?: string; readonly notes?: string };
}

/** Every lock of the subscription and below: Microsoft.Authorization locks, API 2020-05-01. */
export const fetchLocks = (azure: Azure): Promise<Fact<readonly Lock[]>> =>
  azure.list<Lock>('providers/Microsoft.Authorization/locks', '2020-05-01');

/** Where a lock applies: its id up to its own segments. */
export const scopeOf = ({ id }: Lock): string => id.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, '');

/**
 * Locks that would keep Azure from deleting one of these: at it, above it, or below it, for what contains a locked resource cannot be
 * deleted either (T296). Both levels, CanNotDelete and ReadOnly, do that.
 * @param ids ARM ids of what is to be destroyed.
 */
export function blockingLocks(locks: readonly Lock[], ids: readonly string[]): Lock[] {
  const covers = (outer: string, inner: string): boolean => `${inner}/`.toLowerCase().startsWith(`${outer}/`.toLowerCase());
  return locks.filter((lock) => ids.some((id) => covers(scopeOf(lock), id) || covers(id, scopeOf(lock))));
}
