import { until } from '../retry.js';
import type { RolloutProblem } from '../tools/kubectl.js';
import type { Cluster } from './cluster.js';

/**
 * Waits for a Deployment. A verdict that stood before is about what was wrong when an earlier run waited: it may be mended, and pods in
 * back-off come up minutes later. So it ends no waiting, as it does for `kubectl rollout status`; one that is reached meanwhile does.
 * @returns what is missing, in Kubernetes' words; undefined once it is rolled out.
 */
export async function awaitDeployment(
  { kubectl, log }: Pick<Cluster, 'kubectl' | 'log'>,
  name: string,
  namespace: string,
  timeoutMinutes: number,
): Promise<string | undefined> {
  const deadline = performance.now() + timeoutMinutes * 60_000;
  let problem: RolloutProblem | undefined;
  const patience = { deadlineMs: timeoutMinutes * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 };
  await until(patience, async () => {
    const isFirst = problem === undefined;
    problem = await kubectl.awaitRollout('Deployment', name, namespace, (deadline - performance.now()) / 1000);
    if (problem?.isOld !== true) return true;
    if (isFirst) log.info(`Deployment ${namespace}/${name} was given up by an earlier run; waiting whether it comes up now.`);
    return undefined;
  });
  return problem?.said;
}
