import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { closeStages, container, deployment, eventsOf, eventually, podsOf, stage } from './stage.js';

afterEach(closeStages);
jest.setTimeout(30_000);

describe('faults of a cluster', () => {
  it('T240 kills a container for its memory, and says so in its last state', async () => {
    const on = await stage();
    on.world.faults.outOfMemory = /^langsmith-listener/;
    on.store.create(deployment('langsmith-listener', 1));
    const last = await eventually(on, 'the kill', () => {
      const status = podsOf(on, 'langsmith-listener')[0]?.['status'] as
        { containerStatuses?: { lastState: { terminated?: object } }[] } | undefined;
      return status?.containerStatuses?.[0]?.lastState.terminated;
    });
    expect(last).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });

  it('leaves a pod pending when no node can be had, although the pool may grow', async () => {
    const on = await stage();
    on.world.faults.noMoreNodes = true;
    const big = { containers: [container({ resources: { requests: { cpu: '5' } } })] };
    on.store.create(deployment('langsmith-backend', 2, big));
    await eventually(on, 'the refusal', () =>
      eventsOf(on, 'langsmith-backend').some((event) => event.startsWith('FailedScheduling') && event.includes('Insufficient cpu')),
    );
    await eventually(on, 'no growth', () => eventsOf(on, 'langsmith-backend').some((event) => event.startsWith('NotTriggerScaleUp')));
  });
});
