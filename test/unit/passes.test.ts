import { describe, expect, it } from '@jest/globals';
import {
  configSecretKeysOf,
  hookJobsOf,
  objectName,
  workloadIdentityServiceAccounts,
  type Shape,
  workloadsOf,
  WORKLOADS,
} from '../../src/passes.js';
import { lightShape, productionShape } from '../fakes/cluster.js';

const names = (shape: Shape, kind: string): string[] =>
  workloadsOf(shape)
    .filter((workload) => workload.kind === kind)
    .map((workload) => workload.suffix);

describe('passes', () => {
  it('pass 2 light is six Deployments, three StatefulSets and three Jobs', () => {
    expect(names(lightShape(), 'Deployment')).toEqual(['frontend', 'backend', 'platform-backend', 'playground', 'ace-backend', 'queue']);
    expect(names(lightShape(), 'StatefulSet')).toEqual(['clickhouse', 'postgres', 'redis']);
    expect(hookJobsOf(2).map((job) => job.suffix)).toEqual(['backend-migrations', 'backend-ch-migrations', 'backend-auth-bootstrap']);
  });

  it.each([
    [2, 7, 1, 3],
    [3, 10, 1, 3],
    [4, 12, 1, 4],
    [5, 12, 1, 4],
  ] as const)('pass %i production is %i Deployments, %i StatefulSet, %i Jobs', (pass, deployments, statefulSets, jobs) => {
    expect(names(productionShape(pass), 'Deployment')).toHaveLength(deployments);
    expect(names(productionShape(pass), 'StatefulSet')).toHaveLength(statefulSets);
    expect(hookJobsOf(pass)).toHaveLength(jobs);
  });

  it('only what reads Blob Storage has an identity: four in pass 2, six in pass 3, eight in pass 4', () => {
    const readers = (pass: 2 | 3 | 4): number => workloadsOf(productionShape(pass)).filter((workload) => workload.readsBlob).length;
    expect([readers(2), readers(3), readers(4)]).toEqual([4, 6, 8]);
  });

  it('lists every service account that exchanges a token in any pass', () => {
    expect(workloadIdentityServiceAccounts('ls-langsmith')).toEqual([
      'langsmith-ksa',
      'ls-langsmith-agent-bootstrap',
      'ls-langsmith-agent-builder-tool-server',
      'ls-langsmith-agent-builder-trigger-server',
      'ls-langsmith-backend',
      'ls-langsmith-host-backend',
      'ls-langsmith-ingest-queue',
      'ls-langsmith-listener',
      'ls-langsmith-platform-backend',
      'ls-langsmith-queue',
    ]);
  });

  it('writes the keys that never change from pass 2 on, so that later passes restart nothing for them', () => {
    expect(configSecretKeysOf(2)).toEqual(configSecretKeysOf(5));
  });

  it('gives every workload an object name and a values key of its own', () => {
    expect(new Set(WORKLOADS.map((workload) => objectName('r', workload.suffix))).size).toBe(WORKLOADS.length);
    expect(new Set(WORKLOADS.map((workload) => workload.key)).size).toBe(WORKLOADS.length);
  });
});
