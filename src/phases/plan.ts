import type { AppPlan } from '../app/plan.js';
import { demandOf } from '../capacity/demand.js';
import { describeFit } from '../capacity/fit.js';
import { DeployError, type FailureReason } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { FeatureName, Shape } from '../passes.js';
import { planPlatform, type PlatformPlan } from '../platform/plan.js';
import { roomOf } from '../platform/quota.js';
import { refuseStoreMoves } from '../release/guards.js';
import { demandApproved } from '../review/approval.js';
import type { Drift } from '../review/drift.js';
import type { FingerprintKey } from '../review/fingerprint.js';
import { countsOf, type Review, type Reviewed, reviewCluster, uncovered } from '../review/review.js';
import { describeCounts } from '../terraform-changes.js';
import type { Inputs } from './inputs.js';
import type { Outputs } from './outputs.js';
import { planRelease, type ReleasePlan } from './release.js';
import type { ChartValues } from './values.js';

/** What a run would do in the cluster, for people to look at. */
export interface Planned {
  /** Undefined when an `apply` without an approval cannot plan the release yet, because the platform it needs is not there. */
  readonly release?: ReleasePlan;
  readonly review?: Review;
  /** On the Terraform path: what Terraform does, which is all of it. */
  readonly app?: AppPlan;
  /** What somebody changed or deleted in the cluster since it was deployed, by the ids of its items. */
  readonly drifted: readonly Drift[];
  /** Ids of objects that nobody could compare. */
  readonly unanswered: readonly string[];
  /** How the releases of the platform stand; none where others could change them before the phase `platform` comes to them. */
  readonly platform: PlatformPlan['known'];
}

export interface PlanRequest {
  readonly shape: Shape;
  readonly lost: readonly FeatureName[];
  readonly outputs: Outputs;
  readonly values: ChartValues;
  readonly key: FingerprintKey;
  /** On the Terraform path: plans `terraform/app`, knowing what would become of the release. */
  readonly planApp?: (release: ReleasePlan | undefined) => Promise<AppPlan>;
}

/** Told of a review before anything can stop the run, so that the report has it whatever comes. */
export type Show = (review: Review) => Promise<void>;

/**
 * Works out what would change in the cluster and, on `apply`, holds it against the plan that was approved. Takes the lease first on
 * `apply`, so that nothing can change between the two but by hand. Changes nothing else.
 * @throws DeployError `plan-changed`, `plan-guarded`, `platform-failed`, and what planning a release and `terraform/app` throws.
 */
export async function planCluster(cluster: Cluster, inputs: Inputs, request: PlanRequest, show: Show): Promise<Planned> {
  const { shape, lost, outputs, values, key } = request;
  const namespace = outputs.langsmith_namespace;
  const acts = inputs.command === 'apply';
  const holdsLease = acts && (await cluster.kubectl.get('namespace', namespace, namespace)) !== undefined;
  if (holdsLease) await cluster.lease.acquire(namespace);
  /** An apply that nobody approved in advance may come before there is anything to plan against. */
  const unlessEarly =
    (what: string, reason: FailureReason, isUnseen: () => Promise<boolean>) =>
    async (error: unknown): Promise<undefined> => {
      const isEarly = acts && inputs.approvedPlan === undefined && error instanceof DeployError && error.reason === reason;
      // The phases look again before they act; Terraform would change what is deployed unseen.
      if (!isEarly || (request.planApp !== undefined && (await isUnseen()))) throw error;
      cluster.log.info(`The ${what} cannot be planned before the platform stands: ${error.detail}`);
      return undefined;
    };
  const isReleased = async (): Promise<boolean> => (await cluster.helm.newest(outputs.langsmith_release_name, namespace)) !== undefined;
  const [release, platform] = await Promise.all([
    planRelease(cluster, inputs, outputs, values).catch(unlessEarly('release', 'release-failed', isReleased)),
    planPlatform(cluster, inputs, { shape, outputs, values: values.merged }).catch(
      unlessEarly('platform', 'platform-failed', async () => true),
    ),
  ]);
  const app = request.planApp === undefined ? {} : { app: await request.planApp(release) };
  // Terraform goes first on its path, and changes the same releases.
  const known = holdsLease && request.planApp === undefined ? platform?.known : undefined;
  const planned = {
    platform: known ?? new Map<string, never>(),
    drifted: [...(platform?.drifted ?? []), ...(release?.drifted ?? [])],
    unanswered: [...(platform?.unanswered ?? []), ...(release?.unanswered ?? [])],
    ...app,
  };
  if (release === undefined || platform === undefined) return planned;
  const parts = [...platform.partsBeside(app.app?.part.items ?? []), ...(app.app === undefined ? [] : [app.app.part])];
  const demand = demandOf(shape, values.merged);
  const quota = roomOf(shape, demand);
  const reviewed = reviewCluster({ environment: inputs.environment, plan: release, parts, shape, outputs, lost, demand, quota }, key);
  await showReview(reviewed, inputs, cluster.log, show);
  if (acts) refuseStoreMoves(release.moves, outputs.langsmith_release_name, inputs.approvedIrreversible);
  return { release, review: reviewed.review, ...planned };
}

/** Shows a review in log and report, then demands that it is what was approved. @throws DeployError `plan-changed`. */
export async function showReview(
  { review, fingerprint }: Reviewed,
  inputs: Pick<Inputs, 'approvedPlan' | 'allowedDrift' | 'isRerun'>,
  log: { info(message: string): void; warning(message: string, title?: string): void },
  show: Show,
): Promise<void> {
  await show(review);
  log.info(describeReview(review));
  for (const { id, what } of review.destructive) log.warning(`${id} ${what}`, 'plan');
  for (const { workload, warning } of review.pods.filter((pod) => pod.warning !== '')) log.warning(`${workload}: ${warning}`, 'plan');
  const uncoveredRows = uncovered(review);
  if (uncoveredRows.length > 0)
    log.warning(
      `without Workload Identity, and so without Blob Storage: ${uncoveredRows.map(({ workload }) => workload).join(', ')}`,
      'plan',
    );
  if (review.fit !== undefined && review.fit.verdict !== 'fits') log.warning(describeFit(review.fit), 'plan');
  for (const difference of demandApproved(fingerprint, inputs, review.hasChanges || review.destructive.length > 0))
    log.warning(`not as approved, let through by allow-drift: ${difference}`, 'plan');
}

/** One line for log and step summary. */
export function describeReview(review: Review): string {
  const { destructive, shortFingerprint, hasChanges } = review;
  const counts = describeCounts(countsOf(review));
  const losses = destructive.length === 0 ? '' : `, ${destructive.length} destructive`;
  return `${counts}${losses}${hasChanges && counts === 'no changes' ? ' of objects, but an upgrade' : ''}; fingerprint ${shortFingerprint}`;
}

export const describePlan = ({ release, review }: Planned): string =>
  release === undefined || review === undefined
    ? 'not known before the platform stands'
    : `${release.chart.name} ${release.chart.version}: ${describeReview(review)}`;
