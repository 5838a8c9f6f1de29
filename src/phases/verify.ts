import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import type { Shape } from '../passes.js';
import { until } from '../retry.js';
import { evaluate, VERIFIED_RESOURCES, type VerifyExpectation } from '../verify/evaluate.js';
import { VerificationFailed, type VerifyRow } from '../verify/rows.js';
import type { Inputs } from './inputs.js';
import type { Outputs } from './outputs.js';
import type { PlatformResult } from './platform.js';
import type { ReleaseResult } from './release.js';

export interface VerifyResult {
  /** Every one `ok`. */
  readonly rows: readonly VerifyRow[];
}

type VerifyInputs = Pick<Inputs, 'timeoutMinutes'>;

/**
 * Proves that exactly what the pass promises is there and ready. Waits while rollouts progress, to the deadline; what is only about to
 * be ready then is a failure, and what can no longer come right ends the waiting at once.
 * @throws VerificationFailed (`verify-failed`) with every row and a diagnosis.
 */
export async function verify(
  cluster: Cluster,
  inputs: VerifyInputs,
  shape: Shape,
  outputs: Outputs,
  platform: Pick<PlatformResult, 'entrance' | 'namespaces'>,
  release: Pick<ReleaseResult, 'name' | 'namespace' | 'hooks'>,
): Promise<VerifyResult> {
  const deadline = Date.now() + inputs.timeoutMinutes * 60_000;
  const expected: VerifyExpectation = {
    shape,
    release: release.name,
    namespace: release.namespace,
    clientId: outputs.workload_identity_client_id,
    federated: outputs.workload_identity_service_accounts,
    succeededHooks: release.hooks.filter((hook) => hook.kind === 'Job' && hook.phase === 'Succeeded').map((hook) => hook.name),
    entrance: platform.entrance,
  };

  let rows = await look(cluster, expected, platform.namespaces);
  const isSettled = (): boolean => rows.some((row) => row.status === 'failed') || rows.every((row) => row.status === 'ok');
  if (!isSettled()) await awaitRollouts(cluster, expected.namespace, rows, deadline);
  // Claims, addresses, Jobs and autoscalers have no rollout to watch; they are looked at again until they are there.
  await until({ deadlineMs: deadline - Date.now(), firstPauseMs: 1000, maximumPauseMs: 10_000 }, async () => {
    if (!isSettled()) rows = await look(cluster, expected, platform.namespaces);
    return isSettled() ? true : undefined;
  });
  if (rows.every((row) => row.status === 'ok')) return { rows };
  throw new VerificationFailed(rows, await diagnose(cluster, expected.namespace, ''));
}

async function look({ kubectl }: Cluster, expected: VerifyExpectation, namespaces: readonly string[]): Promise<VerifyRow[]> {
  const [objects, services] = await Promise.all([
    kubectl.list(VERIFIED_RESOURCES, expected.namespace),
    kubectl.list('services', undefined),
  ]);
  return evaluate(
    expected,
    objects,
    services.filter((service) => namespaces.includes(service.metadata.namespace ?? '')),
  );
}

/** Watches what is not ready yet, all at once. What a watch says is not kept: the rows tell it in full. */
async function awaitRollouts({ kubectl, log }: Cluster, namespace: string, rows: readonly VerifyRow[], deadline: number): Promise<void> {
  const rolling = rows.filter((row) => row.status === 'waiting' && (row.kind === 'Deployment' || row.kind === 'StatefulSet'));
  if (rolling.length > 0) log.info(`Waiting for ${rolling.map((row) => row.name).join(', ')}.`);
  await Promise.all(rolling.map((row) => kubectl.awaitRollout(row.kind, row.name, namespace, (deadline - Date.now()) / 1000)));
}

/** One line for the step summary. */
export function describeVerify({ rows }: VerifyResult): string {
  const count = (kind: VerifyRow['kind']): number => rows.filter((row) => row.kind === kind).length;
  const identities = rows.filter((row) => row.identity === 'complete').length;
  return `${count('Deployment')} Deployments, ${count('StatefulSet')} StatefulSets and ${count('Job')} Jobs as promised; ${identities} with Workload Identity.`;
}
