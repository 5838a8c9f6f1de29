import { describe, expect, it } from '@jest/globals';
import { describeVerify, type DeployedRelease, deployedRelease, verify, type VerifyResult } from '../../../src/phases/verify.js';
import { hookJobsOf, workloadsOf } from '../../../src/passes.js';
import type { FrontDoorTools } from '../../../src/verify/front-door.js';
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

const CERTIFICATE = JSON.stringify({
  kind: 'Certificate',
  spec: { dnsNames: ['langsmith.example.com'] },
  status: { conditions: [{ type: 'Ready', status: 'True' }], notAfter: '2099-01-01T00:00:00Z' },
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
    .on(/^kubectl get certificates\.cert-manager\.io langsmith-tls /, CERTIFICATE)
    .on(/^kubectl get pods,jobs,events/, '{"items":[]}');

const OUTSIDE: FrontDoorTools = {
  resolve: async () => ['20.1.2.3'],
  get: async (url) =>
    url.startsWith('https:')
      ? { status: 200, location: '', body: '{"version":"0.13.31"}' }
      : { status: 308, location: url.replace('http:', 'https:'), body: '' },
};

const run = async (
  fake: FakeExec,
  timeoutMinutes = 1,
  outside = OUTSIDE,
  release: DeployedRelease = RELEASE,
  platform = PLATFORM,
): Promise<VerifyResult> => verify(await fakeCluster(fake), { timeoutMinutes }, lightShape(), lightOutputs(), platform, release, outside);

describe('verify', () => {
  it('needs one look when all is there, and ignores namespaces that are not ours', async () => {
    const fake = open(namespace(1));
    expect(describeVerify(await run(fake))).toBe('6 Deployments, 3 StatefulSets and 3 Jobs as promised; 3 with Workload Identity.');
    expect(fake.calls).toHaveLength(3);
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
    expect((failure as VerificationFailed).rows).toHaveLength(29);
  });

  it('does not wait for what can no longer come right', async () => {
    const fake = open(namespace(0, false));
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'verify-failed',
      detail: expect.stringContaining('lacks the label azure.workload.identity/use'),
    });
    expect(fake.matching(/^kubectl rollout status/)).toEqual([]);
  });

  it('waits for the way in as for everything else, and fails when it stays shut', async () => {
    let calls = 0;
    const opening: FrontDoorTools = {
      ...OUTSIDE,
      get: async (url) => (++calls < 4 ? { status: 503, location: '', body: '' } : OUTSIDE.get(url)),
    };
    expect((await run(open(namespace(1)), 1, opening)).rows.every(({ status }) => status === 'ok')).toBe(true);
    const shut: FrontDoorTools = { ...OUTSIDE, get: async () => ({ status: 503, location: '', body: '' }) };
    await expect(run(open(namespace(1)), 0.02, shut)).rejects.toMatchObject({
      reason: 'verify-failed',
      detail: '- HTTP https://langsmith.example.com: 0 of 1 ready; /api/v1/info answers HTTP 503',
    });
  });

  it('says what it could not look at, and does not call it seen', async () => {
    const proxied: FrontDoorTools = {
      ...OUTSIDE,
      resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
    };
    const result = await run(open(namespace(1)), 1, proxied);
    expect(result.rows.filter(({ status }) => status !== 'ok').map(({ kind, status }) => `${kind} ${status}`)).toEqual(['DNS unknown']);
    expect(describeVerify(result)).toMatch(/Could not be looked at: DNS langsmith\.example\.com\.$/);
  });

  it('tries no way in where none is promised', async () => {
    const outside: FrontDoorTools = {
      ...OUTSIDE,
      resolve: () => Promise.reject(new Error('no')),
      get: () => Promise.reject(new Error('no')),
    };
    const none = { entrance: '', namespaces: ['langsmith'] };
    expect((await run(open(namespace(1)), 1, outside, RELEASE, none)).rows.some(({ kind }) => kind === 'DNS' || kind === 'HTTP')).toBe(
      false,
    );
  });

  it('T281 fails a release that does not stand, whatever its pods do', async () => {
    const release = { ...RELEASE, problem: 'revision 4 is failed' };
    await expect(run(open(namespace(1)), 1, OUTSIDE, release)).rejects.toMatchObject({
      detail: '- Release langsmith: 0 of 1 ready; revision 4 is failed',
    });
  });
});

describe('the deployed release', () => {
  const listed = (status: string): string => JSON.stringify([{ name: 'langsmith', revision: '4', status, chart: 'langsmith-0.13.28' }]);
  const read = async (fake: FakeExec): Promise<DeployedRelease> =>
    deployedRelease(await fakeCluster(fake.on(/^helm version/, 'v4.1.4')), lightOutputs());

  it('is what Helm says, hooks included', async () => {
    const fake = new FakeExec()
      .on(/^helm list/, listed('deployed'))
      .on(/^helm get hooks/, 'kind: Job\nmetadata: { name: langsmith-backend-migrations }\n');
    expect(await read(fake)).toEqual({
      name: 'langsmith',
      namespace: 'langsmith',
      hooks: [{ kind: 'Job', name: 'langsmith-backend-migrations', phase: 'Succeeded' }],
    });
  });

  it.each([
    ['[]', 'is not installed'],
    [listed('failed'), 'revision 4 is failed'],
    [listed('pending-upgrade'), 'revision 4 is pending-upgrade'],
  ])('is none with %s', async (list, problem) => {
    expect(await read(new FakeExec().on(/^helm list/, list))).toMatchObject({ hooks: [], problem });
  });
});
