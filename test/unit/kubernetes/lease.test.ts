import { afterEach, describe, expect, it } from '@jest/globals';
import { RunLease } from '../../../src/kubernetes/lease.js';
import { Kubectl } from '../../../src/tools/kubectl.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const lease = (holder: string, version: string): string =>
  JSON.stringify({
    kind: 'Lease',
    metadata: { name: 'langsmith-azure', resourceVersion: version },
    spec: { holderIdentity: holder, renewTime: 'x' },
  });

describe('run lease', () => {
  const held: RunLease[] = [];
  afterEach(() => Promise.all(held.splice(0).map((one) => one.release())));

  const open = (fake: FakeExec): RunLease => {
    const one = new RunLease(
      new Kubectl(fake.exec, { kubeconfigPath: '/k', context: 'c' }),
      new CollectedLog(),
      { durationMs: 600, renewEveryMs: 100 },
      'me',
    );
    held.push(one);
    return one;
  };
  const base = (): FakeExec => new FakeExec().on(/^kubectl patch lease/, '').on(/^kubectl (create|replace)/, '');

  it('is created when nobody has it, renewed while the run lives, and given back', async () => {
    const fake = base().on(/^kubectl get lease/, '');
    const one = open(fake);
    await one.acquire('ns');
    expect(JSON.parse(fake.matching(/^kubectl create/)[0]?.options.stdin ?? '')).toMatchObject({
      kind: 'Lease',
      metadata: { namespace: 'ns' },
      spec: { holderIdentity: 'me' },
    });
    await new Promise((resolve) => setTimeout(resolve, 250));
    const renewals = fake.matching(/^kubectl patch lease/);
    expect(renewals.length).toBeGreaterThanOrEqual(2);
    expect(renewals[0]?.args.join(' ')).toContain('{"op":"test","path":"/spec/holderIdentity","value":"me"}');
    await one.release();
    expect(fake.calls.at(-1)?.args.join(' ')).toContain('{"op":"replace","path":"/spec/holderIdentity","value":""}');
  });

  it('is taken from a holder that stood still for its whole duration', async () => {
    const fake = base().on(/^kubectl get lease/, lease('dead', '7'));
    const start = Date.now();
    await open(fake).acquire('ns');
    expect(Date.now() - start).toBeGreaterThanOrEqual(600);
    expect(JSON.parse(fake.matching(/^kubectl replace/)[0]?.options.stdin ?? '')).toMatchObject({
      metadata: { resourceVersion: '7' },
      spec: { holderIdentity: 'me' },
    });
  });

  it('is left to a holder that renews it', async () => {
    const fake = base().on(/^kubectl get lease/, lease('alive', '7'), lease('alive', '8'));
    await expect(open(fake).acquire('ns')).rejects.toMatchObject({
      reason: 'release-failed',
      detail: expect.stringContaining('another run (alive)'),
    });
  });

  it('is tried again when someone else was quicker, and that one lives', async () => {
    const fake = base()
      .on(/^kubectl get lease/, '', lease('quicker', '1'), lease('quicker', '2'))
      .on(/^kubectl create/, { code: 1, stderr: 'Error from server (AlreadyExists)' });
    await expect(open(fake).acquire('ns')).rejects.toMatchObject({ reason: 'release-failed' });
  });

  it('costs nothing when already held', async () => {
    const fake = base().on(/^kubectl get lease/, '');
    const one = open(fake);
    await one.acquire('ns');
    const calls = fake.calls.length;
    await one.acquire('ns');
    expect(fake.calls.length).toBe(calls);
  });
});
