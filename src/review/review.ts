import { type Demand } from '../capacity/demand.js';
import { type Fit, fitOf, type Quota } from '../capacity/fit.js';
import type { FeatureName, Shape } from '../passes.js';
import type { ReleasePlan } from '../phases/release.js';
import type { Outputs } from '../phases/outputs.js';
import { approvalOf, describeMove } from '../release/stores.js';
import { irreversibleChanges } from '../plan-guards.js';
import { code } from '../report/markdown.js';
import type { ChangeCounts } from '../terraform-changes.js';
import { countChanges, sumCounts } from '../terraform-changes.js';
import { encodeFingerprint, type Fingerprint, type FingerprintKey, fingerprintOf, shortFingerprint } from './fingerprint.js';
import { type ItemChange, type PlannedItem, type RootName, showItem } from './items.js';
import { holdsData, identityRows, type IdentityRow, isCovered, type PodChange, podChanges, releaseItems } from './release-items.js';
import { type Box, boxesInAzure, boxesInCluster } from './boxes.js';
import { terraformItems } from './terraform-items.js';
import type { Tree } from '../values/merge.js';

/** What one part of the deployment would change. */
export interface RootReview {
  readonly name: RootName;
  /** Of resources or objects. */
  readonly counts: ChangeCounts;
  readonly changes: readonly ItemChange[];
  /** Item of another part by which all of this comes: counted there, and shown here from closer by. */
  readonly within?: string;
}

/** A loss, and how final it is. */
export interface Loss {
  readonly id: string;
  readonly what: string;
  /** Data or a name goes that cannot be had back. */
  readonly final: boolean;
}

/** Everything a reviewer is shown. Values of secrets are in no field. */
export interface Review {
  readonly environment: string;
  /** Pass of the deployment after this run. */
  readonly pass: number;
  readonly hasChanges: boolean;
  readonly roots: readonly RootReview[];
  /** Most final first. */
  readonly destructive: readonly Loss[];
  readonly pods: readonly PodChange[];
  readonly identities: readonly IdentityRow[];
  readonly fit?: Fit;
  /** Sentences about the plan as a whole, in Markdown. */
  readonly notes: readonly string[];
  /** What will stand after the apply. */
  readonly boxes: readonly Box[];
  /** As one word, for the input `fingerprint` of an apply. */
  readonly fingerprint: string;
  /** What people compare by eye. */
  readonly shortFingerprint: string;
}

/** A review with what it was made from, which may hold secrets and stays in memory. */
export interface Reviewed {
  readonly review: Review;
  readonly fingerprint: Fingerprint;
}

/** Review of pass 1. PURE. @param plan `terraform show -json <plan>`. */
export function reviewInfrastructure(environment: string, plan: unknown, key: FingerprintKey): Reviewed {
  const items = terraformItems('infrastructure', plan);
  const fingerprint = fingerprintOf(items, {}, key);
  return {
    fingerprint,
    review: {
      environment,
      pass: 1,
      hasChanges: items.length > 0,
      roots: [rootReview('infrastructure', items, undefined)],
      destructive: mostFinalFirst(terraformLosses(plan, items)),
      pods: [],
      identities: [],
      notes: items.length > 0 && items.every(({ type }) => type === 'output') ? ['Only outputs change.'] : [],
      boxes: boxesInAzure(plan),
      fingerprint: encodeFingerprint(fingerprint),
      shortFingerprint: shortFingerprint(fingerprint),
    },
  };
}

/** What a Terraform plan takes away. PURE. @param items those of the plan. */
export function terraformLosses(plan: unknown, items: readonly PlannedItem[]): Loss[] {
  const irreversible = new Map(irreversibleChanges(plan).map(({ address, what }) => [address, what]));
  return items.flatMap(({ id, action }): Loss[] => {
    const final = irreversible.get(id);
    if (final !== undefined) return [{ id, what: final, final: true }];
    if (action === 'delete') return [{ id, what: 'would be destroyed', final: false }];
    return action === 'replace' ? [{ id, what: 'would be replaced', final: false }] : [];
  });
}

/** A part of the deployment that is planned beside the release. */
export interface PartPlan {
  readonly name: Exclude<RootName, 'infrastructure' | 'release'>;
  readonly items: readonly PlannedItem[];
  readonly losses: readonly Loss[];
  /** Sentences in Markdown. */
  readonly notes: readonly string[];
  /** What else an approval of it is for and no item shows. */
  readonly scope?: Tree;
  /** Item by which the objects of the release come: they are then no further changes. */
  readonly carrier?: string;
  /** Something would be done, be it that no item shows it. */
  readonly hasChanges: boolean;
  /** Items of another part by which all of this comes: counted there, and shown here from closer by. */
  readonly within?: string;
  /** What of it will stand. */
  readonly boxes?: readonly Box[];
}

export interface ClusterReviewRequest {
  readonly environment: string;
  readonly plan: ReleasePlan;
  /** In the order in which they are shown, before the release. */
  readonly parts: readonly PartPlan[];
  readonly shape: Shape;
  readonly outputs: Outputs;
  /** What the user gives up. */
  readonly lost: readonly FeatureName[];
  readonly demand: Demand;
  readonly quota?: Quota;
}

