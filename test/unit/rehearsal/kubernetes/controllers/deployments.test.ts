import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { bounds, recreateStep, rollingStep } from '../../../../../rehearsal/kubernetes/controllers/rollout.js';
import { templateHash } from '../../../../../rehearsal/kubernetes/controllers/template-hash.js';
import {
  closeStages,
  conditionOf,
  container,
  deployment,
  eventsOf,
  eventually,
  isAvailable,
  NAMESPACE,
  podsOf,
  stage,
  status,
  type Stage,
} from './stage.js';

afterEach(closeStages);
jest.setTimeout(30_000);

function setImage(on: Stage, name: string, image: string): void {
  const found = on.store.get('apps/Deployment', NAMESPACE, name);
  if (!found) throw new Error(`no Deployment ${name}`);
  (found['spec'] as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers = [
    container({ image }) as { image: string },
  ];
  on.store.update(found);
}

const complete = (on: Stage, name: string, generation: number) => () => {
  const now = status(on, 'apps/Deployment', name);
  return (
    now['observedGeneration'] === generation && conditionOf(on, 'apps/Deployment', name, 'Progressing')?.reason === 'NewReplicaSetAvailable'
  );
};

describe('deployments', () => {
  it('rolls out, replaces the pods on a new template, and reuses the old ReplicaSet on the way back', async () => {
    const on = await stage();
    on.store.create(deployment('web', 3));
    await eventually(on, 'the first rollout', complete(on, 'web', 1));
    expect(status(on, 'apps/Deployment', 'web')).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });

    setImage(on, 'web', 'acme/app:2');
    await eventually(on, 'the second rollout', complete(on, 'web', 2));
    expect(on.store.get('apps/Deployment', NAMESPACE, 'web')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    const images = podsOf(on, 'web').map((pod) => (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image);
    expect(images).toEqual(['acme/app:2', 'acme/app:2', 'acme/app:2']);

    setImage(on, 'web', 'acme/app:1');
    await eventually(on, 'the rollback', complete(on, 'web', 3));
    expect(on.store.list('apps/ReplicaSet', NAMESPACE)).toHaveLength(2);
    expect(on.store.get('apps/Deployment', NAMESPACE, 'web')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    expect(eventsOf(on, 'web').filter((event) => event.startsWith('ScalingReplicaSet: Scaled up'))).not.toHaveLength(0);
  });

  it('keeps the old pods when the new image cannot be pulled, and says that the deadline passed', async () => {
    const on = await stage();
    on.store.create(deployment('web', 2));
    await eventually(on, 'the first rollout', complete(on, 'web', 1));
    on.world.faults.imagePull = /:broken$/;
    setImage(on, 'web', 'acme/app:broken');
    await eventually(on, 'the failed pull', () => eventsOf(on, 'web').some((event) => event === 'Failed: Error: ImagePullBackOff'));
    on.world.clock.advance(10_000);
    await eventually(
      on,
      'the deadline',
      () => conditionOf(on, 'apps/Deployment', 'web', 'Progressing')?.reason === 'ProgressDeadlineExceeded',
    );
    expect(isAvailable(on, 'web')).toBe(true);
    expect(status(on, 'apps/Deployment', 'web')).toMatchObject({ readyReplicas: 2, updatedReplicas: 1 });
  });

  it('raises a Deployment without replicas to the autoscaler’s minimum', async () => {
    const on = await stage();
    on.store.create(deployment('web', 1));
    on.store.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: { minReplicas: 3, maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    });
    await eventually(on, 'three replicas', () => status(on, 'apps/Deployment', 'web')['readyReplicas'] === 3);
    expect(status(on, 'autoscaling/HorizontalPodAutoscaler', 'web')).toMatchObject({ desiredReplicas: 3 });
    expect(eventsOf(on, 'web')).toContain('SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas');
  });

  it('fails with the quota’s words when the namespace is full, and goes on when the quota grows', async () => {
    const on = await stage();
    on.store.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace: NAMESPACE },
      spec: { hard: { 'requests.cpu': '1', pods: '9' } },
    });
    on.store.create(deployment('web', 2, { containers: [container({ resources: { requests: { cpu: '750m' } } })] }));
    const failure = await eventually(on, 'the refusal', () => conditionOf(on, 'apps/Deployment', 'web', 'ReplicaFailure'));
    expect(failure.message).toContain(
      'is forbidden: exceeded quota: q, requested: requests.cpu=750m, used: requests.cpu=750m, limited: requests.cpu=1',
    );
    const quota = on.store.get('ResourceQuota', NAMESPACE, 'q');
    if (!quota) throw new Error('the quota went');
    on.store.update({ ...quota, spec: { hard: { 'requests.cpu': '2', pods: '9' } } });
    await eventually(on, 'both pods', () => status(on, 'apps/Deployment', 'web')['readyReplicas'] === 2);
    await eventually(
      on,
      'the used amounts',
      () => (status(on, 'ResourceQuota', 'q')['used'] as Record<string, string>)['requests.cpu'] === '1500m',
    );
  });
});

describe('rollout arithmetic', () => {
  it('rounds the surge up and the unavailable down, and never lets both be zero', () => {
    expect(bounds(3, undefined)).toEqual({ surge: 1, unavailable: 0 });
    expect(bounds(1, { maxSurge: 0, maxUnavailable: '25%' })).toEqual({ surge: 0, unavailable: 1 });
    expect(() => bounds(3, { maxSurge: 'some' })).toThrow('neither a number nor a percentage');
  });

  it('removes broken old pods before working ones', () => {
    const sizes = rollingStep(4, { name: 'new', replicas: 1, available: 1 }, [{ name: 'old', replicas: 4, available: 3 }], undefined);
    expect([...sizes]).toEqual([
      ['new', 1],
      ['old', 2],
    ]);
  });

  it('starts nothing new under Recreate while an old pod is left', () => {
    const next = { name: 'new', replicas: 0, available: 0 };
    expect(recreateStep(2, next, [{ name: 'old', replicas: 2, available: 2 }], 2).get('new')).toBe(0);
    expect(recreateStep(2, next, [{ name: 'old', replicas: 0, available: 0 }], 0).get('new')).toBe(2);
  });
});

describe('template hash', () => {
  it('is the same for the same meaning', () => {
    const one = { spec: { containers: [{ name: 'a', image: 'i', resources: { requests: { cpu: '2000m' } }, env: [] }] } };
    const two = {
      metadata: { labels: { 'pod-template-hash': 'x' } },
      spec: { containers: [{ image: 'i', name: 'a', resources: { requests: { cpu: '2' } } }] },
    };
    expect(templateHash(two)).toBe(templateHash(one));
    expect(templateHash({ spec: { containers: [{ name: 'a', image: 'other' }] } })).not.toBe(templateHash(one));
  });
});
