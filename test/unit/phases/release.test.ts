import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { describeRelease, planRelease, release, type ReleaseResult } from '../../../src/phases/release.js';
import { buildValues, type ChartValues } from '../../../src/phases/values.js';
import { SECRETS } from '../../../src/secret-catalogue.js';
import { secretSpecs } from '../../../src/release/secrets.js';
import { readValuesFiles } from '../../../src/values/files.js';
import { fakeCluster, lightOutputs, lightShape } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const INPUTS = {
  chart: { kind: 'path', path: '/w/chart' },
  approvedIrreversible: [],
  actionRoot: path.resolve('.'),
  timeoutMinutes: 20,
} as const;
const SECRET_VALUES = new Map(SECRETS.map((secret) => [secret.name, `value-of-${secret.name}`]));
const MANIFEST = 'kind: Deployment\nmetadata: { name: langsmith-backend }\n';
const HOOK = 'kind: Job\nmetadata: { name: langsmith-backend-migrations }';
const PENDING = /^kubectl delete secret sh\.helm\.release\.v1\.langsmith\.v3 --namespace=langsmith/;

let values: ChartValues;
beforeAll(async () => {
  const files = await readValuesFiles(path.resolve('.'), { topology: 'light', sizing: 'dev', ingress: 'nginx' });
  values = buildValues({ shape: lightShape(), outputs: lightOutputs(), adminEmail: 'a@example.com', files });
});

const listed = (status = 'deployed', chart = 'langsmith-0.13.28', revision = 3): string =>
  JSON.stringify([{ name: 'langsmith', revision: String(revision), status, chart }]);
const rendered = (revision: number, manifest = MANIFEST, phase = ''): string =>
  JSON.stringify({
    name: 'langsmith',
    version: revision,
    info: { status: 'x' },
    manifest,
    hooks: [{ name: 'langsmith-backend-migrations', kind: 'Job', manifest: HOOK, last_run: { phase } }],
  });

/** A release of the same chart, values and manifest as wanted, with its Secrets. */
function deployed(): FakeExec {
  const fake = new FakeExec()
    .on(/^helm version/, 'v4.1.4')
    .on(/^helm show chart/, 'name: langsmith\nversion: 0.13.28\nappVersion: 0.13.31\n')
    .on(/^helm list/, listed())
    .on(/^helm get values/, JSON.stringify(values.merged))
    .on(/^helm get manifest/, `---\n# Source: x\n${MANIFEST}`)
    .on(/^helm get hooks/, `---\n# Source: y\n${HOOK}\n`)
    .on(/^helm upgrade/, rendered(4, MANIFEST, 'Succeeded'))
    .on(/^helm upgrade.*--dry-run=server/, rendered(4))
    .on(/^kubectl get deployments,statefulsets/, '{"items":[]}')
    .on(/^kubectl get pods,jobs,events/, '{"items":[]}')
    .on(/^kubectl apply/, '');
  for (const spec of secretSpecs({ shape: lightShape(), outputs: lightOutputs(), values: SECRET_VALUES })) {
    const data = Object.fromEntries(Object.entries(spec.data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    fake.on(
      new RegExp(`^kubectl get secret ${spec.name} `),
      JSON.stringify({ kind: 'Secret', metadata: { name: spec.name, annotations: { 'langsmith-azure/data-version': '1' } }, data }),
    );
  }
  return fake;
}

const upgrades = (fake: FakeExec): number =>
  fake.matching(/^helm upgrade/).filter((call) => !call.args.includes('--dry-run=server')).length;

async function run(fake: FakeExec): Promise<ReleaseResult> {
  const cluster = await fakeCluster(fake, [...SECRET_VALUES.values()]);
  try {
    return await release(cluster, INPUTS, lightShape(), lightOutputs(), values, SECRET_VALUES);
  } finally {
    await cluster.close();
  }
}

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
        'likely cause: A hook Job gave up. Migrations only go forward: mend what its log says and run the pass again.',
      ].join('\n'),
    });
  });
});

describe('plan', () => {
  it('says what would change and writes nothing', async () => {
    const fake = deployed().on(/^helm get manifest/, 'kind: Deployment\nmetadata: { name: langsmith-old }\n');
    expect(await planRelease(await fakeCluster(fake), INPUTS, lightOutputs(), values)).toEqual({
      chart: { name: 'langsmith', version: '0.13.28', appVersion: '0.13.31', source: '/w/chart' },
      change: 'upgraded',
      previousVersion: '0.13.28',
      objects: { added: ['Deployment langsmith-backend'], changed: [], removed: ['Deployment langsmith-old'] },
    });
    expect(upgrades(fake)).toBe(0);
    expect(fake.matching(/^kubectl/)).toEqual([]);
  });

  it('says that the release is pending instead of rendering it', async () => {
    const fake = deployed().on(/^helm list/, listed('pending-upgrade'));
    expect(await planRelease(await fakeCluster(fake), INPUTS, lightOutputs(), values)).toMatchObject({
      pending: { revision: 3, status: 'pending-upgrade' },
    });
    expect(fake.matching(/^helm upgrade/)).toEqual([]);
  });
});
