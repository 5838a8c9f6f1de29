import { describe, expect, it } from '@jest/globals';
import { DEPLOYING, proveAccess } from '../../../src/kubernetes/access.js';
import { Kubectl } from '../../../src/tools/kubectl.js';
import { FakeExec } from '../../fakes/exec.js';

const WHO = JSON.stringify({ kind: 'SelfSubjectReview', status: { userInfo: { username: 'deployer' } } });
/** What the API server says to the six questions; `denied` is the index of one it refuses. */
const answers = (denied = -1): string => Array.from({ length: 6 }, (_, index) => `${index !== denied}\n`).join('');
const kubectl = (fake: FakeExec): Kubectl => new Kubectl(fake.exec, { kubeconfigPath: '/k', context: 'c' });
const QUICK = { deadlineMs: 60, firstPauseMs: 5, maximumPauseMs: 5 };

describe('access', () => {
  it('returns the user when everything needed is allowed', async () => {
    const fake = new FakeExec().on(/auth whoami/, WHO).on(/^kubectl create/, answers());
    expect(await proveAccess(kubectl(fake), 1, DEPLOYING)).toBe('deployer');
  });

  it('waits for a role that is not believed yet', async () => {
    const fake = new FakeExec().on(/auth whoami/, WHO).on(/^kubectl create/, answers(3), answers());
    expect(await proveAccess(kubectl(fake), 1, DEPLOYING, QUICK)).toBe('deployer');
    expect(fake.matching(/^kubectl create/)).toHaveLength(2);
  });

  it('names what is not allowed', async () => {
    const fake = new FakeExec().on(/auth whoami/, WHO).on(/^kubectl create/, answers(0));
    await expect(proveAccess(kubectl(fake), 1, DEPLOYING, QUICK)).rejects.toMatchObject({
      reason: 'cluster-forbidden',
      detail: 'the cluster knows us as deployer and does not allow: create namespaces',
    });
  });

  it.each([
    ['error: You must be logged in to the server (Unauthorized)', 'cluster-forbidden'],
    ['Unable to connect to the server: dial tcp 1.2.3.4:443: i/o timeout', 'cluster-unreachable'],
  ])('%s', async (stderr, reason) => {
    const fake = new FakeExec().on(/auth whoami/, { code: 1, stderr });
    await expect(proveAccess(kubectl(fake), 1, DEPLOYING, QUICK)).rejects.toMatchObject({ reason });
  });
});
