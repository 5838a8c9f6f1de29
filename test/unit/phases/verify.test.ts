import { describe, expect, it } from '@jest/globals';
import { describeVerify, verify, type VerifyResult } from '../../../src/phases/verify.js';
import { hookJobsOf, workloadsOf } from '../../../src/passes.js';
import { VerificationFailed } from '../../../src/verify/rows.js';
import { CLIENT_ID, fakeCluster, lightOutputs, lightShape } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const LABELS = { 'app.kubernetes.io/instance': 'langsmith' };
const PLATFORM = { entrance: 'ingress-nginx/ingress-nginx-controller', namespaces: ['langsmith', 'ingress-nginx'] };
const RELEASE = {
  name: 'langsmith',
  namespace: 'langsmith',
  hooks: hookJobsOf(2).map((job) => ({ kind: 'Job', name: `langsmith-${job.suffix}`, phase: 'Succeeded' })),
};
const SERVICES = JSON.stringify({
  items: [
    {
      kind: 'Service',
      metadata: { namespace: 'ingress-nginx', name: 'ingress-nginx-controller' },
      spec: { type: 'LoadBalancer' },
      status: { loadBalancer: { ingress: [{ ip: '20.1.2.3' }] } },
    },
    { kind: 'Service', metadata: { namespace: 'someone-elses', name: 'shop' }, spec: { type: 'LoadBalancer' } },
  ],
});

/** The namespace of pass 2 with `ready` pods of the queue. */
function namespace(ready: number, labelled = true): string {
  const items = workloadsOf(lightShape()).flatMap((workload) => {
    const name = `langsmith-${workload.suffix}`;
    const identity = workload.readsBlob && labelled ? { 'azure.workload.identity/use': 'true' } : {};
    const readyReplicas = workload.key === 'queue' ? ready : 1;
    return [
      {
        kind: workload.kind,
        metadata: { name, labels: LABELS },
        spec: { replicas: 1, template: {} },
        status: { observedGeneration: 1, replicas: 1, readyReplicas, updatedReplicas: 1 },
      },
      {
        kind: 'Pod',
        metadata: { name: `${name}-0`, labels: { ...LABELS, 'app.kubernetes.io/component': name, ...identity } },
        spec: { nodeName: 'n', serviceAccountName: name },
      },
      {
        kind: 'ServiceAccount',
        metadata: { name, ...(workload.readsBlob ? { annotations: { 'azure.workload.identity/client-id': CLIENT_ID } } : {}) },
      },
      ...(workload.kind === 'StatefulSet'
        ? [{ kind: 'PersistentVolumeClaim', metadata: { name: `data-${name}-0` }, status: { phase: 'Bound' } }]
        : []),
    ];
  });
  return JSON.stringify({ items });
}

const open = (...namespaces: string[]): FakeExec =>
  new FakeExec()
    .on(/^kubectl get deployments,statefulsets,jobs,pods/, ...namespaces)
    .on(/^kubectl get services --all-namespaces/, SERVICES)
    .on(/^kubectl get pods,jobs,events/, '{"items":[]}');

const run = async (fake: FakeExec, timeoutMinutes = 1): Promise<VerifyResult> =>
  verify(await fakeCluster(fake), { timeoutMinutes }, lightShape(), lightOutputs(), PLATFORM, RELEASE);

describe('verify', () => {
  it('needs one look when all is there, and ignores namespaces that are not ours', async () => {
    const fake = open(namespace(1));
    expect(describeVerify(await run(fake))).toBe('6 Deployments, 3 StatefulSets and 3 Jobs as promised; 3 with Workload Identity.');
    expect(fake.calls).toHaveLength(2);
  });

  it('watches what is still rolling out', async () => {
    const fake = open(namespace(0), namespace(1)).on(/^kubectl rollout status deployment\/langsmith-queue/, '');
    expect((await run(fake)).rows.every((row) => row.status === 'ok')).toBe(true);
    expect(fake.matching(/^kubectl rollout status/)).toHaveLength(1);
  });

  it('fails with every row when time is up: about to be ready is not ready', async () => {
    const fake = open(namespace(0)).on(/^kubectl rollout status/, { code: 1, stderr: 'error: timed out waiting for the condition' });
    const failure = await run(fake, 0.02).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(VerificationFailed);
    expect(failure).toMatchObject({ reason: 'verify-failed', detail: '- Deployment langsmith-queue: 0 of 1 ready; 0 of 1 pods are ready' });
    expect((failure as VerificationFailed).rows).toHaveLength(16);
  });

  it('does not wait for what can no longer come right', async () => {
    const fake = open(namespace(0, false));
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'verify-failed',
      detail: expect.stringContaining('lacks the label azure.workload.identity/use'),
    });
    expect(fake.matching(/^kubectl rollout status/)).toEqual([]);
  });
});
