import { mkdtemp, readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { openCluster, type ClusterCredential } from '../../../src/kubernetes/cluster.js';
import { PrivateDirectory } from '../../../src/private-directory.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const KUBECONFIG = 'clusters: [{ name: x, cluster: { server: "https://x", certificate-authority-data: Q0E= } }]';
const MINUTE = 60_000;

describe('an open cluster', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** `answers` are tokens given one after another, each living an hour; an Error is thrown. */
  async function open(answers: (string | Error)[]) {
    const files = await PrivateDirectory.create(await mkdtemp(path.join(os.tmpdir(), 'cluster-')), () => undefined);
    const log = new CollectedLog();
    const getCredential = async (): Promise<ClusterCredential> => {
      const token = answers.shift();
      if (token === undefined || token instanceof Error) throw token ?? new Error('no more tokens');
      return { kubeconfigYaml: KUBECONFIG, token, expiresOn: new Date(Date.now() + 60 * MINUTE) };
    };
    const cluster = await openCluster({ exec: new FakeExec().exec, log, files, getCredential, secrets: new Map([['a', 'secret-value']]) });
    return { cluster, log, tokenFile: path.join(files.path, 'cluster-token') };
  }

  const token = (file: string): Promise<string> => readFile(file, 'utf8');
  const pass = async (ms: number): Promise<void> => {
    await jest.advanceTimersByTimeAsync(ms);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };
  const eventually = async (check: () => Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 200 && !(await check()); i++) await new Promise((resolve) => setImmediate(resolve));
  };

  it('keeps the token beside the kubeconfig, both private', async () => {
    const { cluster, tokenFile } = await open(['first']);
    const config = parse(await readFile(cluster.access.kubeconfigPath, 'utf8')) as { users: { user: object }[] };
    expect(config.users[0]?.user).toEqual({ tokenFile });
    for (const file of [tokenFile, cluster.access.kubeconfigPath]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(cluster.redact('x secret-value y')).toBe('x *** y');
    await cluster.close();
  });

  it('renews the token ten minutes before it ends, so that a running helm reads the new one', async () => {
    const { cluster, tokenFile } = await open(['first', 'second']);
    await pass(49 * MINUTE);
    expect(await token(tokenFile)).toBe('first');
    await pass(2 * MINUTE);
    await eventually(async () => (await token(tokenFile).catch(() => '')) === 'second');
    expect(await token(tokenFile)).toBe('second');
    await cluster.close();
  });

  it('keeps the old token and tries again when renewal fails', async () => {
    const { cluster, log, tokenFile } = await open(['first', new Error('Entra is away'), 'third']);
    await pass(50.5 * MINUTE);
    await eventually(async () => log.lines.length > 0);
    expect(log.lines.join('\n')).toContain('Entra is away');
    expect(await token(tokenFile)).toBe('first');
    await pass(2 * MINUTE);
    await eventually(async () => (await token(tokenFile).catch(() => '')) === 'third');
    expect(await token(tokenFile)).toBe('third');
    await cluster.close();
  });

  it('leaves no timer behind', async () => {
    const { cluster } = await open(['first']);
    await cluster.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});
