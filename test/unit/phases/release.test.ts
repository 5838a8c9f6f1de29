import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { describeRelease, planRelease, release } from '../../../src/phases/release.js';
import { fakeCluster, lightOutputs, lightShape } from '../../fakes/cluster.js';
import { kubectlDiff } from '../../fakes/diffs.js';
import type { FakeExec } from '../../fakes/exec.js';
import {
  INPUTS,
  SECRET_VALUES,
  MANIFEST,
  PENDING,
  values,
  readValues,
  listed,
  rendered,
  history,
  deployed,
  upgrades,
  run,
} from './release-scene.js';

beforeAll(readValues);

describe('release', () => {
  it('makes no revision when chart, values, manifest and hooks are those deployed', async () => {
    const fake = deployed();
    const result = await run(fake);
    expect(result).toMatchObject({
      change: 'unchanged',
      revision: 3,
      previousVersion: '0.13.28',
      hooks: [{ name: 'langsmith-backend-migrations', kind: 'Job', phase: 'Succeeded' }],
    });
    expect(describeRelease(result)).toBe('langsmith unchanged: chart 0.13.28, revision 3.');
    expect(upgrades(fake)).toBe(0);
  });

  it.each([
    ['values', (fake: FakeExec) => fake.on(/^helm get values/, '{"config":{}}')],
    ['the manifest', (fake: FakeExec) => fake.on(/^helm get manifest/, 'kind: Deployment\nmetadata: { name: langsmith-old }\n')],
    ['the hooks', (fake: FakeExec) => fake.on(/^helm get hooks/, 'kind: Job\nmetadata: { name: other }\n')],
    ['the chart version', (fake: FakeExec) => fake.on(/^helm list/, listed('deployed', 'langsmith-0.13.27'))],
    ['the last status', (fake: FakeExec) => fake.on(/^helm list/, listed('failed'))],
  ])('upgrades when %s differ', async (_what, change) => {
    const fake = change(deployed());
    expect(await run(fake)).toMatchObject({ change: 'upgraded', revision: 4 });
    expect(upgrades(fake)).toBe(1);
  });

  it('installs with Secrets from standard input and values from a private file', async () => {
    const fake = deployed()
      .on(/^helm list/, '[]')
      .on(/^kubectl get secret/, '');
    const result = await run(fake);
    expect(result).toMatchObject({
      change: 'installed',
      objects: { added: ['Deployment langsmith-backend'] },
      secrets: [{ change: 'created' }, { change: 'created' }, { change: 'created' }],
    });
    expect(fake.calls.map((call) => call.rawArgs.join(' ')).join('\n')).not.toContain('value-of-');
    const valuesFile = (fake.matching(/^helm upgrade/)[0]?.args.find((arg) => arg.startsWith('--values=')) ?? '').slice('--values='.length);
    expect(await readFile(valuesFile, 'utf8')).not.toContain('value-of-');
    expect(JSON.stringify(result)).not.toContain('value-of-');
  });

  it('clears what a dead run left pending and always rolls forward, even when the revision before it is what is wanted', async () => {
    const fake = deployed()
      .on(/^helm list/, listed('pending-upgrade'), listed('deployed', 'langsmith-0.13.28', 2))
      .on(PENDING, '');
    expect(await run(fake)).toMatchObject({ change: 'upgraded', recovered: { revision: 3, status: 'pending-upgrade' } });
    expect(fake.matching(PENDING)).toHaveLength(1);
    expect(upgrades(fake)).toBe(1);
  });

  it('touches nothing pending before it holds the lease', async () => {
    const held = (version: number): string =>
      JSON.stringify({
        kind: 'Lease',
        metadata: { name: 'langsmith-azure', resourceVersion: String(version) },
        spec: { holderIdentity: 'other' },
      });
    const fake = deployed().on(/^helm list/, listed('pending-upgrade'));
    const cluster = await fakeCluster(fake);
    fake.on(/^kubectl get lease/, held(1), held(2));
    await expect(release(cluster, INPUTS, lightShape(), lightOutputs(), values, SECRET_VALUES)).rejects.toMatchObject({
      reason: 'release-failed',
      detail: expect.stringContaining('another run (other)'),
    });
    expect(fake.matching(/^kubectl (delete|apply)/)).toEqual([]);
  });

  it('refuses a downgrade and a lost feature before anything is written', async () => {
    const older = deployed().on(/^helm list/, listed('deployed', 'langsmith-0.13.40'));
    await expect(run(older)).rejects.toMatchObject({ reason: 'inputs-invalid', detail: expect.stringContaining('older than 0.13.40') });
    const later = deployed().on(/^helm get values/, '{"config":{"deployment":{"enabled":true}}}');
    await expect(run(later)).rejects.toMatchObject({ reason: 'inputs-invalid', detail: expect.stringContaining('deployments') });
    for (const fake of [older, later]) expect(fake.matching(/^kubectl apply/)).toEqual([]);
  });

  it('tells a failure by Helm, the cluster and the known cause, without secrets', async () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'langsmith-backend-migrations-x' },
      status: {
        containerStatuses: [{ name: 'migrations', ready: false, restartCount: 0, state: { terminated: { exitCode: 1, reason: 'Error' } } }],
      },
    };
    const fake = deployed()
      .on(/^helm list/, '[]')
      .on(/^helm upgrade/, {
        code: 1,
        stderr:
          'Error: INSTALLATION FAILED: failed post-install: 1 error occurred:\n* job langsmith-backend-migrations failed: BackoffLimitExceeded',
      })
      .on(/^helm upgrade.*--dry-run=server/, rendered(1))
      .on(/^helm history/, history(['failed']))
      .on(/^kubectl get pods,jobs,events/, JSON.stringify({ items: [pod] }))
      .on(
        /^kubectl logs langsmith-backend-migrations-x/,
        'FATAL: password authentication failed for user "postgres" (value-of-postgres-admin-password)\n',
      );
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'release-failed',
      detail: [
        'helm upgrade ended with exit code 1: Error: INSTALLATION FAILED: failed post-install: 1 error occurred:',
        '* job langsmith-backend-migrations failed: BackoffLimitExceeded',
        'pod langsmith-backend-migrations-x, container migrations: ended, Error, exit code 1',
        '  log   FATAL: password authentication failed for user "postgres" (***)',
        'likely cause: PostgreSQL refuses the password. An initialised volume keeps its first password: the Key Vault secret must hold that one.',
        'likely cause: A migration failed. Migrations only go forward: mend what its log says and run the pass again.',
        'Nothing was rolled back: there is no good revision to go back to. The next run rolls forward.',
      ].join('\n'),
    });
  });
});

