import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { ClusterServer } from '../../../../rehearsal/kubernetes/cluster-server.js';
import { forwardTo } from '../../../../rehearsal/kubernetes/forward.js';
import { Harness, TOKEN } from './harness.js';

type Body = Record<string, unknown>;

/** One request; a watch resolves with its lines when the server ends it. */
function call(
  harness: Harness,
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ ca: harness.authority });
    const outgoing = request(
      `${harness.url}${path}`,
      { method, agent, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...options.headers } },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => {
          agent.destroy();
          resolve({ code: reply.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  });
}

const MAPS = '/api/v1/namespaces/app/configmaps';

function configMap(name: string, labels: Record<string, string> = {}): Body {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } };
}

describe('ClusterServer', () => {
  let server: ClusterServer;
  let harness: Harness;

  beforeEach(async () => {
    server = new ClusterServer({
      kubernetesVersion: '1.33',
      authenticate: (bearer) => Promise.resolve(bearer === TOKEN ? { name: 'tester', groups: ['system:masters'] } : undefined),
      logs: new Map(),
    });
    server.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } });
    harness = await Harness.start((incoming, response) => server.handle(incoming, response));
  });

  afterEach(async () => {
    server.stop();
    await harness.stop();
  });

  const json = async (method: string, path: string, options: Parameters<typeof call>[3] = {}): Promise<Body & { code: number }> => {
    const { code, text } = await call(harness, method, path, options);
    return { ...(JSON.parse(text) as Body), code };
  };

  it('says which version it is without asking who calls, and nothing else', async () => {
    const headers = { authorization: '' };
    expect(await json('GET', '/version', { headers })).toMatchObject({ code: 200, gitVersion: 'v1.33.0', minor: '33' });
    expect(await json('GET', MAPS, { headers })).toMatchObject({ code: 401, reason: 'Unauthorized' });
  });

  it('replays what happened since a position; what stops matching is gone for the watcher', async () => {
    await json('POST', MAPS, { body: configMap('old', { app: 'web' }) });
    const { metadata } = (await json('GET', MAPS)) as unknown as { metadata: { resourceVersion: string } };
    await json('POST', MAPS, { body: configMap('a', { app: 'web' }) });
    await json('POST', MAPS, { body: configMap('other') });
    await json('PATCH', `${MAPS}/old`, {
      body: { metadata: { labels: { app: null } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    const watch = await call(
      harness,
      'GET',
      `${MAPS}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1&allowWatchBookmarks=true&labelSelector=app%3Dweb`,
    );
    const lines = watch.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name?: string } } });
    expect(lines.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim())).toEqual(['ADDED a', 'DELETED old', 'BOOKMARK']);
  });

  it('marks the end of the initial events for list-watchers', async () => {
    await json('POST', MAPS, { body: configMap('a') });
    const { text } = await call(
      harness,
      'GET',
      `${MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1`,
    );
    expect(JSON.parse(text.split('\n')[1] ?? '')).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('keeps nothing of a dry run', async () => {
    expect(await json('POST', `${MAPS}?dryRun=All`, { body: configMap('a') })).toMatchObject({ code: 201, metadata: { name: 'a' } });
    expect(await json('GET', `${MAPS}/a`)).toMatchObject({ code: 404, message: 'configmaps "a" not found' });
  });

  it('refuses stale replacements, failing JSON patches and bodies of another kind', async () => {
    const made = (await json('POST', MAPS, { body: configMap('a') })) as unknown as { metadata: Body };
    await json('PATCH', `${MAPS}/a`, { body: { data: { x: '1' } }, headers: { 'content-type': 'application/merge-patch+json' } });
    expect(await json('PUT', `${MAPS}/a`, { body: made })).toMatchObject({ code: 409, reason: 'Conflict' });
    const test = [{ op: 'test', path: '/data/x', value: '2' }];
    expect(await json('PATCH', `${MAPS}/a`, { body: test, headers: { 'content-type': 'application/json-patch+json' } })).toMatchObject({
      code: 422,
    });
    expect(await json('POST', MAPS, { body: { ...configMap('b'), kind: 'Secret' } })).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(await json('PATCH', `${MAPS}/a`, { body: {}, headers: { 'content-type': 'text/plain' } })).toMatchObject({ code: 415 });
  });

  it('hands out a token for a service account, which may do nothing', async () => {
    server.store.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'app' } });
    const made = (await json('POST', '/api/v1/namespaces/app/serviceaccounts/robot/token', { body: { spec: {} } })) as unknown as {
      status: { token: string };
    };
    const refused = await json('GET', MAPS, { headers: { authorization: `Bearer ${made.status.token}` } });
    expect(refused).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(refused['message']).toContain('User "system:serviceaccount:app:robot" cannot list resource "configmaps"');
  });

  it('names what it does not play', async () => {
    server.store.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'app' },
      spec: { containers: [{ name: 'c', image: 'x' }] },
    });
    expect(await json('POST', '/api/v1/namespaces/app/pods/p/exec')).toMatchObject({
      code: 501,
      message: 'pods/exec is not played by this rehearsal cluster',
    });
    expect(await json('GET', '/apis/example.com/v1/gadgets')).toMatchObject({
      code: 404,
      message: 'the server could not find the requested resource',
    });
  });

  it('is answered for by a forwarder with the credentials of a kubeconfig', async () => {
    const front = await Harness.start(await forwardTo(harness.kubeconfig));
    try {
      const answer = await call(front, 'GET', '/api/v1/namespaces/app', { headers: { authorization: 'Bearer of-the-caller' } });
      expect(answer).toMatchObject({ code: 200 });
      expect(JSON.parse(answer.text)).toMatchObject({ metadata: { name: 'app' } });
    } finally {
      await front.stop();
    }
  });

  it('forwards with no sign-in plugin', async () => {
    const file = join(harness.folder, 'plugin');
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: harness.url } }],
      users: [{ name: 'u', user: { exec: { command: 'kubelogin' } } }],
    };
    writeFileSync(file, JSON.stringify(config));
    await expect(forwardTo(file)).rejects.toThrow('signs in through a plugin, which a rehearsal does not run');
    writeFileSync(file, JSON.stringify({ ...config, 'current-context': 'nowhere' }));
    await expect(forwardTo(file)).rejects.toThrow('names the context "nowhere" and does not define it');
  });
});
