import { isJobPod, type Job, type KubeObject, ofKind, type Pod, type Replicated } from '../kubernetes/objects.js';
import { rolloutState } from '../kubernetes/rollout.js';
import { hookJobsOf, objectName, type Shape, type Workload, workloadsOf } from '../passes.js';
import { judgeIdentity } from './identity.js';
import type { VerifyRow } from './rows.js';

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

interface Claim extends KubeObject {
  readonly status?: { readonly phase?: string };
}
interface Service extends KubeObject {
  readonly spec: { readonly type?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } };
}
interface Autoscaler extends KubeObject {
  readonly spec: { readonly minReplicas?: number; readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
}

const PLAIN = { nodes: [], identity: 'none' } as const;

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
    ...workloads
      .filter((workload) => workload.kind === 'StatefulSet')
      .map((workload) => claimRow(live, objectName(expected.release, workload.suffix))),
    ...serviceRows(expected, services as readonly Service[]),
  ];
}

function workloadRow(expected: VerifyExpectation, objects: readonly KubeObject[], workload: Workload): VerifyRow {
  const name = objectName(expected.release, workload.suffix);
  const found = ofKind<Replicated>(objects, workload.kind).find((object) => object.metadata.name === name);
  if (found === undefined)
    return { ...PLAIN, kind: workload.kind, name, wanted: 1, ready: 0, status: 'failed', detail: 'is not in the cluster' };
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
  const row = { ...PLAIN, kind: 'Job', name, wanted: 1 } as const;
  if (job === undefined) {
    return expected.succeededHooks.includes(name)
      ? { ...row, ready: 1, status: 'ok', detail: 'succeeded and was removed by its time to live' }
      : { ...row, ready: 0, status: 'failed', detail: 'did not run in the deployed revision' };
  }
  const condition = job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  if (condition?.type === 'Complete') return { ...row, ready: 1, status: 'ok', detail: '' };
  if (condition?.type === 'Failed')
    return { ...row, ready: 0, status: 'failed', detail: `${condition.reason ?? 'failed'}: ${condition.message ?? ''}` };
  return { ...row, ready: 0, status: 'waiting', detail: 'has not ended' };
}

const isOfRelease = (object: KubeObject, release: string): boolean => object.metadata.labels?.['app.kubernetes.io/instance'] === release;

function unexpectedRows(expected: VerifyExpectation, objects: readonly KubeObject[]): VerifyRow[] {
  const promised = new Set([
    ...workloadsOf(expected.shape).map((workload) => `${workload.kind} ${objectName(expected.release, workload.suffix)}`),
    ...hookJobsOf(expected.shape.pass).map((job) => `Job ${objectName(expected.release, job.suffix)}`),
  ]);
  return (['Deployment', 'StatefulSet', 'Job'] as const).flatMap((kind) =>
    ofKind(objects, kind)
      .filter((object) => isOfRelease(object, expected.release) && !promised.has(`${kind} ${object.metadata.name}`))
      .map((object) => ({
        ...PLAIN,
        kind,
        name: object.metadata.name,
        wanted: 0,
        ready: 0,
        status: 'failed' as const,
        detail: `is not part of pass ${expected.shape.pass}`,
      })),
  );
}

/** A claim of a StatefulSet is called `<template>-<statefulset>-<ordinal>`. */
function claimRow(objects: readonly KubeObject[], statefulSet: string): VerifyRow {
  const claim = ofKind<Claim>(objects, 'PersistentVolumeClaim').find((candidate) => candidate.metadata.name.endsWith(`-${statefulSet}-0`));
  const row = { ...PLAIN, kind: 'PersistentVolumeClaim', name: claim?.metadata.name ?? statefulSet, wanted: 1 } as const;
  if (claim === undefined) return { ...row, ready: 0, status: 'waiting', detail: 'has no volume claim' };
  if (claim.status?.phase === 'Bound') return { ...row, ready: 1, status: 'ok', detail: '' };
  return { ...row, ready: 0, status: 'waiting', detail: `is ${claim.status?.phase ?? 'without a phase'}` };
}

function serviceRows(expected: VerifyExpectation, services: readonly Service[]): VerifyRow[] {
  const nameOf = (service: Service): string => `${service.metadata.namespace ?? ''}/${service.metadata.name}`;
  const strangers = services.filter((service) => service.spec.type === 'LoadBalancer' && nameOf(service) !== expected.entrance);
  const entrance = services.find((service) => nameOf(service) === expected.entrance);
  const address = entrance?.status?.loadBalancer?.ingress?.map(({ ip, hostname }) => ip ?? hostname ?? '').find((text) => text !== '');
  const entranceRow: VerifyRow = {
    ...PLAIN,
    kind: 'Service',
    name: expected.entrance,
    wanted: 1,
    ready: address === undefined ? 0 : 1,
    status: address === undefined ? 'waiting' : 'ok',
    detail: address ?? 'has no public address',
  };
  return [
    ...(expected.entrance === '' ? [] : [entranceRow]),
    ...strangers.map((service) => ({
      ...PLAIN,
      kind: 'Service' as const,
      name: nameOf(service),
      wanted: 0,
      ready: 0,
      status: 'failed' as const,
      detail: 'has a public address of its own, past the ingress controller',
    })),
  ];
}
