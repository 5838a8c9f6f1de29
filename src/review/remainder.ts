import { DeployError } from '../errors.js';
import type { Inputs } from '../phases/inputs.js';
import { describeDifference, type FingerprintDifference, unexpected } from './fingerprint.js';
import type { PlannedItem } from './items.js';
import { type Leaf, type Leaves, sameLeaf } from './leaves.js';

/**
 * What of a plan is no remainder of an earlier one: each of its items must have been there with the same action and the same
 * attributes, where one that was not known then may be known now. Items that are gone were carried out. PURE.
 */
export function beyond(earlier: readonly PlannedItem[], later: readonly PlannedItem[]): FingerprintDifference[] {
  const keyOf = ({ root, id }: PlannedItem): string => `${root}/${id}`;
  const known = new Map(earlier.map((item) => [keyOf(item), item]));
  return later.flatMap((item): FingerprintDifference[] => {
    const [id, was] = [keyOf(item), known.get(keyOf(item))];
    if (was === undefined) return [{ id, attribute: '', what: 'was not in the approved plan' }];
    if (was.action !== item.action) return [{ id, attribute: '(action)', what: 'differs' }];
    // What is now as it was to be has been carried out, though the rest of the item failed.
    const moved = differing(was.before, item.before).filter((path) => !sameLeaf(was.after.get(path), item.before.get(path)));
    const paths = [...new Set([...moved, ...differing(was.after, item.after)])].sort();
    return paths.map((attribute) => ({ id, attribute, what: 'differs' }));
  });
}

/** Paths whose values differ, but for those below what was not known. */
function differing(was: Leaves, is: Leaves): string[] {
  const unknown = [...was].filter(([, leaf]) => leaf.unknown).map(([path]) => path);
  const wasUnknown = (path: string): boolean => unknown.some((above) => isAtOrBelow(path, above));
  return [...new Set([...was.keys(), ...is.keys()])].filter((path) => {
    const [old, next]: (Leaf | undefined)[] = [was.get(path), is.get(path)];
    return !sameLeaf(old, next) && !wasUnknown(path);
  });
}

/** @param above '' is the whole. */
const isAtOrBelow = (path: string, above: string): boolean =>
  above === '' || path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);

/**
 * Demands that a plan made in the middle of an apply does nothing that the plan before it did not show.
 * @returns differences that `allow-drift` let through, in words. @throws DeployError `plan-changed`.
 */
export function demandRemainder(
  earlier: readonly PlannedItem[],
  later: readonly PlannedItem[],
  { allowedDrift }: Pick<Inputs, 'allowedDrift'>,
): string[] {
  const differences = beyond(earlier, later);
  const refused = unexpected(differences, allowedDrift);
  if (refused.length === 0) return differences.map(describeDifference);
  throw new DeployError(
    'plan-changed',
    ['what is left to do is not what was planned:', ...refused.map((each) => `- ${describeDifference(each)}`)].join('\n'),
    {
      fix: 'What was applied before stands, and nothing of this was touched. Plan again and approve what it shows now; drift that you expect, name in the input allow-drift.',
    },
  );
}
