import { describe, expect, it } from '@jest/globals';
import type { DeployError } from '../../../src/errors.js';
import { describeDismantle, dismantle, type Dismantled, type DismantleTools } from '../../../src/phases/dismantle.js';
import { readAddons } from '../../../src/platform/addons.js';
import { fakeCluster } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const items = (...objects: object[]): string => JSON.stringify({ items: objects });
const of = (kind: string, name: string, more: object = {}, namespace?: string): object => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, uid: `uid-${name}`, ...(namespace === undefined ? {} : { namespace }), ...more },
});
const SERVICE = {
  ...of('Service', 'ingress-nginx-controller', {}, 'ingress-nginx'),
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: [{ ip: '20.1.1.1' }] } },
};
const AGENT = of('LGP', 'assistant', { finalizers: ['apps.langchain.ai/cleanup'] }, 'langsmith');
const row = (name: string, chart: string) => ({ name, namespace: name, revision: '1', status: 'deployed', chart });

/** A cluster with everything in it, each thing gone the second time it is looked for. */
function full(): FakeExec {
  const namespaces = items(of('Namespace', 'ingress-nginx'), of('Namespace', 'langsmith'));
  return new FakeExec()
    .on(/^helm version/, 'v4.1.4')
    .on(/^helm list/, '[]')
    .on(/^helm list --namespace=langsmith /, JSON.stringify([row('langsmith', 'langsmith-0.13.28')]))
    .on(/^helm list --namespace=ingress-nginx /, JSON.stringify([row('ingress-nginx', 'ingress-nginx-4.15.1')]))
    .on(/^helm uninstall/, '')
    .on(/^kubectl delete/, '')
    .on(/^kubectl get persistentvolumes/, items())
    .on(/^kubectl get gateways/, { code: 1, stderr: `error: the server doesn't have a resource type "gateways"` })
    .on(/^kubectl get lgps/, items(AGENT), items())
    .on(/^kubectl get services/, items(SERVICE), items())
    .on(/^kubectl get namespaces .*--selector/, namespaces)
    .on(/^kubectl get namespaces --all-namespaces --output=json$/, items());
}

async function run(fake: FakeExec, tools: Partial<DismantleTools> = {}): Promise<Dismantled> {
  const cluster = await fakeCluster(fake);
  try {
    return await dismantle(cluster, {
      addons: await readAddons('.'),
      remaining: async () => ({ known: [] }),
      timeoutMinutes: 1,
      patience: { deadlineMs: 60, firstPauseMs: 10, maximumPauseMs: 10 },
      ...tools,
    });
  } finally {
    await cluster.close();
  }
}

const failure = (promise: Promise<unknown>): Promise<DeployError> =>
  promise.then(
    () => {
      throw new Error('was meant to fail');
    },
    (error: unknown) => error as DeployError,
  );

const lines = (fake: FakeExec): string[] =>
  fake
    .matching(/^(helm uninstall|kubectl delete)/)
    .map(({ program, args }) => [program, ...args.slice(0, 3).filter((arg) => !arg.startsWith('--'))].join(' '));

describe('dismantle', () => {
  it('T292 T294 removes agents, release, load balancers, add-ons and namespaces in this order', async () => {
    const fake = full();
    const result = await run(fake);
    expect(lines(fake)).toEqual([
      'kubectl delete lgps.apps.langchain.ai assistant',
      'helm uninstall langsmith',
      'kubectl delete services ingress-nginx-controller',
      'helm uninstall ingress-nginx',
      'kubectl delete namespaces langsmith',
      'kubectl delete namespaces ingress-nginx',
    ]);
    expect(result).toMatchObject({ agentProducts: ['assistant'], addresses: ['20.1.1.1'], namespaces: ['langsmith', 'ingress-nginx'] });
    expect(describeDismantle(result)).toBe('1 agent product, 2 releases, 1 public address, 2 namespaces removed');
  });

  it('T294 stops before the operator when an agent product does not go, and says what holds it', async () => {
    const fake = full().on(/^kubectl get lgps/, items(AGENT));
    const error = await failure(run(fake));
    expect(error.reason).toBe('destroy-blocked');
    expect(error.detail).toBe('still there after 1 minutes:\n- LGP langsmith/assistant: finalizer apps.langchain.ai/cleanup');
    expect(fake.matching(/^helm uninstall/)).toEqual([]);
  });

  it('T292 stops before the add-ons while Azure has an address that a Service had', async () => {
    const fake = full();
    const error = await failure(run(fake, { remaining: async (addresses) => ({ known: addresses }) }));
    expect(error.reason).toBe('destroy-blocked');
    expect(error.detail).toContain('20.1.1.1');
    expect(lines(fake).at(-1)).toContain('delete services');
  });

  it('goes by the word of Kubernetes, and warns, where Azure does not say', async () => {
    const cluster = await fakeCluster(full());
    await dismantle(cluster, {
      addons: await readAddons('.'),
      remaining: async () => ({ unknown: 'HTTP 403' }),
      timeoutMinutes: 1,
      patience: { firstPauseMs: 5 },
    });
    expect(cluster.log.lines.join('\n')).toMatch(/warning: Whether Azure has released 20\.1\.1\.1 could not be read: HTTP 403/);
  });

  it('T293 does not call a release gone that Helm could not remove', async () => {
    const fake = full().on(/^helm uninstall langsmith/, { code: 1, stderr: 'Error: failed to delete release: langsmith' });
    const error = await failure(run(fake));
    expect(error.reason).toBe('destroy-blocked');
    expect(error.detail).toContain('the release langsmith/langsmith: helm uninstall ended with exit code 1');
  });

  it('T293 finds nothing in an emptied cluster, and takes no lease in a namespace that is going', async () => {
    const empty = full()
      .on(/^kubectl get lgps/, items())
      .on(/^kubectl get services/, items())
      .on(/^helm list/, '[]')
      .on(/^kubectl get namespaces .*--selector/, items(of('Namespace', 'langsmith', { deletionTimestamp: '2026-01-01T00:00:00Z' })));
    const result = await run(empty);
    expect(describeDismantle(result)).toBe('0 agent products, 0 releases, 0 public addresses, 1 namespace removed');
    expect(empty.matching(/lease/)).toEqual([]);
  });
});