describe('a cluster that is no longer as deployed', () => {
  const DRIFT = kubectlDiff({
    live: { kind: 'Deployment', metadata: { name: 'langsmith-backend', namespace: 'langsmith' }, spec: { paused: true } },
    merged: { kind: 'Deployment', metadata: { name: 'langsmith-backend', namespace: 'langsmith' }, spec: { paused: false } },
  });

  it('gets an upgrade that sets it right, though nothing else changed', async () => {
    const fake = deployed().on(/^kubectl diff/, DRIFT);
    const result = await run(fake);
    expect(result).toMatchObject({ change: 'upgraded', drifted: ['Deployment langsmith-backend'] });
    expect(describeRelease(result)).toContain('; set right: Deployment langsmith-backend');
    expect(upgrades(fake)).toBe(1);
    expect(fake.matching(/^kubectl diff/)[0]?.options.stdin).toContain(MANIFEST);
  });

  it('is told by a plan, which changes nothing', async () => {
    const fake = deployed().on(/^kubectl diff/, DRIFT);
    expect(await planRelease(await fakeCluster(fake), INPUTS, lightOutputs(), values)).toMatchObject({
      change: 'upgraded',
      drifted: [{ id: 'Deployment langsmith-backend', missing: false }],
      objects: { added: [], changed: [], removed: [] },
    });
    expect(upgrades(fake)).toBe(0);
  });

  it('is looked at again while a webhook does not answer yet, and a plan says so instead', async () => {
    const silent = { code: 1, stderr: 'Error from server (InternalError): failed calling webhook "validate.nginx.ingress.kubernetes.io"' };
    const fake = deployed().on(/^kubectl diff/, silent, '');
    expect(await run(fake)).toMatchObject({ change: 'unchanged', drifted: [] });
    const plan = await planRelease(await fakeCluster(deployed().on(/^kubectl diff/, silent)), INPUTS, lightOutputs(), values);
    expect(plan).toMatchObject({ change: 'unchanged', unanswered: ['Deployment langsmith-backend'] });
  });

  it('is not asked when an upgrade comes anyway', async () => {
    const fake = deployed().on(/^helm list/, listed('failed'));
    await run(fake);
    expect(fake.matching(/^kubectl diff/)).toEqual([]);
  });
});

