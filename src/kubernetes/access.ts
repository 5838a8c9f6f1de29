import { DeployError } from '../errors.js';
import { until, type Patience } from '../retry.js';
import type { Kubectl } from '../tools/kubectl.js';

/** What later phases do, asked of the API server before any of it is tried. */
const NEEDED: readonly (readonly [verb: string, resource: string])[] = [
  ['create', 'namespaces'],
  ['create', 'customresourcedefinitions.apiextensions.k8s.io'],
  ['create', 'clusterrolebindings.rbac.authorization.k8s.io'],
  ['create', 'secrets'],
  ['create', 'deployments.apps'],
  ['delete', 'jobs.batch'],
];

/** A role given by pass 1 takes up to this long to be believed by the cluster's authorizer. */
const ROLE_PROPAGATION_MS = 5 * 60_000;

/**
 * Proves that the API server answers, knows us and lets us do what the release needs. Waits out the delay of a fresh role.
 * @returns the user the API server sees.
 * @throws DeployError `platform-unreachable` or `platform-forbidden` with what is not allowed.
 */
export async function proveAccess(kubectl: Kubectl, timeoutMinutes: number, patience: Partial<Patience> = {}): Promise<string> {
  const user = await kubectl.whoAmI();
  let denied: string[] = [];
  const granted = await until(
    { deadlineMs: Math.min(timeoutMinutes * 60_000, ROLE_PROPAGATION_MS), firstPauseMs: 2000, maximumPauseMs: 15_000, ...patience },
    async () => {
      const answers = await Promise.all(NEEDED.map(([verb, resource]) => kubectl.canI(verb, resource)));
      denied = NEEDED.filter((_, index) => answers[index] !== true).map(([verb, resource]) => `${verb} ${resource}`);
      return denied.length === 0 ? true : undefined;
    },
  );
  if (granted === undefined)
    throw new DeployError('platform-forbidden', `the cluster knows us as ${user} and does not allow: ${denied.join(', ')}`);
  return user;
}
