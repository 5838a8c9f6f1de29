import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  closeStages,
  conditionOf,
  container,
  containerState,
  eventsOf,
  eventually,
  job,
  NAMESPACE,
  podsOf,
  stage,
  status,
} from './stage.js';

afterEach(closeStages);
jest.setTimeout(30_000);

describe('jobs', () => {
  it('complete, keep their pod and its log, and go when their TTL has passed by the world’s clock', async () => {
    const on = await stage();
    on.store.create(job('migrate', { ttlSecondsAfterFinished: 600 }));
    await eventually(on, 'completion', () => conditionOf(on, 'batch/Job', 'migrate', 'Complete')?.status === 'True');
    expect(status(on, 'batch/Job', 'migrate')).toMatchObject({ succeeded: 1, completionTime: expect.any(String) as unknown });
    expect(eventsOf(on, 'migrate')).toContain('Completed: Job completed');
    const [pod] = podsOf(on, 'migrate');
    expect(pod?.['status']).toMatchObject({ phase: 'Succeeded' });
    expect(
      on.logs
        .get(pod?.metadata.uid ?? '')
        ?.get('main')
        ?.at(-1),
    ).toBe('INFO migrate finished');

    on.world.clock.advance(590_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(on.store.get('batch/Job', NAMESPACE, 'migrate')).toBeDefined();
    on.world.clock.advance(15_000);
    await eventually(on, 'its end', () => on.store.get('batch/Job', NAMESPACE, 'migrate') === undefined);
    expect(podsOf(on, 'migrate')).toEqual([]);
  });

  it('fail after their last retry', async () => {
    const on = await stage();
    on.world.faults.jobFails = /^auth/;
    on.store.create(job('auth-bootstrap', { backoffLimit: 1 }));
    const failed = await eventually(on, 'the failure', () => conditionOf(on, 'batch/Job', 'auth-bootstrap', 'Failed'));
    expect(failed).toMatchObject({
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
    expect(podsOf(on, 'auth')).toHaveLength(2);
    expect(containerState(podsOf(on, 'auth')[0])).toMatchObject({ state: 'terminated', reason: 'Error' });
  });

  it('fail by their deadline while a Secret is missing', async () => {
    const on = await stage();
    const template = { spec: { restartPolicy: 'OnFailure', containers: [container({ envFrom: [{ secretRef: { name: 'none' } }] })] } };
    on.store.create(job('slow', { activeDeadlineSeconds: 60, template }));
    await eventually(on, 'the wait', () => containerState(podsOf(on, 'slow')[0]).reason === 'CreateContainerConfigError');
    on.world.clock.advance(61_000);
    await eventually(on, 'the deadline', () => conditionOf(on, 'batch/Job', 'slow', 'Failed')?.reason === 'DeadlineExceeded');
    expect(podsOf(on, 'slow')).toEqual([]);
  });
});

describe('stateful sets', () => {
  it('start in order with claims of their own, which bind when the pod is scheduled', async () => {
    const on = await stage();
    const labels = { app: 'db' };
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'managed-csi-premium', resources: { requests: { storage: '50Gi' } } },
    };
    on.store.create({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: NAMESPACE },
      spec: {
        replicas: 2,
        serviceName: 'db',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container()] } },
        volumeClaimTemplates: [claim],
      },
    });
    await eventually(on, 'both pods', () => status(on, 'apps/StatefulSet', 'db')['readyReplicas'] === 2);
    const now = status(on, 'apps/StatefulSet', 'db');
    expect(now['currentRevision']).toBe(now['updateRevision']);
    expect(status(on, 'PersistentVolumeClaim', 'data-db-1')).toMatchObject({ phase: 'Bound', capacity: { storage: '50Gi' } });
    const order = eventsOf(on, 'db').filter((event) => event.startsWith('SuccessfulCreate: create Pod'));
    expect(order).toEqual([
      'SuccessfulCreate: create Pod db-0 in StatefulSet db successful',
      'SuccessfulCreate: create Pod db-1 in StatefulSet db successful',
    ]);
  });

  it('stay pending on a storage class that does not exist', async () => {
    const on = await stage();
    on.store.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'lost', namespace: NAMESPACE },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gp3', resources: { requests: { storage: '1Gi' } } },
    });
    await eventually(on, 'the complaint', () =>
      eventsOf(on, 'lost').includes('ProvisioningFailed: storageclass.storage.k8s.io "gp3" not found'),
    );
    expect(status(on, 'PersistentVolumeClaim', 'lost')['phase']).toBe('Pending');
  });
});
