import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import type { Shape } from '../passes.js';
import { indexObjects } from '../release/manifest.js';
import { until } from '../retry.js';
import { usesIstioGateway } from '../platform/names.js';
import { lookAtCertificate } from '../verify/certificate.js';
import { addressOf, evaluate, VERIFIED_RESOURCES, type VerifyExpectation } from '../verify/evaluate.js';
import { type FrontDoorExpectation, frontDoorRows, type FrontDoorTools, lookAtFrontDoor } from '../verify/front-door.js';
import { isProved, isSettled, plainRow, VerificationFailed, type VerifyRow } from '../verify/rows.js';
import { ownZone } from '../verify/zone.js';
import type { Inputs } from './inputs.js';
import type { Outputs } from './outputs.js';
import type { PlatformResult } from './platform.js';
import type { ReleaseResult } from './release.js';

export interface VerifyResult {
  /** Every one `ok`, or `unknown` where this machine cannot look. */
  readonly rows: readonly VerifyRow[];
}

type VerifyInputs = Pick<Inputs, 'timeoutMinutes'>;

/** The release as it stands. */
export interface DeployedRelease extends Pick<ReleaseResult, 'name' | 'namespace' | 'hooks'> {
  /** Why it does not stand; absent when it does. */
  readonly problem?: string;
}

/** The release of a run that changes nothing: what Helm has of it. */
export async function deployedRelease({ helm }: Cluster, outputs: Outputs): Promise<DeployedRelease> {
  const { langsmith_release_name: name, langsmith_namespace: namespace } = outputs;
  const newest = await helm.newest(name, namespace);
  if (newest === undefined) return { name, namespace, hooks: [], problem: 'is not installed' };
  if (newest.status !== 'deployed') return { name, namespace, hooks: [], problem: `revision ${newest.revision} is ${newest.status}` };
  // Helm marks a revision `deployed` only when every hook has succeeded.
  const hooks = [...indexObjects(await helm.hooks(name, namespace)).keys()].map((row) => row.split(' ') as [string, string]);
  return { name, namespace, hooks: hooks.map(([kind, hook]) => ({ kind, name: hook, phase: 'Succeeded' })) };
}

/**
 * Proves that exactly what the pass promises is there, ready, and answers from outside. Waits while things progress, to the deadline;
 * what is only about to be ready then is a failure, and what can no longer come right ends the waiting at once.
 * @throws VerificationFailed (`verify-failed`) with every row and a diagnosis.
 */
export async function verify(
  cluster: Cluster,
  inputs: VerifyInputs,
  shape: Shape,
  outputs: Outputs,
  platform: Pick<PlatformResult, 'entrance' | 'namespaces'>,
  release: DeployedRelease,
  outside: FrontDoorTools,
): Promise<VerifyResult> {
  const deadline = performance.now() + inputs.timeoutMinutes * 60_000;
  const expected: VerifyExpectation = {
    shape,
    release: release.name,
    namespace: release.namespace,
    clientId: outputs.workload_identity_client_id,
    federated: outputs.workload_identity_service_accounts,
    succeededHooks: release.hooks.filter((hook) => hook.kind === 'Job' && hook.phase === 'Succeeded').map((hook) => hook.name),
    entrance: platform.entrance,
  };
  const lookAgain = async (): Promise<VerifyRow[]> => [
    ...(release.problem === undefined ? [] : [plainRow('Release', release.name, 'failed', release.problem)]),
    ...(await look(cluster, expected, platform.namespaces, outputs, outside)),
  ];

  let rows = await lookAgain();
  if (!isSettled(rows)) await awaitRollouts(cluster, expected.namespace, rows, deadline);
  // Claims, addresses, certificates and the way in have no rollout to watch; they are looked at again until they are there.
  await until({ deadlineMs: deadline - performance.now(), firstPauseMs: 1000, maximumPauseMs: 10_000 }, async () => {
    if (!isSettled(rows)) rows = await lookAgain();
    return isSettled(rows) ? true : undefined;
  });
  if (isProved(rows)) return { rows };
  throw new VerificationFailed(rows, await diagnose(cluster, expected.namespace, ''));
}

async function look(
  cluster: Cluster,
  expected: VerifyExpectation,
  namespaces: readonly string[],
  outputs: Outputs,
  outside: FrontDoorTools,
): Promise<VerifyRow[]> {
  const { kubectl } = cluster;
  const [objects, all, certificate] = await Promise.all([
    kubectl.list(VERIFIED_RESOURCES, expected.namespace),
    kubectl.list('services', undefined),
    lookAtCertificate(cluster, outputs, Date.now()),
  ]);
  const services = all.filter((service) => namespaces.includes(service.metadata.namespace ?? ''));
  const inside = [...evaluate(expected, objects, services), ...certificate];
  const door = await doorRows(outputs, addressOf(services, expected.entrance), expected.entrance, outside);
  // What only another run can mend ends the waiting, once all that this run waits for is there.
  const isPatient = inside.some(({ status }) => status === 'waiting');
  return [
    ...inside,
    ...door.map((row) => (isPatient && row.kind === 'DNS' && row.status === 'failed' ? { ...row, status: 'waiting' as const } : row)),
  ];
}

/** Where no entrance is promised, none is tried: the user's own may lead anywhere. */
async function doorRows(outputs: Outputs, address: string | undefined, entrance: string, outside: FrontDoorTools): Promise<VerifyRow[]> {
  if (entrance === '') return [];
  const { langsmith_hostname: host, tls_certificate_source: source, application_gateway_address: gateway } = outputs;
  const zone = ownZone(outputs);
  const door: FrontDoorExpectation = {
    host,
    isTls: source !== 'none',
    redirects: outputs.ingress_controller !== 'istio' || usesIstioGateway(outputs),
    ownCertificate: source === 'existing',
    addresses: [address ?? '', gateway].filter((text) => text !== ''),
    ...(zone === undefined ? {} : { zone }),
  };
  return frontDoorRows(door, await lookAtFrontDoor(door, outside));
}

/** Watches what is not ready yet, all at once. What a watch says is not kept: the rows tell it in full. */
async function awaitRollouts({ kubectl, log }: Cluster, namespace: string, rows: readonly VerifyRow[], deadline: number): Promise<void> {
  const rolling = rows.filter((row) => row.status === 'waiting' && (row.kind === 'Deployment' || row.kind === 'StatefulSet'));
  if (rolling.length > 0) log.info(`Waiting for ${rolling.map((row) => row.name).join(', ')}.`);
  await Promise.all(rolling.map((row) => kubectl.awaitRollout(row.kind, row.name, namespace, (deadline - performance.now()) / 1000)));
}

/** One line for the step summary. */
export function describeVerify({ rows }: VerifyResult): string {
  const count = (kind: VerifyRow['kind']): number => rows.filter((row) => row.kind === kind).length;
  const identities = rows.filter(({ kind, identity }) => kind !== 'ServiceAccount' && identity === 'complete').length;
  const agents = count('Agent') === 0 ? '' : `; ${count('Agent')} agents`;
  const unknown = rows.filter(({ status }) => status === 'unknown').map(({ kind, name }) => `${kind} ${name}`);
  const unseen = unknown.length === 0 ? '' : ` Could not be looked at: ${unknown.join(', ')}.`;
  return `${count('Deployment')} Deployments, ${count('StatefulSet')} StatefulSets and ${count('Job')} Jobs as promised; ${identities} with Workload Identity${agents}.${unseen}`;
}
