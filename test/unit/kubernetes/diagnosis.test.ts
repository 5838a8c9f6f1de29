import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../../src/kubernetes/diagnosis.js';
import { telling } from '../../../src/kubernetes/log-lines.js';
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
              kind: 'PersistentVolumeClaim',
              metadata: { name: 'data-langsmith-postgres-0' },
              spec: { storageClassName: 'managed-csi' },
              status: { phase: 'Pending' },
            },
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
      'PersistentVolumeClaim data-langsmith-postgres-0 of storage class managed-csi is Pending: Failed (3 times): failed to provision volume',
      'likely cause: The Secret langsmith/langsmith-config-secret lacks the key jwt_secret. Run the pass again: it writes every key the pass needs. A key edited away by hand comes back that way.',
      'likely cause: A container needed more memory than its limit. Choose a larger sizing_profile.',
      'likely cause: Azure did not create the disk of a volume claim. The event says why.',
      'likely cause: A migration failed. Migrations only go forward: mend what its log says and run the pass again.',
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
      'stuck: Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.; asks for nothing in the pool default',
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

describe('warnings about what is no pod', () => {
  const replicaSet = (type: string, second: number): object => ({
    ...event('langsmith-ace-backend-1', 'is forbidden: exceeded quota: q', 'ReplicaSet'),
    type,
    lastTimestamp: `2026-01-01T00:00:0${second}Z`,
  });

  it('are told until something ordinary happens to it', () => {
    expect(otherWarnings([replicaSet('Normal', 1), replicaSet('Warning', 2)] as never)).toHaveLength(1);
    expect(otherWarnings([replicaSet('Warning', 2), replicaSet('Normal', 3)] as never)).toEqual([]);
  });
});

describe('a process that ends without a trace', () => {
  it('T120 is told as such, with the configuration key it probably lacks', async () => {
    const crashing = pod(
      'langsmith-agent-builder-tool-server-a',
      container(
        { waiting: { reason: 'CrashLoopBackOff' } },
        { restartCount: 2, lastState: { terminated: { reason: 'Error', exitCode: 1 } } },
      ),
    );
    const items = [crashing, event('langsmith-agent-builder-tool-server-a', 'Back-off restarting failed container')];
    const fake = new FakeExec().on(/^kubectl get pods,jobs,events/, JSON.stringify({ items })).on(/^kubectl logs/, '');
    const text = await diagnose(await fakeCluster(fake), 'langsmith', '');
    expect(text).toMatch(/^ {2}log {3}\(nothing\)$/m);
    expect(text).toMatch(/^likely cause: A process ended without a word\..* the JWT secret, or the encryption key/m);
  });

  it('T120 is not claimed of one that said why, or that is only slow', async () => {
    const slow = pod('slow', container({ running: {} }));
    const fake = new FakeExec().on(/^kubectl get pods,jobs,events/, JSON.stringify({ items: [slow] })).on(/^kubectl logs/, '');
    expect(await diagnose(await fakeCluster(fake), 'langsmith', '')).not.toContain('likely cause');
  });
});

describe('the lines of a log that matter', () => {
  const chatter = Array.from({ length: 40 }, (_unused, index) => `INFO step ${index}`);

  it('are all of a short log', () => {
    expect(telling('a\n\nb\n', 15)).toEqual(['a', 'b']);
  });

  it('are the complaints and the end of a long one, in order', () => {
    const log = [...chatter.slice(0, 20), 'ValueError: JWT_SECRET is missing', ...chatter.slice(20)].join('\n');
    expect(telling(log, 15)).toEqual(['ValueError: JWT_SECRET is missing', ...chatter.slice(-5)]);
  });

  it('are the last complaints when there are too many', () => {
    const log = [...Array.from({ length: 30 }, (_unused, index) => `ERROR ${index}`), ...chatter].join('\n');
    const shown = telling(log, 15);
    expect(shown).toHaveLength(15);
    expect(shown.slice(0, 2)).toEqual(['ERROR 20', 'ERROR 21']);
  });
});
