import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  closeStages,
  container,
  containerState,
  deployment,
  eventsOf,
  eventually,
  isAvailable,
  NAMESPACE,
  podsOf,
  stage,
} from './stage.js';

afterEach(closeStages);
jest.setTimeout(30_000);

describe('kubelet', () => {
  it('waits for a Secret, then for its key, in the kubelet’s words, and starts when both are there', async () => {
    const on = await stage();
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'conf', key: 'api_key_salt' } } }];
    on.store.create(deployment('web', 1, { containers: [container({ env })] }));
    const absent = await eventually(on, 'the missing Secret', () => {
      const state = containerState(podsOf(on, 'web')[0]);
      return state.reason === 'CreateContainerConfigError' && state;
    });
    expect(absent.message).toBe('secret "conf" not found');

    on.store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'conf', namespace: NAMESPACE }, stringData: { other: 'x' } });
    await eventually(
      on,
      'the missing key',
      () => containerState(podsOf(on, 'web')[0]).message === "couldn't find key api_key_salt in Secret langsmith/conf",
    );
    const secret = on.store.get('Secret', NAMESPACE, 'conf');
    if (!secret) throw new Error('the Secret went');
    on.store.update({ ...secret, data: { api_key_salt: 'eA==' } });
    await eventually(on, 'the start', () => isAvailable(on, 'web'));
    expect(eventsOf(on, 'web')).toContain('Failed: Error: secret "conf" not found');
  });

  it('ignores optional references and mounts, and names a volume that cannot be mounted', async () => {
    const on = await stage();
    const envFrom = [{ configMapRef: { name: 'later', optional: true } }];
    on.store.create(
      deployment('calm', 1, {
        containers: [container({ envFrom })],
        volumes: [{ name: 'v', secret: { secretName: 'none', optional: true } }],
      }),
    );
    on.store.create(deployment('stuck', 1, { volumes: [{ name: 'v', configMap: { name: 'none' } }] }));
    await eventually(on, 'the calm one', () => isAvailable(on, 'calm'));
    await eventually(on, 'the complaint', () =>
      eventsOf(on, 'stuck').includes('FailedMount: MountVolume.SetUp failed for volume "v" : configmap "none" not found'),
    );
    expect(containerState(podsOf(on, 'stuck')[0])).toMatchObject({ state: 'waiting', reason: 'ContainerCreating' });
  });

  it('cannot pull a faulty image until the fault goes; pods that run are left alone', async () => {
    const on = await stage();
    on.store.create(deployment('old', 1));
    await eventually(on, 'the old pod', () => isAvailable(on, 'old'));
    on.world.faults.imagePull = /acme/;
    on.store.create(deployment('new', 1));
    await eventually(on, 'the back-off', () => containerState(podsOf(on, 'new')[0]).reason === 'ImagePullBackOff');
    expect(isAvailable(on, 'old')).toBe(true);
    expect(eventsOf(on, 'new')).toContain('BackOff: Back-off pulling image "acme/app:1"');
    on.world.faults.imagePull = undefined;
    await eventually(on, 'the pull', () => isAvailable(on, 'new'));
  });

  it('restarts what crashes, with a back-off, a count and the last state', async () => {
    const on = await stage();
    on.world.faults.podCrashes = /^bad/;
    on.store.create(deployment('bad', 1));
    const crashed = await eventually(on, 'two restarts', () => {
      const [pod] = podsOf(on, 'bad');
      const state = containerState(pod);
      return state.restarts >= 2 && state.reason === 'CrashLoopBackOff' && pod;
    });
    expect(containerState(crashed).message).toMatch(/^back-off \d+s restarting failed container=main pod=bad-/);
    expect(crashed['status']).toMatchObject({
      phase: 'Running',
      containerStatuses: [{ lastState: { terminated: { exitCode: 1, reason: 'Error' } } }],
    });
    expect(on.logs.get(crashed.metadata.uid)?.get('main')?.at(-1)).toContain('exiting');
    on.world.faults.podCrashes = undefined;
    await eventually(on, 'recovery', () => isAvailable(on, 'bad'));
  });

  it('runs init containers one after another before the others', async () => {
    const on = await stage();
    on.store.create(deployment('web', 1, { initContainers: [container({ name: 'first' }), container({ name: 'second' })] }));
    await eventually(on, 'the pod', () => isAvailable(on, 'web'));
    const started = eventsOf(on, 'web-').filter((event) => event.startsWith('Started:'));
    expect(started).toEqual(['Started: Started container first', 'Started: Started container second', 'Started: Started container main']);
  });
});

describe('scheduler and autoscaler', () => {
  const wants = (cpu: string, extra: object = {}): object => ({ containers: [container({ resources: { requests: { cpu } } })], ...extra });

  it('adds a node for a pod that fits an empty one, and leaves the next pending when the pool is full', async () => {
    const on = await stage();
    on.store.create(deployment('big', 3, wants('6')));
    await eventually(on, 'a full pool', () => eventsOf(on, 'big').some((event) => event.includes('max node group size reached')));
    await eventually(on, 'two pods', () => podsOf(on, 'big').filter((pod) => containerState(pod).state === 'running').length === 2);
    expect(on.store.list('Node')).toHaveLength(2);
    expect(
      eventsOf(on, 'big').some((event) =>
        /^TriggeredScaleUp: pod triggered scale-up: \[\{aks-default-\d+-vmss 1->2 \(max: 2\)\}\]$/.test(event),
      ),
    ).toBe(true);
    expect(eventsOf(on, 'big')).toContain(
      'FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    );
  });

  it('uses the tainted pool only for pods that tolerate and select it', async () => {
    const on = await stage();
    const large = {
      tolerations: [{ key: 'langsmith.io/pool', value: 'large', effect: 'NoSchedule' }],
      nodeSelector: { 'langsmith.io/pool': 'large' },
    };
    on.store.create(deployment('store', 1, wants('12', large)));
    await eventually(on, 'the pod', () => isAvailable(on, 'store'));
    const node = on.store.get('Node', undefined, (podsOf(on, 'store')[0]?.['spec'] as { nodeName: string }).nodeName);
    expect(node?.metadata.labels).toMatchObject({
      agentpool: 'large',
      'langsmith.io/pool': 'large',
      'node.kubernetes.io/instance-type': 'Standard_D16s_v5',
    });
    expect(node?.['status']).toMatchObject({ capacity: { cpu: '16' }, allocatable: { cpu: '15740m' } });
  });
});
