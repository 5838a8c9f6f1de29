import { DeployError } from '../errors.js';
import { until, type Patience } from '../retry.js';
import type { AccessQuestion, Kubectl } from '../tools/kubectl.js';

/** What a run that only looks does; Helm keeps its revisions in Secrets. */
export const LOOKING: readonly AccessQuestion[] = [
  { verb: 'list', group: '', resource: 'services' },
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'list', group: 'apps', resource: 'deployments' },
  { verb: 'list', group: '', resource: 'secrets' },
];

/** What later phases do, asked of the API server before any of it is tried. */
export const DEPLOYING: readonly AccessQuestion[] = [
  { verb: 'create', group: '', resource: 'namespaces' },
  { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { verb: 'create', group: '', resource: 'secrets' },
  { verb: 'create', group: 'apps', resource: 'deployments' },
  { verb: 'delete', group: 'batch', resource: 'jobs' },
];

/** A role given by pass 1 takes up to this long to be believed by the cluster's authorizer. */
const ROLE_PROPAGATION_MS = 5 * 60_000;

/**
 * Proves that the API server answers, knows us and lets us do what the run needs. Waits out the delay of a fresh role.
 * @returns the user the API server sees.
 * @throws DeployError `cluster-unreachable` or `cluster-forbidden` with what is not allowed.
 */
export async function proveAccess(
  kubectl: Kubectl,
  timeoutMinutes: number,
  needed: readonly AccessQuestion[],
  patience: Partial<Patience> = {},
): Promise<string> {
  const user = await kubectl.whoAmI();
  let denied: string[] = [];
  const granted = await until(
    { deadlineMs: Math.min(timeoutMinutes * 60_000, ROLE_PROPAGATION_MS), firstPauseMs: 2000, maximumPauseMs: 15_000, ...patience },
    async () => {
      const answers = await kubectl.mayI(needed);
      denied = needed.filter((_, index) => answers[index] !== true).map(({ verb, resource }) => `${verb} ${resource}`);
      return denied.length === 0 ? true : undefined;
    },
  );
  if (granted === undefined)
    throw new DeployError('cluster-forbidden', `the cluster knows us as ${user} and does not allow: ${denied.join(', ')}`);
  return user;
}
