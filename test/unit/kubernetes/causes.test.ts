import { describe, expect, it } from '@jest/globals';
import { explain, KNOWN_CAUSES } from '../../../src/kubernetes/causes.js';

const SUBJECT = 'system:serviceaccount:langsmith:langsmith-queue';

describe('known causes', () => {
  it.each([
    [
      "couldn't find key jwt_secret in Secret langsmith/langsmith-config-secret",
      'langsmith/langsmith-config-secret lacks the key jwt_secret',
    ],
    ['secret "langsmith-postgres-secret" not found', 'The Secret langsmith-postgres-secret is not in the namespace'],
    [
      `AADSTS700213: No matching federated identity record found for presented assertion subject '${SUBJECT}'. Check your federated`,
      `no federated credential with the subject ${SUBJECT}. Apply pass 1 again`,
    ],
    [
      'AADSTS70021: No matching federated identity record found for presented assertion.',
      'no federated credential for the service account',
    ],
    ['AADSTS700016: Application with identifier', 'of no identity in this tenant'],
    ['Back-off pulling image: ImagePullBackOff', 'The image cannot be pulled'],
    ['Failed to pull image "a.io/x:1": rpc error: code = NotFound desc = a.io/x:1: not found', 'The image a.io/x:1 does not exist'],
    ['Failed to pull image "a.io/x:1": 401 Unauthorized: unauthorized', 'does not let the nodes pull a.io/x:1'],
    ['Failed to pull image "a.io/x:1": 429 Too Many Requests - toomanyrequests', 'limits how often a.io/x:1 may be pulled'],
    [
      'is forbidden: exceeded quota: langsmith-quota, requested: limits.cpu=2, used: limits.cpu=10, limited: limits.cpu=11',
      'ResourceQuota langsmith-quota of the namespace has no room: limits.cpu=2 is asked for, limits.cpu=10 of limits.cpu=11 is used',
    ],
    ['failed quota: q: must specify limits.cpu', 'takes only pods that say their limits.cpu'],
    ['maximum memory usage per Container is 16Gi, but limit is 32Gi', 'allows a Container a maximum memory of 16Gi'],
    ['last ended with OOMKilled, exit code 137', 'needed more memory than its limit'],
    ['FATAL: password authentication failed for user "postgres"', 'PostgreSQL refuses the password'],
    ['FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "x", no encryption', 'admits only encrypted connections'],
    ['redis.exceptions.ConnectionError: Error 111 connecting to r:6379. Connection refused.', 'Redis does not answer in the way asked for'],
    ['redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair', 'Redis refuses the access key'],
    ['redis.exceptions.MovedError: MOVED 15495 10.0.0.5:8501', 'the clustering policy EnterpriseCluster'],
    ['Code: 516. DB::Exception: default: Authentication failed: password is incorrect', 'ClickHouse refuses the password'],
    ['could not translate host name "db.private" to address: Name or service not known', 'The host name db.private is not known'],
    ['Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1', 'changed by "kubectl-edit"'],
    ['cannot patch "x": updates to statefulset spec for fields other than', 'The size or class of a volume claim'],
    ['Job langsmith-backend-migrations: BackoffLimitExceeded: too often', 'A migration failed. Migrations only go forward'],
    ['Job langsmith-backend-auth-bootstrap: BackoffLimitExceeded: once', 'The first administrator could not be made'],
    ['Job langsmith-agent-bootstrap: BackoffLimitExceeded: x', 'Agents could not be registered'],
    ['Error: UPGRADE FAILED: timed out waiting for the condition', 'A hook did not end within its time'],
    ['invalid ownership metadata; label validation error', 'does not belong to this release'],
    ['admission webhook "policy.azure" denied the request: no', 'A policy of the cluster (policy.azure)'],
  ])('%s', (said, meaning) => {
    expect(explain(said).join('\n')).toContain(meaning);
  });

  it.each([
    [
      '0/4 nodes are available: 1 node(s) had untolerated taint {langsmith.io/pool: large}, 3 Insufficient cpu, 3 Insufficient memory. preemption: 0/4 nodes are available: 4 No preemption victims found.; asks for cpu 4, memory 8Gi in the pool default',
      'No node of the pool default has cpu and memory left for a pod that asks for cpu 4, memory 8Gi (1 node(s) had untolerated taint {langsmith.io/pool: large}, 3 Insufficient cpu, 3 Insufficient memory). Raise default_node_pool_max_count or the VM size, or choose a smaller sizing_profile, and apply pass 1.',
    ],
    [
      "0/4 nodes are available: 1 Too many pods, 3 node(s) didn't match Pod's node affinity/selector. preemption: none.; asks for cpu 4 in the pool large",
      "No node of the pool large has places for pods left for a pod that asks for cpu 4 (1 Too many pods, 3 node(s) didn't match Pod's node affinity/selector). Raise max_count of additional_node_pools.large or the VM size, or choose a smaller sizing_profile, and apply pass 1.",
    ],
    [
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: none.; asks for cpu 4 in the pool large",
      "No node may take a pod that asks for cpu 4 (3 node(s) didn't match Pod's node affinity/selector): their labels or taints are for other pods. Is the pool large in the configuration file? Apply pass 1.",
    ],
    [
      '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: none.',
      'The volume of the pod is not where a node can use it (pod has unbound immediate PersistentVolumeClaims). See the events of its volume claim.',
    ],
  ])('of a pod that no node takes: %s', (said, meaning) => {
    expect(explain(said)).toEqual([meaning]);
  });

  it('tells the specific cause and not the general one beside it', () => {
    const image = explain('ImagePullBackOff\nFailed to pull image "a.io/x:1": a.io/x:1: not found');
    expect(image).toEqual(['The image a.io/x:1 does not exist. Check the tag, and the registry if the images are mirrored.']);
  });

  it('tells each of several quotas, and a pod that no node takes once, though events repeat it', () => {
    const over = (quota: string): string => `exceeded quota: ${quota}, requested: pods=1, used: pods=8, limited: pods=8`;
    expect(explain(`${over('a')}\n${over('b')}\n${over('a')}`)).toHaveLength(2);
    const said = '0/3 nodes are available: 3 Insufficient cpu. preemption: none.';
    expect(explain(`Unschedulable: ${said}; asks for cpu 4 in the pool default\n  event FailedScheduling: ${said}`)).toHaveLength(1);
  });

  it('finds none in ordinary talk', () => {
    expect(explain('Started container backend')).toEqual([]);
    expect(KNOWN_CAUSES.every(({ pattern }) => !pattern.global)).toBe(true);
  });
});
