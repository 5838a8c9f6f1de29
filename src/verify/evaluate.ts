import { isJobPod, type Job, type KubeObject, ofKind, type Pod, type Replicated, type VolumeClaim } from '../kubernetes/objects.js';
import { rolloutState } from '../kubernetes/rollout.js';
import { hookJobsOf, objectName, type Shape, type Workload, WORKLOADS, workloadsOf } from '../passes.js';
import { accountRows } from './accounts.js';
import { agentRows, isOperators } from './agents.js';
import { judgeIdentity } from './identity.js';
import { leftRow, plainRow, strangerRow, type VerifyRow } from './rows.js';

/** What the deployment is compared with. */
export interface VerifyExpectation {
  readonly shape: Shape;
  readonly release: string;
  readonly namespace: string;
  readonly clientId: string;
  /** Service accounts with a federated credential. */
  readonly federated: readonly string[];
  /** Hook Jobs that ended well in the deployed revision: those may be gone by their TTL. */
  readonly succeededHooks: readonly string[];
  /** `namespace/name` of the only Service that may have a public address; '' where none may. */
  readonly entrance: string;
}

/** Resources of the namespace that {@link evaluate} reads. */
export const VERIFIED_RESOURCES = 'deployments,statefulsets,jobs,pods,serviceaccounts,persistentvolumeclaims,horizontalpodautoscalers';

