import { describe, expect, it } from '@jest/globals';
import { describeCluster, readCluster } from '../../../src/phases/cluster.js';
import { fakeCluster, lightOutputs } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const INPUTS = { command: 'apply', pass: 2, topology: 'light', approvedIrreversible: [], timeoutMinutes: 1 } as const;

const open = (): FakeExec =>
  new FakeExec()
    .on(/^kubectl auth whoami/, JSON.stringify({ status: { userInfo: { username: 'deployer' } } }))
    .on(/^kubectl create --filename=- --output=jsonpath/, 'true\n'.repeat(6))
    .on(/^helm version/, 'v4.1.4');

describe('cluster', () => {
  it('has nothing to keep before the first release', async () => {
    const state = await readCluster(await fakeCluster(open().on(/^helm list/, '[]')), INPUTS, lightOutputs());
    expect(state).toMatchObject({ user: 'deployer', helmVersion: 'v4.1.4', lost: [], shape: { pass: 2, topology: 'light' } });
    expect(describeCluster(state)).toBe('the cluster knows us as deployer; the deployment is that of pass 2');
  });

  it('keeps the pass that is deployed, and says what is given up', async () => {
    const values = { config: { deployment: { enabled: true }, insights: { enabled: true } } };
    const fake = (): FakeExec =>
      open()
        .on(/^helm list/, JSON.stringify([{ name: 'langsmith', revision: '3', status: 'deployed', chart: 'langsmith-0.13.28' }]))
        .on(/^helm get values/, JSON.stringify(values));
    const cluster = await fakeCluster(fake());
    expect((await readCluster(cluster, INPUTS, lightOutputs())).shape.pass).toBe(5);
    expect(cluster.log.lines).toContain('Pass 5 is deployed and stays: this run includes it.');
    const state = await readCluster(await fakeCluster(fake()), { ...INPUTS, approvedIrreversible: ['insights'] }, lightOutputs());
    expect(describeCluster(state)).toBe('the cluster knows us as deployer; the deployment is that of pass 3; gives up insights');
  });

  it('asks only to look when it only looks, and gives nothing up', async () => {
    const fake = open()
      .on(/^kubectl create --filename=- --output=jsonpath/, 'true\n'.repeat(4))
      .on(/^helm list/, JSON.stringify([{ name: 'langsmith', revision: '3', status: 'deployed', chart: 'langsmith-0.13.28' }]))
      .on(/^helm get values/, '{"config":{"insights":{"enabled":true}}}');
    const looking = { ...INPUTS, command: 'verify', approvedIrreversible: ['insights'] } as const;
    expect(await readCluster(await fakeCluster(fake), looking, lightOutputs())).toMatchObject({ lost: [], shape: { pass: 5 } });
    const asked = fake.matching(/^kubectl create/)[0]?.options.stdin ?? '';
    expect(asked).toContain('"verb":"list"');
    expect(asked).not.toContain('"verb":"create"');
  });
});