describe('left-overs', () => {
  const helmOwned = {
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'langsmith', 'meta.helm.sh/release-namespace': 'langsmith' },
  };

  it('T239 an autoscaler of a failed release is deleted before the upgrade', async () => {
    const stale = { kind: 'HorizontalPodAutoscaler', metadata: { name: 'langsmith-backend', ...helmOwned } };
    const fake = deployed()
      .on(/^helm list/, listed('failed'))
      .on(/^kubectl get horizontalpodautoscalers/, JSON.stringify({ items: [stale] }))
      .on(/^kubectl delete horizontalpodautoscaler langsmith-backend /, '');
    expect(await run(fake)).toMatchObject({ cleared: ['HorizontalPodAutoscaler langsmith-backend'] });
    const order = fake.calls.map(({ program, args }) => [program, args[0]].join(' '));
    expect(order.indexOf('kubectl delete')).toBeLessThan(order.lastIndexOf('helm upgrade'));
  });

  it('T232 the bootstrap Job of a release that no longer has it is deleted, one that it has is not', async () => {
    const job = (suffix: string): object => ({
      kind: 'Job',
      metadata: { name: `langsmith-${suffix}`, labels: { 'app.kubernetes.io/instance': 'langsmith' } },
    });
    const fake = deployed()
      .on(/^kubectl get jobs /, JSON.stringify({ items: [job('agent-bootstrap'), job('backend-migrations')] }))
      .on(/^kubectl delete job langsmith-agent-bootstrap /, '');
    expect(await run(fake)).toMatchObject({ change: 'unchanged', cleared: ['Job langsmith-agent-bootstrap'] });
  });
});

describe('plan', () => {
  it('says what would change and writes nothing', async () => {
    const fake = deployed().on(/^helm get manifest/, 'kind: Deployment\nmetadata: { name: langsmith-old }\n');
    const { manifests, hooks, ...plan } = await planRelease(await fakeCluster(fake), INPUTS, lightOutputs(), values);
    expect([[...manifests.before.keys()], [...manifests.after.keys()]]).toEqual([
      ['Deployment langsmith-old'],
      ['Deployment langsmith-backend'],
    ]);
    expect([...hooks.after.keys()]).toEqual(['Job langsmith-backend-migrations']);
    expect(plan).toEqual({
      chart: { name: 'langsmith', version: '0.13.28', appVersion: '0.13.31', source: '/w/chart' },
      change: 'upgraded',
      previousVersion: '0.13.28',
      objects: { added: ['Deployment langsmith-backend'], changed: [], removed: ['Deployment langsmith-old'] },
      drifted: [],
      moves: [],
      unanswered: [],
    });
    expect(upgrades(fake)).toBe(0);
    // Nothing but the question how the cluster stands to what is deployed.
    expect(fake.matching(/^kubectl/).map(({ args }) => args[0])).toEqual(['diff']);
  });

  it('tells of a store that moves, and an apply refuses it before anything is written', async () => {
    const before = JSON.stringify({ ...values.merged, clickhouse: { external: { enabled: true } } });
    const fake = deployed().on(/^helm get values/, before);
    const { moves } = await planRelease(await fakeCluster(fake), INPUTS, lightOutputs(), values);
    expect(moves).toEqual([{ store: 'clickhouse', from: 'external', to: 'in-cluster' }]);
    await expect(run(fake)).rejects.toMatchObject({ reason: 'plan-guarded', detail: expect.stringContaining('clickhouse-data') });
    expect(fake.matching(/^kubectl apply|^helm upgrade(?!.*--dry-run)/)).toEqual([]);
  });

  it('says that the release is pending instead of rendering it', async () => {
    const fake = deployed().on(/^helm list/, listed('pending-upgrade'));
    expect(await planRelease(await fakeCluster(fake), INPUTS, lightOutputs(), values)).toMatchObject({
      pending: { revision: 3, status: 'pending-upgrade' },
    });
    expect(fake.matching(/^helm upgrade/)).toEqual([]);
  });
});
