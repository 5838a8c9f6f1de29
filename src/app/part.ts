import { isMap, parseDocument } from 'yaml';
import type { Inputs } from '../phases/inputs.js';
import type { PlannedItem } from '../review/items.js';
import { demandRemainder } from '../review/remainder.js';
import type { PartPlan } from '../review/review.js';
import { terraformLosses } from '../review/review.js';
import { terraformItems } from '../review/terraform-items.js';
import { code } from '../report/markdown.js';
import { isTree, type Tree } from '../values/merge.js';
import { LANGSMITH } from './state.js';

/**
 * What a plan of `terraform/app` would change, for the review. PURE.
 * @param plan `terraform show -json <plan>`.
 * @param adopted Kubernetes Secrets that are there already and make way for Terraform's.
 */
export function appPart(plan: unknown, adopted: readonly string[]): PartPlan {
  const items = appItems(plan);
  return {
    name: 'app',
    items,
    losses: terraformLosses(plan, items),
    notes:
      adopted.length === 0
        ? []
        : [
            `Terraform takes over ${adopted.map(code).join(', ')}: each is deleted and made anew within the apply, with the data that Key Vault has.`,
          ],
    scope: { adopted: Object.fromEntries(adopted.map((name) => [name, true])) },
    carrier: LANGSMITH,
    hasChanges: items.length > 0,
  };
}

/** Items of a plan. The outputs of this root are the revisions of its releases: they move with them and have no say of their own. */
const appItems = (plan: unknown): PlannedItem[] =>
  terraformItems('app', withReadableReleases(plan)).filter(({ type }) => type !== 'output');

/**
 * Holds a plan made in the middle of an apply against the one whose apply it is to finish. What the attempt itself has left on a release,
 * a revision and that it failed, is nobody else's doing.
 * @returns differences that `allow-drift` let through, in words. @throws DeployError `plan-changed`.
 */
export function demandRest({ items }: PartPlan, rest: unknown, inputs: Pick<Inputs, 'allowedDrift'>): string[] {
  return demandRemainder(items.map(withoutAttempt), appItems(rest).map(withoutAttempt), inputs);
}

const ATTEMPT = /^(status|metadata(\..*)?)$/;

const withoutAttempt = (item: PlannedItem): PlannedItem =>
  item.type === 'helm_release' ? { ...item, before: new Map([...item.before].filter(([attribute]) => !ATTEMPT.test(attribute))) } : item;

interface Release {
  readonly type: string;
  readonly change: Readonly<Record<'before' | 'after' | 'before_sensitive' | 'after_sensitive' | 'after_unknown', unknown>>;
}

/**
 * Chart values are one text to the helm provider: here they become attributes, so that a reviewer and a fingerprint see which of them
 * changes. Of what the provider notes of the release before, the revision says it all once the rest is about to be written anew.
 */
function withReadableReleases(plan: unknown): unknown {
  const { resource_changes: changes = [], ...rest } = plan as { readonly resource_changes?: readonly Release[] };
  return { ...rest, resource_changes: changes.map((resource) => (resource.type === 'helm_release' ? readable(resource) : resource)) };
}

function readable({ change, ...resource }: Release): Release {
  const before = isMarked(change.before_sensitive) ? change.before : opened(change.before);
  const after = isMarked(change.after_sensitive) || isMarked(change.after_unknown) ? change.after : opened(change.after);
  const isNew = isTree(change.after_unknown) && change.after_unknown['metadata'] === true;
  return { ...resource, change: { ...change, before: isNew ? withRevisionOnly(before) : before, after } };
}

/** Marks of Terraform have the shape of the text they are about, and would be lost with it. */
const isMarked = (marks: unknown): boolean => isTree(marks) && JSON.stringify(marks['values'] ?? null).includes('true');

function withRevisionOnly(release: unknown): unknown {
  const metadata = isTree(release) ? release['metadata'] : undefined;
  return isTree(release) && isTree(metadata) ? { ...release, metadata: { revision: metadata['revision'] } } : release;
}

function opened(release: unknown): unknown {
  if (!isTree(release) || !Array.isArray(release['values'])) return release;
  const trees = (release['values'] as readonly unknown[]).map(treeOf);
  // This root gives each release one file; should a state hold more, they stay apart.
  return { ...release, values: trees.length === 1 && isTree(trees[0]) ? trees[0] : trees };
}

function treeOf(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const document = parseDocument(text);
  return document.errors.length === 0 && isMap(document.contents) ? (document.toJS() as Tree) : text;
}
