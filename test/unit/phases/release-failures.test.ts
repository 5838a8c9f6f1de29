import { beforeAll, describe, expect, it } from '@jest/globals';
import { release } from '../../../src/phases/release.js';
import { fakeCluster, lightOutputs, lightShape } from '../../fakes/cluster.js';
import type { FakeExec } from '../../fakes/exec.js';
import {
  INPUTS,
  SECRET_VALUES,
  HOOK,
  PENDING,
  values,
  readValues,
  listed,
  rendered,
  history,
  FAILED,
  deployed,
  run,
} from './release-scene.js';

beforeAll(readValues);

describe('hooks', () => {
  it.each([
    ['the time asked for', 2, 20, '--timeout=20m'],
    ['at least half an hour where agents are registered', 4, 20, '--timeout=30m'],
    ['more when more is asked for', 5, 45, '--timeout=45m'],
  ] as const)('T233 T234 get %s', async (_what, pass, timeoutMinutes, flag) => {
    const fake = deployed().on(/^helm list/, listed('failed'));
    const cluster = await fakeCluster(fake);
    await release(cluster, { ...INPUTS, timeoutMinutes }, lightShape(pass), lightOutputs(), values, SECRET_VALUES);
    await cluster.close();
    expect(fake.matching(/^helm upgrade/).at(-1)?.args).toContain(flag);
  });

  it('T233 a bootstrap that outlived its Helm is let end before the upgrade would delete it', async () => {
    const atWork = JSON.stringify({
      items: [
        { kind: 'Job', metadata: { name: 'langsmith-agent-bootstrap' }, status: { active: 1 } },
        {
          kind: 'Pod',
          metadata: { name: 'x', labels: { 'batch.kubernetes.io/job-name': 'langsmith-agent-bootstrap' } },
          status: { phase: 'Running' },
        },
      ],
    });
    const fake = deployed()
      .on(/^helm list/, listed('failed'))
      .on(/^kubectl get jobs,pods /, atWork, atWork, '{"items":[]}');
    expect(await run(fake)).toMatchObject({ change: 'upgraded' });
    expect(fake.matching(/^kubectl get jobs,pods /)).toHaveLength(3);
  });
});

describe('an upgrade that failed', () => {
  const failing = (): FakeExec =>
    deployed()
      .on(/^helm list/, listed('deployed', 'langsmith-0.13.28', 1))
      .on(/^helm get values langsmith --namespace=langsmith --output=json$/, '{"config":{}}')
      .on(/^helm upgrade/, FAILED)
      .on(/^helm upgrade.*--dry-run=server/, rendered(2))
      .on(/^helm history/, history(['deployed', 'failed']))
      .on(/^helm rollback/, 'Rollback was a success!');

  it('T235 is rolled back when chart and migrations are those of the good revision, and still fails the run', async () => {
    const fake = failing();
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'release-failed',
      aftermath: { kind: 'rolled-back', revision: 1 },
      detail: expect.stringMatching(/auth-bootstrap failed[^]*^The release was rolled back to revision 1;/m),
      fix: expect.stringContaining('taken before the rollback'),
    });
    expect(fake.matching(/^helm rollback langsmith 1 /)).toHaveLength(1);
  });

  it.each([
    [
      'another chart version',
      (fake: FakeExec) =>
        fake.on(/^helm history/, history(['deployed'], 'langsmith-0.13.27').slice(0, -1) + `,${history(['', 'failed']).slice(1)}`),
      'no longer langsmith-0.13.27',
    ],
    [
      'other migrations',
      (fake: FakeExec) => fake.on(/^helm get hooks.*--revision=2/, `${HOOK}\nspec: { backoffLimit: 3 }\n`),
      'its migrations differ',
    ],
    [
      'other features',
      (fake: FakeExec) => fake.on(/^helm get values.*--revision=2/, '{"config":{"insights":{"enabled":true}}}'),
      'its features differ',
    ],
    [
      'a dead run before it',
      (fake: FakeExec) =>
        fake
          .on(/^helm list/, listed('pending-upgrade', 'langsmith-0.13.28', 3), listed('deployed', 'langsmith-0.13.28', 2))
          .on(PENDING, ''),
      'a run before this one died',
    ],
  ])('T236 goes forward after %s', async (_what, change, why) => {
    const fake = change(failing());
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'release-failed',
      aftermath: { kind: 'stays' },
      detail: expect.stringContaining(why),
      fix: expect.stringContaining('rolls forward'),
    });
    expect(fake.matching(/^helm rollback/)).toEqual([]);
  });

  it('T233 is not torn down while agents are still being registered', async () => {
    const items = [
      { kind: 'Job', metadata: { name: 'langsmith-agent-bootstrap' }, status: { active: 1 } },
      {
        kind: 'Pod',
        metadata: { name: 'x', labels: { 'batch.kubernetes.io/job-name': 'langsmith-agent-bootstrap' } },
        status: { phase: 'Running' },
      },
    ];
    const fake = failing().on(/^kubectl get jobs,pods /, '{"items":[]}', JSON.stringify({ items }));
    await expect(run(fake)).rejects.toMatchObject({
      detail: expect.stringContaining('needs longer and goes on; the next run waits for it'),
    });
    expect(fake.matching(/^helm rollback/)).toEqual([]);
  });

  it('says so when going back fails too', async () => {
    const fake = failing().on(/^helm rollback/, { code: 1, stderr: 'Error: no' });
    await expect(run(fake)).rejects.toMatchObject({
      detail: expect.stringMatching(/auth-bootstrap failed[^]*Nothing was rolled back: going back failed too: helm rollback ended/),
    });
  });
});
