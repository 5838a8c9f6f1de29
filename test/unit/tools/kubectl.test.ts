import { describe, expect, it } from '@jest/globals';
import { CommandFailure, refusalOf } from '../../../src/tools/command.js';
import { Kubectl } from '../../../src/tools/kubectl.js';
import { kubectlDiff } from '../../fakes/diffs.js';
import { FakeExec } from '../../fakes/exec.js';

const open = (): { fake: FakeExec; kubectl: Kubectl } => {
  const fake = new FakeExec();
  return { fake, kubectl: new Kubectl(fake.exec, { kubeconfigPath: '/private/kubeconfig', context: 'langsmith-azure' }) };
};

describe('kubectl', () => {
  it('names cluster and context on every call, quietly, with a cache of its own', async () => {
    const { fake, kubectl } = open();
    fake.on(/^kubectl get pods/, '{"items":[]}');
    await kubectl.list('pods', 'langsmith');
    const call = fake.calls[0];
    expect(call?.rawArgs).toEqual(expect.arrayContaining(['--kubeconfig=/private/kubeconfig', '--context=langsmith-azure']));
    expect(call?.options).toMatchObject({ quiet: true, env: { KUBECACHEDIR: '/private/kube-cache' } });
  });

  it('T116: applies from standard input and keeps objects out of argv', async () => {
    const { fake, kubectl } = open();
    fake.on(/^kubectl apply/, '');
    await kubectl.apply([{ kind: 'Secret', data: { key: 'c2VjcmV0' } }]);
    expect(fake.calls[0]?.args.join(' ')).toBe('apply --server-side --force-conflicts --field-manager=langsmith-azure --filename=-');
    expect(JSON.parse(fake.calls[0]?.options.stdin ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ kind: 'Secret', data: { key: 'c2VjcmV0' } }],
    });
  });

  it('asks the server what of a manifest is not in the cluster as it says', async () => {
    const { fake, kubectl } = open();
    const account = { kind: 'ServiceAccount', metadata: { name: 'langsmith-backend', namespace: 'langsmith' } };
    const definition = { kind: 'CustomResourceDefinition', metadata: { name: 'lgps.apps.langchain.ai' } };
    // Text that looks like the program's own, and a line that is none of YAML's plain ones.
    const script = 'diff -arN a b\n--- a\n+++ b\n@@ -1 +1 @@\n\n  indented\n';
    fake.on(
      /^kubectl diff/,
      kubectlDiff(
        { live: { ...account, data: { script: 'old' } }, merged: { ...account, data: { script } } },
        { merged: { ...definition, spec: { group: 'apps.langchain.ai' } } },
      ),
      '',
      { code: 2, stderr: 'error: no' },
      { code: 1, stderr: 'error: executable file not found: diff' },
    );
    expect(await kubectl.diff('kind: X', 'langsmith')).toEqual([
      {
        kind: 'CustomResourceDefinition',
        name: 'lgps.apps.langchain.ai',
        namespace: undefined,
        live: undefined,
        merged: { ...definition, spec: { group: 'apps.langchain.ai' } },
      },
      {
        kind: 'ServiceAccount',
        name: 'langsmith-backend',
        namespace: 'langsmith',
        live: { ...account, data: { script: 'old' } },
        merged: { ...account, data: { script } },
      },
    ]);
    expect(fake.calls[0]?.options).toMatchObject({ stdin: 'kind: X', quiet: true, env: { TMPDIR: '/private', LC_ALL: 'C' } });
    expect(fake.calls[0]?.args).toContain('--field-manager=langsmith-azure-compare');
    expect(await kubectl.diff('kind: X', 'langsmith', 'langsmith-azure')).toEqual([]);
    expect(fake.calls[1]?.args).toContain('--field-manager=langsmith-azure');
    await expect(kubectl.diff('kind: X', 'langsmith')).rejects.toBeInstanceOf(CommandFailure);
    await expect(kubectl.diff('kind: X', 'langsmith')).rejects.toBeInstanceOf(CommandFailure);
  });

  it('tells absent from unreadable', async () => {
    const { fake, kubectl } = open();
    fake.on(/^kubectl get secret gone/, '');
    fake.on(/^kubectl get secret hidden/, {
      code: 1,
      stderr: 'Error from server (Forbidden): secrets "hidden" is forbidden: User "x" cannot get resource "secrets"',
    });
    fake.on(/^kubectl get secret odd/, { code: 1, stderr: 'error: something else' });
    expect(await kubectl.get('secret', 'gone', 'n')).toBeUndefined();
    await expect(kubectl.get('secret', 'hidden', 'n')).rejects.toMatchObject({ reason: 'cluster-forbidden' });
    await expect(kubectl.get('secret', 'odd', 'n')).rejects.toBeInstanceOf(CommandFailure);
  });

  it('asks all access questions in one call', async () => {
    const { fake, kubectl } = open();
    fake.on(/^kubectl create .*jsonpath/, 'true\nfalse\n');
    const question = { verb: 'create', group: '', resource: 'secrets' };
    expect(await kubectl.mayI([question, question])).toEqual([true, false]);
    expect(JSON.parse(fake.calls[0]?.options.stdin ?? '')).toMatchObject({
      items: [{ kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: question } }, {}],
    });
  });

  it('says what a rollout lacks, and fails when the cluster is gone', async () => {
    const { fake, kubectl } = open();
    fake.on(/^kubectl rollout status deployment\/a /, { stdout: 'deployment "a" successfully rolled out' });
    fake.on(/^kubectl rollout status deployment\/b /, { code: 1, stderr: 'error: timed out waiting for the condition' });
    fake.on(/^kubectl rollout status deployment\/c /, {
      code: 1,
      stderr: 'Unable to connect to the server: dial tcp: lookup x: no such host',
    });
    expect(await kubectl.awaitRollout('Deployment', 'a', 'n', 60)).toBeUndefined();
    expect(await kubectl.awaitRollout('Deployment', 'b', 'n', 60.7)).toEqual({
      said: 'error: timed out waiting for the condition',
      isOld: false,
    });
    expect(fake.calls[1]?.rawArgs).toContain('--timeout=60s');
    await expect(kubectl.awaitRollout('Deployment', 'c', 'n', 60)).rejects.toMatchObject({ reason: 'cluster-unreachable' });
  });

  it('tells a verdict that stood before from one that was reached while it waited', async () => {
    const { fake, kubectl } = open();
    const stderr = 'error: deployment "a" exceeded its progress deadline';
    fake.on(/^kubectl rollout status/, { code: 1, stderr }, { code: 1, stdout: 'Waiting for deployment "a" rollout to finish\n', stderr });
    expect(await kubectl.awaitRollout('Deployment', 'a', 'n', 60)).toEqual({ said: stderr, isOld: true });
    expect(await kubectl.awaitRollout('Deployment', 'a', 'n', 60)).toEqual({ said: stderr, isOld: false });
  });

  it('reports a write that someone else was quicker with, and no other failure, as false', async () => {
    const { fake, kubectl } = open();
    fake.on(
      /^kubectl create/,
      { code: 1, stderr: 'Error from server (AlreadyExists): leases "x" already exists' },
      { code: 1, stderr: 'error: no' },
    );
    expect(await kubectl.write('create', {})).toBe(false);
    await expect(kubectl.write('create', {})).rejects.toBeInstanceOf(CommandFailure);
  });

  it('has no log lines for a container that never ran', async () => {
    const { fake, kubectl } = open();
    fake.on(/^kubectl logs/, { code: 1, stderr: 'container "x" in pod "p" is waiting to start' });
    expect(await kubectl.logs({ namespace: 'n', pod: 'p', container: 'x', tail: 5, previous: true })).toBe('');
    expect(fake.calls[0]?.args).toEqual(['logs', 'p', '--namespace=n', '--container=x', '--tail=5', '--previous']);
  });
});

describe('refusals', () => {
  it.each([
    ['error: You must be logged in to the server (Unauthorized)', 'unauthorized'],
    [
      'Error from server (Forbidden): namespaces is forbidden: User "a" cannot create resource "namespaces" in API group "" at the cluster scope',
      'forbidden',
    ],
    ['The connection to the server 10.0.0.1:443 was refused - did you specify the right host or port?', 'unreachable'],
    ['Error: kubernetes cluster unreachable: Get "https://x/version": dial tcp: i/o timeout', 'unreachable'],
    ['Unable to connect to the server: net/http: TLS handshake timeout', 'unreachable'],
    ['Error: UPGRADE FAILED: post-upgrade hooks failed: timed out waiting for the condition', undefined],
    [
      'Error: UPGRADE FAILED: cannot patch "langsmith-postgres": updates to statefulset spec for fields other than ... are forbidden',
      undefined,
    ],
    [
      'Error from server (InternalError): failed calling webhook "w": Post "https://x.svc": dial tcp 10.0.0.9:443: connect: connection refused',
      undefined,
    ],
    ['pods "x" is forbidden: exceeded quota: langsmith-quota', undefined],
  ])('%s', (stderr, expected) => {
    expect(refusalOf(stderr)).toBe(expected);
  });
});