interface Service extends KubeObject {
  readonly spec: { readonly type?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } };
}
interface Autoscaler extends KubeObject {
  readonly spec: { readonly minReplicas?: number; readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
}

/**
 * Compares what is there with what the pass promises, exactly. PURE.
 * @param objects of the release's namespace. @param services of all namespaces this deployment uses.
 */
export function evaluate(expected: VerifyExpectation, objects: readonly KubeObject[], services: readonly KubeObject[]): VerifyRow[] {
  const live = objects.filter((object) => object.metadata.deletionTimestamp === undefined);
  const workloads = workloadsOf(expected.shape);
  return [
    ...workloads.map((workload) => workloadRow(expected, live, workload)),
    ...hookJobsOf(expected.shape.pass).map((job) => jobRow(expected, live, objectName(expected.release, job.suffix))),
    ...unexpectedRows(expected, live),
    ...accountRows(expected, ofKind(live, 'ServiceAccount')),
    ...claimRows(expected, live),
    ...agentRows(live, expected),
    ...serviceRows(expected, ofKind<Service>(services, 'Service')),
  ];
}

function workloadRow(expected: VerifyExpectation, objects: readonly KubeObject[], workload: Workload): VerifyRow {
  const name = objectName(expected.release, workload.suffix);
  const found = ofKind<Replicated>(objects, workload.kind).find((object) => object.metadata.name === name);
  if (found === undefined) return plainRow(workload.kind, name, 'failed', 'is not in the cluster');
  const pods = ofKind<Pod>(objects, 'Pod').filter(
    (pod) => isOfRelease(pod, expected.release) && pod.metadata.labels?.['app.kubernetes.io/component'] === name && !isJobPod(pod),
  );
  const rollout = rolloutState(found, leastReplicas(objects, workload.kind, name));
  const identity = judgeIdentity(pods, ofKind(objects, 'ServiceAccount'), { ...expected, readsBlob: workload.readsBlob });
  return {
    kind: workload.kind,
    name,
    wanted: rollout.wanted,
    ready: rollout.ready,
    nodes: [...new Set(pods.flatMap((pod) => (pod.spec.nodeName === undefined ? [] : [pod.spec.nodeName])))].sort(),
    identity: identity.state,
    // Pods of an older spec may still carry the wrong identity while a rollout goes on.
    status: !rollout.isDone ? 'waiting' : identity.state === 'wrong' ? 'failed' : 'ok',
    detail: [rollout.detail, ...identity.problems].filter((text) => text !== '').join('; '),
  };
}

function leastReplicas(objects: readonly KubeObject[], kind: string, name: string): number {
  const autoscaler = ofKind<Autoscaler>(objects, 'HorizontalPodAutoscaler').find(
    ({ spec }) => spec.scaleTargetRef.kind === kind && spec.scaleTargetRef.name === name,
  );
  return autoscaler === undefined ? 0 : (autoscaler.spec.minReplicas ?? 1);
}

function jobRow(expected: VerifyExpectation, objects: readonly KubeObject[], name: string): VerifyRow {
  const job = ofKind<Job>(objects, 'Job').find((candidate) => candidate.metadata.name === name);
  const row = (status: VerifyRow['status'], detail: string): VerifyRow => plainRow('Job', name, status, detail);
  if (job === undefined) {
    return expected.succeededHooks.includes(name)
      ? row('ok', 'succeeded and was removed by its time to live')
      : row('failed', 'did not run in the deployed revision');
  }
  const condition = job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  if (condition?.type === 'Complete') return row('ok', '');
  return condition?.type === 'Failed'
    ? row('failed', `${condition.reason ?? 'failed'}: ${condition.message ?? ''}`)
    : row('waiting', 'has not ended');
}

const isOfRelease = (object: KubeObject, release: string): boolean => object.metadata.labels?.['app.kubernetes.io/instance'] === release;

function unexpectedRows(expected: VerifyExpectation, objects: readonly KubeObject[]): VerifyRow[] {
  const promised = new Set([
    ...workloadsOf(expected.shape).map((workload) => `${workload.kind} ${objectName(expected.release, workload.suffix)}`),
    ...hookJobsOf(expected.shape.pass).map((job) => `Job ${objectName(expected.release, job.suffix)}`),
  ]);
  return (['Deployment', 'StatefulSet', 'Job'] as const).flatMap((kind) =>
    ofKind(objects, kind)
      .filter((object) => isOfRelease(object, expected.release) && !isOperators(object) && !promised.has(`${kind} ${object.metadata.name}`))
      .map((object) => strangerRow(kind, object.metadata.name, `is not part of pass ${expected.shape.pass}`)),
  );
}

/** A claim of a StatefulSet is called `<template>-<statefulset>-<ordinal>`, and bears the labels of its pods. */
function claimRows(expected: VerifyExpectation, objects: readonly KubeObject[]): VerifyRow[] {
  const claims = ofKind<VolumeClaim>(objects, 'PersistentVolumeClaim');
  const setsAmong = (workloads: readonly Workload[]): string[] =>
    workloads.filter(({ kind }) => kind === 'StatefulSet').map(({ suffix }) => objectName(expected.release, suffix));
  const sets = setsAmong(workloadsOf(expected.shape));
  const isOf = (claim: VolumeClaim, set: string): boolean => claim.metadata.name.endsWith(`-${set}-0`);
  const strangers = claims.filter((claim) => isOfRelease(claim, expected.release) && !sets.some((set) => isOf(claim, set)));
  return [
    ...sets.map((set) =>
      claimRow(
        claims.find((claim) => isOf(claim, set)),
        set,
      ),
    ),
    ...strangers.map((claim) => {
      const { name } = claim.metadata;
      // Who moved a store out of the cluster was told that its data stays, and may need it yet.
      if (setsAmong(WORKLOADS).some((set) => isOf(claim, set)))
        return leftRow(
          'PersistentVolumeClaim',
          name,
          'holds what was stored here before the store moved; delete it once nobody needs that',
        );
      return strangerRow(
        'PersistentVolumeClaim',
        name,
        'belongs to nothing of this deployment; it holds data: delete it once nobody needs that',
      );
    }),
  ];
}

function claimRow(claim: VolumeClaim | undefined, statefulSet: string): VerifyRow {
  const row = (status: VerifyRow['status'], detail: string): VerifyRow =>
    plainRow('PersistentVolumeClaim', claim?.metadata.name ?? statefulSet, status, detail);
  if (claim === undefined) return row('waiting', 'has no volume claim');
  return claim.status?.phase === 'Bound' ? row('ok', '') : row('waiting', `is ${claim.status?.phase ?? 'without a phase'}`);
}

const serviceName = (service: Service): string => `${service.metadata.namespace ?? ''}/${service.metadata.name}`;

/** The public address of a Service; undefined while it has none. */
export const addressOf = (services: readonly KubeObject[], name: string): string | undefined =>
  ofKind<Service>(services, 'Service')
    .find((service) => serviceName(service) === name)
    ?.status?.loadBalancer?.ingress?.map(({ ip, hostname }) => ip ?? hostname ?? '')
    .find((text) => text !== '');

function serviceRows({ entrance }: VerifyExpectation, services: readonly Service[]): VerifyRow[] {
  const strangers = services.filter((service) => service.spec.type === 'LoadBalancer' && serviceName(service) !== entrance);
  const address = addressOf(services, entrance);
  const own = plainRow('Service', entrance, address === undefined ? 'waiting' : 'ok', address ?? 'has no public address');
  return [
    ...(entrance === '' ? [] : [own]),
    ...strangers.map((service) =>
      strangerRow('Service', serviceName(service), 'has a public address of its own, past the ingress controller'),
    ),
  ];
}
