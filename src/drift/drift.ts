import { LANGSMITH } from '../app/state.js';
import type { FailureReason } from '../errors.js';
import { type ItemChange, type PlannedItem, showItem } from '../review/items.js';
import { attributeChanges, differingPaths, type Leaves, sameLeaf } from '../review/leaves.js';
import type { Review } from '../review/review.js';
import { driftItems, terraformItems } from '../review/terraform-items.js';
import { type Ignored, keepOnly, sift } from './noise.js';

/** The two halves that are looked at one after the other. */
export type Half = 'infrastructure' | 'cluster';

/** What one half shows. Values that are sensitive are in no field. */
export interface Seen {
  /** No longer as it was deployed: `before` is what was deployed, `after` what stands. */
  readonly outside: readonly ItemChange[];
  /** Configured and not applied: `before` is what stands, `after` what is configured. */
  readonly pending: readonly ItemChange[];
  /** What services do by themselves. */
  readonly ignored: readonly Ignored[];
  /** Ids of what nobody could compare, although the half as such was looked at. */
  readonly blind: readonly string[];
  /** Sentences in Markdown about what is pending and no item shows. */
  readonly notes: readonly string[];
}

/** Everything a run found. */
export interface DriftReport {
  readonly environment: string;
  /** The halves that were looked at. */
  readonly seen: Readonly<Partial<Record<Half, Seen>>>;
  /** What could not be looked at, and why; the run fails for that reason. */
  readonly unseen?: { readonly half: Half; readonly reason: FailureReason };
}

/** A difference, and where it is. */
export interface Difference extends ItemChange {
  readonly half: Half;
  readonly kind: 'outside' | 'pending';
}

export const differencesOf = ({ seen }: DriftReport): Difference[] =>
  (['outside', 'pending'] as const).flatMap((kind) =>
    (Object.entries(seen) as [Half, Seen][]).flatMap(([half, part]) => part[kind].map((item) => ({ ...item, half, kind }))),
  );

/** Did the run look at everything? Only then may it say that nothing differs. */
export const sawAll = ({ seen, unseen }: DriftReport): boolean =>
  unseen === undefined && Object.values(seen).every(({ blind }) => blind.length === 0);

export const ignoredOf = ({ seen }: DriftReport): Ignored[] => Object.values(seen).flatMap(({ ignored }) => ignored);

/** What Azure shows of `terraform/infra`. PURE. @param plan `terraform show -json <plan>`. */
export function seeInfrastructure(plan: unknown): Seen {
  const drifted = driftItems('infrastructure', plan);
  const outside = drifted.map((item) => sift(item, 'before'));
  const planned = terraformItems('infrastructure', plan).map((item) => sift(item, 'after'));
  const found = outside.flatMap(({ item }) => item ?? []);
  const byId = new Map(drifted.map((item) => [item.id, item]));
  const pending = planned.flatMap(({ item }) => item ?? []).flatMap((item) => withoutReverts(item, byId.get(item.id)) ?? []);
  // Outputs follow the resources they are computed from; alone, they are what an apply would change.
  const resources = pending.filter(({ type }) => type !== 'output');
  const isOnlyOutputs = found.length + resources.length === 0;
  return {
    outside: found.map((item) => (item.action === 'delete' ? { ...showItem(item), attributes: [] } : showItem(item))),
    pending: (isOnlyOutputs ? pending : resources).map(showItem),
    ignored: distinct([...outside, ...planned].flatMap(({ ignored }) => ignored)),
    blind: [],
    notes: [],
  };
}

/** What of a planned change does more than to set right what was changed outside. */
function withoutReverts(planned: PlannedItem, drifted: PlannedItem | undefined): PlannedItem | undefined {
  if (drifted === undefined) return planned;
  // It was deleted and is made again as it was: everything about it that is new, a plan of a resource that stands would show.
  if (drifted.action === 'delete' && planned.action === 'create') return undefined;
  if (planned.action !== 'update') return planned;
  const rest = keepOnly(planned, (path) => {
    const wasTouched = !sameLeaf(drifted.before.get(path), drifted.after.get(path));
    return !(wasTouched && sameLeaf(drifted.before.get(path), planned.after.get(path)));
  });
  return differingPaths(rest.before, rest.after).length === 0 ? undefined : rest;
}

/** The same attribute may be noise in both kinds. */
const distinct = (all: readonly Ignored[]): Ignored[] => [...new Map(all.map((each) => [`${each.id} ${each.path}`, each])).values()];

/** An object that is no longer as deployed. */
export interface DriftedObject {
  /** As the review names it. */
  readonly id: string;
  /** It is gone. */
  readonly missing: boolean;
  /** What differs, as it stands and as it was deployed. */
  readonly before: Leaves;
  readonly after: Leaves;
}

export interface ClusterPlan {
  readonly review: Pick<Review, 'roots' | 'notes' | 'hasChanges'>;
  readonly drifted: readonly DriftedObject[];
  /** Ids of objects that nobody could compare. */
  readonly blind: readonly string[];
}

/** What the cluster shows. PURE. */
export function seeCluster({ review, drifted, blind }: ClusterPlan): Seen {
  const outside = drifted.map(({ id, missing, before, after }): ItemChange => ({
    id,
    type: id.split(' ')[0] ?? '',
    action: missing ? 'delete' : 'update',
    attributes: missing ? [] : attributeChanges(after, before),
  }));
  const byId = new Map(outside.map((item) => [item.id, item]));
  const changes = review.roots.flatMap((root) => root.changes).flatMap((item) => withoutRestored(item, byId.get(item.id)) ?? []);
  // On the Terraform path the release comes by one resource, which says no more than its objects do.
  const isTold = ({ id }: ItemChange): boolean => id === LANGSMITH && outside.length + changes.length > 1;
  const shown = changes.filter((change) => !isTold(change));
  // Values that no object shows, a hook, an upgrade that died: an apply has something to do all the same.
  const isHidden = review.hasChanges && outside.length + shown.length === 0;
  return {
    outside,
    pending: isHidden ? [{ id: 'Helm release', type: 'release', action: 'update', attributes: [] }] : shown,
    ignored: [],
    blind,
    notes: isHidden ? review.notes : [],
  };
}

/** What of a planned change does more than to set right what was changed outside. */
function withoutRestored(planned: ItemChange, outside: ItemChange | undefined): ItemChange | undefined {
  if (outside === undefined) return planned;
  if (outside.action === 'delete' && planned.action === 'create') return undefined;
  if (planned.action !== 'update') return planned;
  const attributes = planned.attributes.filter(({ path }) => !outside.attributes.some((other) => other.path === path));
  return attributes.length === 0 ? undefined : { ...planned, attributes };
}

/** `2 changed outside, 1 not applied yet`. */
export function describeDifferences(differences: readonly Pick<Difference, 'kind'>[]): string {
  const outside = differences.filter(({ kind }) => kind === 'outside').length;
  const pending = differences.length - outside;
  return [...(outside > 0 ? [`${outside} changed outside`] : []), ...(pending > 0 ? [`${pending} not applied yet`] : [])].join(', ');
}
