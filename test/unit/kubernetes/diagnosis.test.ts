import { describe, expect, it } from '@jest/globals';
import { explain, KNOWN_CAUSES } from '../../../src/kubernetes/causes.js';
import { diagnose } from '../../../src/kubernetes/diagnosis.js';
import { otherWarnings, troublesOf, warningsFor } from '../../../src/kubernetes/troubles.js';
import { fakeCluster } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const pod = (name: string, status: object, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: {},
  status,
});
const container = (state: object, rest: object = {}): object => ({
  phase: 'Running',
  containerStatuses: [{ name: 'main', ready: false, restartCount: 0, state, ...rest }],
});
const event = (name: string, message: string, kind = 'Pod'): object => ({
  kind: 'Event',
  metadata: { name: `${name}.1` },
  type: 'Warning',
  reason: 'Failed',
  message,
  count: 3,
  lastTimestamp: '2026-01-01T00:00:00Z',
  involvedObject: { kind, name },
});

describe('diagnosis', () => {
  it('tells pod, container, state, event, log and cause, without the secret', async () => {
    const fake = new FakeExec()
      .on(
        /^kubectl get pods,jobs,events/,
        JSON.stringify({
          items: [
            pod(
              'langsmith-backend-a',
              container({
                waiting: {
                  reason: 'CreateContainerConfigError',
                  message: "couldn't find key jwt_secret in Secret langsmith/langsmith-config-secret",
                },
              }),
            ),
            pod(
              'langsmith-queue-b',
              container(
                { waiting: { reason: 'CrashLoopBackOff' } },
                { restartCount: 4, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } },
              ),
            ),
            pod('langsmith-frontend-c', {
              phase: 'Running',
              containerStatuses: [{ name: 'main', ready: true, restartCount: 0, state: { running: {} } }],
            }),
            event('langsmith-backend-a', "Error: couldn't find key jwt_secret in Secret langsmith/langsmith-config-secret"),
            event('data-langsmith-postgres-0', 'failed to provision volume', 'PersistentVolumeClaim'),
            {
              kind: 'Job',
              metadata: { name: 'langsmith-backend-migrations' },
              status: { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'too often' }] },
            },
          ],
        }),
      )
      .on(
        /^kubectl logs langsmith-queue-b .*--previous/,
        'connecting to postgres:hunter2@langsmith-postgres:5432\nlicense-key-123 loaded\n',
      );
    const text = await diagnose(await fakeCluster(fake, ['license-key-123']), 'langsmith', '');
    expect(text.split('\n')).toEqual([
      "pod langsmith-backend-a, container main: waiting, CreateContainerConfigError: couldn't find key jwt_secret in Secret langsmith/langsmith-config-secret",
      "  event Failed (3 times): Error: couldn't find key jwt_secret in Secret langsmith/langsmith-config-secret",
      'pod langsmith-queue-b, container main: waiting, CrashLoopBackOff; last ended with OOMKilled, exit code 137, 4 restarts',
      '  log   connecting to postgres:***@langsmith-postgres:5432',
      '  log   *** loaded',
      'Job langsmith-backend-migrations: BackoffLimitExceeded: too often',
      'PersistentVolumeClaim data-langsmith-postgres-0: Failed (3 times): failed to provision volume',
      'likely cause: The Secret langsmith/langsmith-config-secret lacks the key jwt_secret. Run the pass again: it writes every key the pass needs. A key edited away by hand comes back that way.',
      'likely cause: A container needed more memory than its limit. Choose a larger sizing_profile.',
      'likely cause: Azure did not create the disk of a volume claim. The event says why.',
      'likely cause: A hook Job gave up. Migrations only go forward: mend what its log says and run the pass again.',
    ]);
  });

  it('never hides the failure it explains', async () => {
    const fake = new FakeExec().on(/^kubectl get pods,jobs,events/, { code: 1, stderr: 'error: boom' });
    expect(await diagnose(await fakeCluster(fake), 'langsmith', '')).toMatch(/^No diagnosis: .*boom/);
  });

  it('is empty when all is well', async () => {
    const fake = new FakeExec().on(/^kubectl get pods,jobs,events/, '{"items":[]}');
    expect(await diagnose(await fakeCluster(fake), 'langsmith', '')).toBe('');
  });

  it('sees unscheduled and evicted pods, and leaves those that are on their way alone', () => {
    const found = troublesOf([
      pod('stuck', {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient cpu.' },
        ],
      }),
      pod('evicted', { phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
      pod('coming', container({ waiting: { reason: 'ContainerCreating' } })),
      pod('slow', container({ running: {} })),
      pod('done', container({ terminated: { exitCode: 0, reason: 'Completed' } })),
    ] as never);
    expect(found.map(({ pod: name, state }) => `${name}: ${state}`)).toEqual([
      'stuck: Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.',
      'evicted: Evicted: low on memory',
      'slow: running but not ready',
    ]);
  });

  it('lets the newest of several pods of one owner tell for all', () => {
    const failed = container({ terminated: { exitCode: 1, reason: 'Error' } });
    const of = (name: string, day: number): object =>
      pod(name, failed, { creationTimestamp: `2026-01-0${day}T00:00:00Z`, ownerReferences: [{ kind: 'Job', name: 'job' }] });
    const found = troublesOf([of('a', 1), of('b', 3), of('c', 2)] as never);
    expect(found).toEqual([
      { pod: 'b', container: 'main', state: 'ended, Error, exit code 1', previousLog: false, hasLog: true, alike: 2 },
    ]);
  });

  it('leaves out events of an earlier object of the same name', () => {
    const job = { kind: 'Job', metadata: { name: 'job', uid: 'new' } };
    const old = { ...event('job', 'gave up', 'Job'), involvedObject: { kind: 'Job', name: 'job', uid: 'old' } };
    expect(warningsFor([job, old] as never, 'Job', 'job')).toEqual([]);
    expect(otherWarnings([job, old] as never)).toEqual([]);
  });
});

describe('known causes', () => {
  it.each([
    ['secret "langsmith-postgres-secret" not found', 'The Secret langsmith-postgres-secret is not in the namespace'],
    ['AADSTS700213: No matching federated identity record found for presented assertion subject', 'Entra trusts no federated credential'],
    ['Back-off pulling image: ImagePullBackOff', 'The image cannot be pulled'],
    ['0/3 nodes are available: 3 Insufficient memory.', 'No node can take the pod (0/3 nodes are available: 3 Insufficient memory.)'],
    ['is forbidden: exceeded quota: langsmith-quota, requested: cpu=2', 'The ResourceQuota langsmith-quota'],
    ['FATAL: password authentication failed for user "postgres"', 'PostgreSQL refuses the password'],
    ['Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1', 'changed by "kubectl-edit"'],
    ['cannot patch "x": updates to statefulset spec for fields other than', 'The size or class of a volume claim'],
    ['Error: UPGRADE FAILED: timed out waiting for the condition', 'A hook did not end within timeout-minutes'],
    ['invalid ownership metadata; label validation error', 'does not belong to this release'],
  ])('%s', (said, meaning) => {
    expect(explain(said).join('\n')).toContain(meaning);
  });

  it('finds none in ordinary talk', () => {
    expect(explain('Started container backend')).toEqual([]);
    expect(KNOWN_CAUSES.every(({ pattern }) => !pattern.global)).toBe(true);
  });
});
