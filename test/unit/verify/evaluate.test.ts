import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kubernetes/objects.js';
import { hookJobsOf, shapeOf, workloadIdentityServiceAccounts, workloadsOf } from '../../../src/passes.js';
import { accountRows } from '../../../src/verify/accounts.js';
import { agentRows } from '../../../src/verify/agents.js';
import { evaluate, type VerifyExpectation } from '../../../src/verify/evaluate.js';
import type { VerifyRow } from '../../../src/verify/rows.js';
import { CLIENT_ID, lightOutputs, lightShape } from '../../fakes/cluster.js';

const EXPECTED: VerifyExpectation = {
  shape: lightShape(),
  release: 'langsmith',
  namespace: 'langsmith',
  clientId: CLIENT_ID,
  federated: workloadIdentityServiceAccounts('langsmith'),
  succeededHooks: hookJobsOf(2).map((job) => `langsmith-${job.suffix}`),
  entrance: 'ingress-nginx/ingress-nginx-controller',
};

interface Mutable {
  kind: string;
  metadata: {
    name: string;
    generation?: number;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: object;
  status?: object;
}
const LABELS = { 'app.kubernetes.io/instance': 'langsmith' };

/** The namespace of a healthy pass 2, light. */
function healthy(): Mutable[] {
  const workloads = workloadsOf(lightShape()).flatMap((workload): Mutable[] => {
    const name = `langsmith-${workload.suffix}`;
    const identity = workload.readsBlob;
    return [
      {
        kind: workload.kind,
        metadata: { name, generation: 1, labels: { ...LABELS } },
        spec: { replicas: 1, template: {} },
        status: { observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1 },
      },
      {
        kind: 'Pod',
        metadata: {
          name: `${name}-0`,
          labels: { ...LABELS, 'app.kubernetes.io/component': name, ...(identity ? { 'azure.workload.identity/use': 'true' } : {}) },
        },
        spec: { nodeName: 'node-1', serviceAccountName: name },
      },
      {
        kind: 'ServiceAccount',
        metadata: { name, ...(identity ? { annotations: { 'azure.workload.identity/client-id': CLIENT_ID } } : {}) },
      },
      ...(workload.kind === 'StatefulSet'
        ? [{ kind: 'PersistentVolumeClaim', metadata: { name: `data-${name}-0` }, status: { phase: 'Bound' } }]
        : []),
    ];
  });
  const job = {
    kind: 'Job',
    metadata: { name: 'langsmith-backend-migrations', labels: { ...LABELS } },
    status: { conditions: [{ type: 'Complete', status: 'True' }] },
  };
  // A Job's pod looks like one of the back end but for the job label.
  const jobPod = {
    kind: 'Pod',
    metadata: {
      name: 'langsmith-backend-migrations-x',
      labels: { ...LABELS, 'app.kubernetes.io/component': 'langsmith-backend', 'batch.kubernetes.io/job-name': 'm' },
    },
    spec: { serviceAccountName: 'langsmith-backend' },
  };
  return [...workloads, job, jobPod];
}

const ENTRANCE = {
  kind: 'Service',
  metadata: { namespace: 'ingress-nginx', name: 'ingress-nginx-controller' },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: [{ ip: '20.1.2.3' }] } },
};

const rowsOf = (objects: Mutable[], expected: Partial<VerifyExpectation> = {}, services: object[] = [ENTRANCE]): VerifyRow[] =>
  evaluate({ ...EXPECTED, ...expected }, objects as unknown as KubeObject[], services as KubeObject[]);

const missing = (kind: string, name: string): never => {
  throw new Error(`${kind} ${name} is not in the healthy namespace`);
};

/** Rows that are not ok once `change` was made to a healthy namespace, as `name: status, identity; detail`. */
function after(
  change: (find: (kind: string, name: string) => Mutable, all: Mutable[]) => void,
  expected: Partial<VerifyExpectation> = {},
): string[] {
  const objects = healthy();
  change((kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name) ?? missing(kind, name), objects);
  return rowsOf(objects, expected)
    .filter((row) => row.status !== 'ok')
    .map((row) => `${row.name}: ${row.status}, ${row.identity}; ${row.detail}`);
}

