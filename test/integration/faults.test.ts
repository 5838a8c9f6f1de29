import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass, type Outcome, type PassRun } from './support/passes.js';

/*
 * What befalls a release that stands, each with its diagnosis and its recovery, in one world: a key taken out of a Secret, a quota that is
 * too small, a pod that no node can take, and an upgrade that fails. Image pull, crash loop and a first migration are in cluster.test.ts,
 * killed runs and pending releases in interrupt.test.ts.
 */

jest.setTimeout(240_000);

const NAMESPACE = '--namespace=langsmith';
/** Nothing that is waited for here comes by itself. */
const BRIEF = { 'timeout-minutes': '0.2' };

let rehearsal: Rehearsal;
let observer: Observer;

const apply = (run: Partial<PassRun> = {}): Promise<Outcome> => runPass(rehearsal, { pass: 2, ...run });
const kubectl = (...args: string[]): Promise<string> => observer.kubectl(...args, NAMESPACE);

async function restart(component: string): Promise<void> {
  await kubectl('delete', 'pods', `--selector=app.kubernetes.io/component=langsmith-${component}`);
}

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
  expectSuccess(await runPass(rehearsal, { pass: 1 }));
  expectSuccess(await apply());
  const observed = await Observer.of(rehearsal);
  if (observed === undefined) throw new Error('pass 1 made no cluster');
  observer = observed;
});

afterAll(async () => {
  await rehearsal.stop();
});

describe('pods that can no longer start', () => {
  it('verify-failed: the key that a Secret lacks, the quota and the resource that are used up, each named with its pod', async () => {
    const tooMuch = [{ op: 'add', path: '/spec/template/spec/containers/0/resources/requests/ephemeral-storage', value: '4Ti' }];
    await kubectl('patch', 'deployment', 'langsmith-playground', '--type=json', `--patch=${JSON.stringify(tooMuch)}`);
    await kubectl('patch', 'secret', 'langsmith-config-secret', '--type=json', '--patch=[{"op":"remove","path":"/data/jwt_secret"}]');
    await restart('platform-backend');
    await kubectl('create', 'quota', 'too-small', '--hard=pods=1');
    await restart('ace-backend');

    const { detail } = expectFailure(await runPass(rehearsal, { command: 'verify', with: BRIEF }), 'verify-failed');
    expect(detail).toMatch(
      /^pod langsmith-platform-backend-\S+, container \S+: waiting, CreateContainerConfigError: couldn't find key jwt_secret in Secret langsmith\/langsmith-config-secret/m,
    );
    expect(detail).toMatch(/^likely cause: The Secret langsmith\/langsmith-config-secret lacks the key jwt_secret\. Run the pass again/m);
    expect(detail).toMatch(
      /^pod langsmith-playground-\S+: Unschedulable: .*Insufficient ephemeral-storage.*; asks for .*ephemeral-storage 4Ti.* in the pool default$/m,
    );
    expect(detail).toMatch(/^likely cause: No node of the pool default has ephemeral-storage left .* Raise default_node_pool_max_count/m);
    expect(detail).toMatch(/^ReplicaSet langsmith-ace-backend-\S+: FailedCreate.*exceeded quota: too-small/m);
    expect(detail).toMatch(/^likely cause: The ResourceQuota too-small of the namespace has no room: pods=1 is asked for/m);
  });

  it('recovers: the pass writes the key, and the pods that waited for it, for the quota or for room start', async () => {
    await kubectl('delete', 'resourcequota', 'too-small');
    // A field that the release does not set is for whoever set it to take away.
    const enough = [{ op: 'remove', path: '/spec/template/spec/containers/0/resources/requests/ephemeral-storage' }];
    await kubectl('patch', 'deployment', 'langsmith-playground', '--type=json', `--patch=${JSON.stringify(enough)}`);
    const outcome = await apply();
    expectSuccess(outcome);
    expect(outcome.outputs).toMatchObject({ verified: 'true', 'has-changes': 'false' });
    expect(outcome.step.log.join('\n')).toMatch(/; restarted for a changed Secret: .*langsmith-platform-backend/);
  });
});

describe('an upgrade that fails', () => {
  const revision = async (): Promise<string> => {
    const [newest] = JSON.parse(await observer.helm('list', NAMESPACE, '--output=json')) as { status: string; revision: string }[];
    return `${newest?.revision ?? ''} ${newest?.status ?? ''}`;
  };
  const values = async (text: string): Promise<Partial<PassRun>> => {
    await writeFile(path.join(rehearsal.repository, 'langsmith/values.yaml'), text);
    return { with: { values: 'langsmith/values.yaml' } };
  };

  it('release-failed: T235 with the same chart and migrations it is rolled back, and the run says both', async () => {
    const before = Number((await revision()).split(' ')[0]);
    rehearsal.world.faults.jobFails = /auth-bootstrap/;
    const outcome = await apply(await values('frontend:\n  deployment:\n    annotations: { example.com/owner: us }\n'));
    rehearsal.world.faults.jobFails = undefined;

    const { detail, fix } = expectFailure(outcome, 'release-failed');
    expect(detail).toMatch(/^Job langsmith-backend-auth-bootstrap: BackoffLimitExceeded/m);
    expect(detail).toMatch(/^likely cause: The first administrator could not be made/m);
    expect(detail).toMatch(new RegExp(`^The release was rolled back to revision ${before};`, 'm'));
    expect(fix).toMatch(/taken before the rollback/);
    expect(outcome.step.summary).toContain(`rolled back to revision ${before}`);
    expect(await revision()).toBe(`${before + 2} deployed`);
    const frontend = await kubectl('get', 'deployment', 'langsmith-frontend', '--output=json');
    expect(JSON.parse(frontend).metadata.annotations['example.com/owner']).toBeUndefined();
  });

  it('recovers: what was rolled back is installed once its cause is mended', async () => {
    const outcome = await apply(await values('frontend:\n  deployment:\n    annotations: { example.com/owner: us }\n'));
    expectSuccess(outcome);
    expect(outcome.outputs).toMatchObject({ verified: 'true', 'has-changes': 'true' });
    const frontend = await kubectl('get', 'deployment', 'langsmith-frontend', '--output=json');
    expect(JSON.parse(frontend).metadata.annotations['example.com/owner']).toBe('us');
  });

  it('T239 an autoscaler that a failed release left behind goes with the next run', async () => {
    const autoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: {
        name: 'langsmith-backend',
        namespace: 'langsmith',
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': 'langsmith', 'meta.helm.sh/release-namespace': 'langsmith' },
      },
      spec: { minReplicas: 3, maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'langsmith-backend' } },
    };
    const file = path.join(rehearsal.directory, 'autoscaler.json');
    await writeFile(file, JSON.stringify(autoscaler));
    await observer.kubectl('create', `--filename=${file}`);
    await kubectl('scale', 'deployment', 'langsmith-backend', '--replicas=3');
    const outcome = await apply({ with: { values: 'langsmith/values.yaml' } });
    expectSuccess(outcome);
    expect(outcome.step.log.join('\n')).toMatch(/left-overs removed: HorizontalPodAutoscaler langsmith-backend\./);
    expect(await kubectl('get', 'deployment', 'langsmith-backend', '--output=jsonpath={.spec.replicas}')).toBe('1');
  });
});