/** Review of pass 2 and later. PURE. */
export function reviewCluster(request: ClusterReviewRequest, key: FingerprintKey): Reviewed {
  const { environment, plan, parts, shape, outputs, lost, demand, quota } = request;
  const release = outputs.langsmith_release_name;
  const carrier = parts.find((part) => part.carrier !== undefined)?.carrier;
  const items = releaseItems(plan.manifests, plan.drifted);
  const hooks = releaseItems(plan.hooks);
  const fingerprint = fingerprintOf([...parts.flatMap((part) => part.items), ...items, ...hooks], scopeOf(request), key);
  const identity = { clientId: outputs.workload_identity_client_id, trusted: outputs.workload_identity_service_accounts };
  const losses = items
    .filter(({ action }) => action === 'delete')
    .map((item) => ({ id: item.id, what: 'would be removed', final: holdsData(item) }));
  return {
    fingerprint,
    review: {
      environment,
      pass: shape.pass,
      hasChanges: plan.change !== 'unchanged' || parts.some((part) => part.hasChanges),
      // Hooks run on every upgrade and replace their predecessors: counting them would say that each upgrade changes them.
      roots: [...parts.map((part) => rootReview(part.name, part.items, part.within)), rootReview('release', items, carrier)],
      destructive: mostFinalFirst([
        ...lost.map((name) => ({ id: name, what: 'feature would be taken away with all it holds', final: true })),
        ...parts.flatMap((part) => part.losses),
        ...storeLosses(plan, release),
        ...losses,
      ]),
      pods: podChanges(plan.manifests, shape, release),
      identities: identityRows(plan.manifests.after, shape, release, identity),
      fit: fitOf(demand, outputs.node_pools, quota),
      notes: [...parts.flatMap((part) => part.notes), ...notesOf(plan)],
      boxes: [...parts.flatMap((part) => part.boxes ?? []), ...boxesInCluster(plan.manifests, shape, release)],
      fingerprint: encodeFingerprint(fingerprint),
      shortFingerprint: shortFingerprint(fingerprint),
    },
  };
}

/** A store that moves: its data stays where LangSmith no longer looks. */
const storeLosses = ({ moves }: ReleasePlan, release: string): Loss[] =>
  moves.map((move) => {
    const approval = approvalOf(move);
    return { id: approval ?? move.store, what: describeMove(move, release), final: approval !== undefined };
  });

const rootReview = (name: RootName, items: readonly PlannedItem[], within: string | undefined): RootReview => ({
  name,
  ...(within === undefined ? {} : { within }),
  // An output is no resource: Terraform does not count it either.
  counts: countChanges(items.filter(({ type }) => type !== 'output')),
  changes: items.map(showItem),
});

/** Of everything that would change, each thing once. */
export const countsOf = ({ roots }: Pick<Review, 'roots'>): ChangeCounts =>
  sumCounts(roots.filter(({ within }) => within === undefined).map(({ counts }) => counts));

const mostFinalFirst = (losses: readonly Loss[]): Loss[] =>
  [...losses].sort((a, b) => Number(b.final) - Number(a.final) || (a.id < b.id ? -1 : 1));

/** What an approval of a release is for besides its objects. */
const scopeOf = ({ plan, parts, outputs, lost, shape }: ClusterReviewRequest): unknown => ({
  ...Object.fromEntries(parts.flatMap(({ name, scope }) => (scope === undefined ? [] : [[name, scope]]))),
  chart: { name: plan.chart.name, version: plan.chart.version, previous: plan.previousVersion ?? null },
  change: plan.change,
  pending: plan.pending ?? null,
  pass: shape.pass,
  secretVersions: outputs.keyvault_secret_versions,
  lost,
});

function notesOf({ change, chart, previousVersion, pending, drifted, unanswered, manifests }: ReleasePlan): string[] {
  const isNewChart = previousVersion !== undefined && previousVersion !== chart.version;
  return [
    ...(isNewChart ? [`The chart goes from ${previousVersion} to ${chart.version}; its database migrations only go forward.`] : []),
    ...(pending === undefined
      ? []
      : [
          `Revision ${pending.revision} is ${pending.status}: the run that made it died or is at work. An apply rolls it forward and shows then what changes.`,
        ]),
    ...(drifted.length === 0 ? [] : [`No longer as deployed, and set right by an apply: ${drifted.map(({ id }) => code(id)).join(', ')}.`]),
    ...unansweredNotes(unanswered),
    ...(change === 'upgraded' && pending === undefined && drifted.length === 0 && !isNewChart && sameObjects(manifests)
      ? ['No object of the release changes; values that no object shows do, or hooks, or an upgrade has to be finished.']
      : []),
  ];
}

/** What a reviewer must know of objects that nobody could compare. @param ids as they are shown. */
export const unansweredNotes = (ids: readonly string[]): string[] =>
  ids.length === 0
    ? []
    : [
        `A webhook does not answer, so whether these are as deployed is not known; an apply looks again once it does: ${ids.map(code).join(', ')}.`,
      ];

const sameObjects = ({ before, after }: ReleasePlan['manifests']): boolean =>
  before.size === after.size && [...after].every(([name, object]) => before.get(name) === object);

/** Workloads that read Blob Storage and could not get a token. */
export const uncovered = ({ identities }: Review): IdentityRow[] => identities.filter((row) => !isCovered(row));