describe('verification', () => {
  it('accepts exactly what pass 2 promises', () => {
    const rows = rowsOf(healthy());
    expect(rows.every((row) => row.status === 'ok')).toBe(true);
    expect(rows.map((row) => `${row.kind} ${row.name} ${row.ready}/${row.wanted} ${row.identity}`)).toEqual([
      'Deployment langsmith-frontend 1/1 none',
      'Deployment langsmith-backend 1/1 complete',
      'Deployment langsmith-platform-backend 1/1 complete',
      'Deployment langsmith-playground 1/1 none',
      'Deployment langsmith-ace-backend 1/1 none',
      'Deployment langsmith-queue 1/1 complete',
      'StatefulSet langsmith-clickhouse 1/1 none',
      'StatefulSet langsmith-postgres 1/1 none',
      'StatefulSet langsmith-redis 1/1 none',
      'Job langsmith-backend-migrations 1/1 none',
      'Job langsmith-backend-ch-migrations 1/1 none',
      'Job langsmith-backend-auth-bootstrap 1/1 none',
      'ServiceAccount langsmith-ace-backend 1/1 none',
      'ServiceAccount langsmith-backend 1/1 none',
      'ServiceAccount langsmith-clickhouse 1/1 none',
      'ServiceAccount langsmith-frontend 1/1 none',
      'ServiceAccount langsmith-platform-backend 1/1 none',
      'ServiceAccount langsmith-playground 1/1 none',
      'ServiceAccount langsmith-postgres 1/1 none',
      'ServiceAccount langsmith-queue 1/1 none',
      'ServiceAccount langsmith-redis 1/1 none',
      'PersistentVolumeClaim data-langsmith-clickhouse-0 1/1 none',
      'PersistentVolumeClaim data-langsmith-postgres-0 1/1 none',
      'PersistentVolumeClaim data-langsmith-redis-0 1/1 none',
      'Service ingress-nginx/ingress-nginx-controller 1/1 none',
    ]);
  });

  it('misses a workload that is not there', () => {
    expect(
      after((_find, all) =>
        all.splice(
          all.findIndex((object) => object.metadata.name === 'langsmith-queue'),
          1,
        ),
      ),
    ).toEqual(['langsmith-queue: failed, none; is not in the cluster']);
  });

  it('waits for pods, for the newest spec and for old pods to go', () => {
    expect(after((find) => Object.assign(find('Deployment', 'langsmith-backend').status ?? {}, { readyReplicas: 0 }))).toEqual([
      'langsmith-backend: waiting, complete; 0 of 1 pods are ready',
    ]);
    expect(after((find) => (find('Deployment', 'langsmith-backend').metadata.generation = 2))).toEqual([
      'langsmith-backend: waiting, complete; the newest spec has not been taken up',
    ]);
    expect(after((find) => Object.assign(find('Deployment', 'langsmith-backend').status ?? {}, { replicas: 2, readyReplicas: 2 }))).toEqual(
      ['langsmith-backend: waiting, complete; pods of an older spec still run'],
    );
  });

  it('wants as many pods as the autoscaler promises', () => {
    const autoscaler = {
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'langsmith-backend' },
      spec: { minReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'langsmith-backend' } },
    };
    expect(after((_find, all) => all.push(autoscaler))).toEqual([
      'langsmith-backend: waiting, complete; 1 of 3 pods are of the newest spec; 1 of 3 pods are ready',
    ]);
  });

  it('fails a reader of Blob Storage without label, client id or federated credential', () => {
    expect(after((find) => delete find('Pod', 'langsmith-queue-0').metadata.labels!['azure.workload.identity/use'])).toEqual([
      'langsmith-queue: failed, wrong; pod langsmith-queue-0 lacks the label azure.workload.identity/use: "true"',
    ]);
    expect(after((find) => (find('ServiceAccount', 'langsmith-queue').metadata.annotations = {}))).toEqual([
      'langsmith-queue: failed, wrong; service account langsmith-queue is not annotated with the client id of pass 1',
    ]);
    expect(after(() => undefined, { federated: EXPECTED.federated.filter((name) => name !== 'langsmith-queue') })).toEqual([
      'langsmith-queue: failed, wrong; service account langsmith-queue has no federated credential',
    ]);
  });

  it('fails anything else that has an identity', () => {
    expect(after((find) => (find('Pod', 'langsmith-frontend-0').metadata.labels!['azure.workload.identity/use'] = 'true'))).toEqual([
      'langsmith-frontend: failed, wrong; pod langsmith-frontend-0 has a Workload Identity label it does not need',
    ]);
    expect(
      after(
        (find) => (find('ServiceAccount', 'langsmith-redis').metadata.annotations = { 'azure.workload.identity/client-id': CLIENT_ID }),
      ),
    ).toEqual(['langsmith-redis: failed, wrong; service account langsmith-redis has a client id it does not need']);
  });

  it('T247 wants exactly the promised service accounts, and nobody else under our identity', () => {
    const account = (name: string, rest: object): Mutable => ({ kind: 'ServiceAccount', metadata: { name, ...rest } });
    const identity = { annotations: { 'azure.workload.identity/client-id': CLIENT_ID } };
    const remove = (all: Mutable[], name: string): void => {
      all.splice(
        all.findIndex((object) => object.kind === 'ServiceAccount' && object.metadata.name === name),
        1,
      );
    };
    expect(after((_find, all) => remove(all, 'langsmith-playground'))).toEqual([
      'langsmith-playground: failed, none; is not in the cluster',
    ]);
    expect(
      after((_find, all) =>
        all.push(account('default', {}), account('shop', {}), account('langsmith-old', { labels: LABELS }), account('guest', identity)),
      ),
    ).toEqual([
      'langsmith-old: failed, none; is not part of pass 2',
      'guest: failed, none; carries the identity of this deployment and is not part of it',
    ]);
  });

  it('T247 wants the identity of agents and of the Job that registers them, though no workload runs under it', () => {
    const of = (clientId: string): KubeObject[] =>
      ['langsmith-ksa', 'langsmith-agent-bootstrap'].map((name) => ({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, annotations: { 'azure.workload.identity/client-id': clientId } },
      }));
    const judged = (accounts: KubeObject[], federated = EXPECTED.federated): string[] =>
      accountRows({ ...EXPECTED, shape: lightShape(4), federated }, accounts)
        .filter(({ name }) => /ksa|bootstrap/.test(name))
        .map(({ name, status, identity, detail }) => `${name}: ${status}, ${identity}; ${detail}`);
    expect(judged(of(CLIENT_ID))).toEqual(['langsmith-agent-bootstrap: ok, complete; ', 'langsmith-ksa: ok, complete; ']);
    expect(judged(of('other'), ['langsmith-ksa'])).toEqual([
      'langsmith-agent-bootstrap: failed, wrong; service account langsmith-agent-bootstrap is not annotated with the client id of pass 1; service account langsmith-agent-bootstrap has no federated credential',
      'langsmith-ksa: failed, wrong; service account langsmith-ksa is not annotated with the client id of pass 1',
    ]);
  });

  it('tolerates a Job that is gone only when its hook succeeded', () => {
    expect(after(() => undefined, { succeededHooks: [] })).toEqual([
      'langsmith-backend-ch-migrations: failed, none; did not run in the deployed revision',
      'langsmith-backend-auth-bootstrap: failed, none; did not run in the deployed revision',
    ]);
    expect(
      after(
        (find) =>
          (find('Job', 'langsmith-backend-migrations').status = {
            conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'm' }],
          }),
      ),
    ).toEqual(['langsmith-backend-migrations: failed, none; BackoffLimitExceeded: m']);
    expect(after((find) => (find('Job', 'langsmith-backend-migrations').status = { active: 1 }))).toEqual([
      'langsmith-backend-migrations: waiting, none; has not ended',
    ]);
  });

  it('fails what the pass does not promise, and leaves what is not of the release alone', () => {
    const extra = (name: string, labels: Record<string, string>): Mutable => ({
      kind: 'Deployment',
      metadata: { name, labels },
      spec: { template: {} },
    });
    expect(after((_find, all) => all.push(extra('langsmith-ingest-queue', LABELS), extra('my-tool', {})))).toEqual([
      'langsmith-ingest-queue: failed, none; is not part of pass 2',
    ]);
    expect(
      after((_find, all) =>
        all.push({ ...extra('langsmith-old', LABELS), metadata: { name: 'langsmith-old', labels: LABELS, deletionTimestamp: 'now' } }),
      ),
    ).toEqual([]);
  });

  it('finds a volume claim of a store that is no longer here', () => {
    const claim = {
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-langsmith-minio-0', labels: LABELS },
      status: { phase: 'Bound' },
    };
    const elses = { kind: 'PersistentVolumeClaim', metadata: { name: 'data-shop-0' }, status: { phase: 'Bound' } };
    expect(after((_find, all) => all.push(claim, elses))).toEqual([
      'data-langsmith-minio-0: failed, none; belongs to nothing of this deployment; it holds data: delete it once nobody needs that',
    ]);
  });

  it('lets be what a store that moved out of the cluster left, and names it', () => {
    const claim = {
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-langsmith-postgres-0', labels: LABELS },
      status: { phase: 'Bound' },
    };
    const rows = rowsOf([...healthy(), claim], { shape: shapeOf(2, 'light', lightOutputs({ postgres_source: 'external' })) });
    expect(rows.find(({ name }) => name === 'data-langsmith-postgres-0')).toMatchObject({
      status: 'ok',
      wanted: 0,
      detail: 'holds what was stored here before the store moved; delete it once nobody needs that',
    });
  });

  it('waits for volumes to be bound', () => {
    expect(after((find) => (find('PersistentVolumeClaim', 'data-langsmith-redis-0').status = { phase: 'Pending' }))).toEqual([
      'data-langsmith-redis-0: waiting, none; is Pending',
    ]);
  });

  it('allows one public address, the one of the ingress controller', () => {
    const stranger = { kind: 'Service', metadata: { namespace: 'langsmith', name: 'langsmith-frontend' }, spec: { type: 'LoadBalancer' } };
    const noAddress = { ...ENTRANCE, status: {} };
    const judged = (services: object[]): string[] =>
      rowsOf(healthy(), {}, services)
        .filter((row) => row.kind === 'Service' && row.status !== 'ok')
        .map((row) => `${row.name}: ${row.status}; ${row.detail}`);
    expect(judged([ENTRANCE, stranger])).toEqual([
      'langsmith/langsmith-frontend: failed; has a public address of its own, past the ingress controller',
    ]);
    expect(judged([noAddress])).toEqual(['ingress-nginx/ingress-nginx-controller: waiting; has no public address']);
    expect(rowsOf(healthy(), { entrance: '' }, []).filter(({ kind }) => kind === 'Service')).toEqual([]);
  });

  describe('of agents', () => {
    const agent = (change: { account?: string; labels?: Record<string, string>; ready?: number; container?: string } = {}): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'my-agent', labels: LABELS, ownerReferences: [{ kind: 'LGP', name: 'my-agent' }] },
      spec: {
        replicas: 1,
        template: {
          metadata: { labels: change.labels ?? { 'azure.workload.identity/use': 'true' } },
          spec: { serviceAccountName: change.account ?? 'langsmith-ksa', containers: [{ name: change.container ?? 'api-server' }] },
        },
      },
      status: { readyReplicas: change.ready ?? 1 },
    });
    const account: KubeObject = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'langsmith-ksa', annotations: { 'azure.workload.identity/client-id': CLIENT_ID } },
    };
    const judged = (...objects: KubeObject[]): string[] =>
      agentRows([account, ...objects], EXPECTED).map(({ name, status, identity, detail }) => `${name}: ${status}, ${identity}; ${detail}`);

    it('T253 expects none, reports those there are and does not call them unexpected', () => {
      expect(judged()).toEqual([]);
      expect(judged(agent())).toEqual(['my-agent: ok, complete; ']);
      expect(
        after((_find, all) => all.push(agent() as unknown as Mutable, account as unknown as Mutable), { shape: lightShape(2) }),
      ).toEqual(['langsmith-ksa: failed, none; carries the identity of this deployment and is not part of it']);
    });

    it('tells how far one has come without judging it', () => {
      expect(judged(agent({ ready: 0 }))).toEqual(['my-agent: unknown, complete; not ready; not promised by this pass']);
    });

    it('T248 fails one that can get no token, but for its database and cache', () => {
      expect(judged(agent({ account: 'default', labels: {} }))).toEqual([
        'my-agent: failed, wrong; does not run under langsmith-ksa; its pods lack the label azure.workload.identity/use: "true"',
      ]);
      expect(judged(agent({ account: 'default', labels: {}, container: 'redis' }))).toEqual([]);
    });
  });
});
