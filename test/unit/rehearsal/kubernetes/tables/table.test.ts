import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../../../rehearsal/kubernetes/api.js';
import { Kinds, type ResourceType } from '../../../../../rehearsal/kubernetes/kinds.js';
import { humanDuration } from '../../../../../rehearsal/kubernetes/tables/age.js';
import { readJsonPath } from '../../../../../rehearsal/kubernetes/tables/jsonpath.js';
import { tableOf } from '../../../../../rehearsal/kubernetes/tables/table.js';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const metadata = { name: 'x', namespace: 'n', creationTimestamp: '2026-01-01T00:00:00Z' };

function cells(id: string, object: Record<string, unknown>): Record<string, unknown> {
  const type = new Kinds().get(id) as ResourceType;
  const table = tableOf(
    type,
    type.versions[0] ?? '',
    [{ apiVersion: 'v1', kind: type.kind, metadata, ...object } as unknown as KubeObject],
    { now: NOW, include: 'None', resourceVersion: '1' },
  );
  const names = (table['columnDefinitions'] as { name: string }[]).map((column) => column.name);
  const [row] = table['rows'] as { cells: unknown[] }[];
  return Object.fromEntries(names.map((name, index) => [name, row?.cells[index]]));
}

describe('tables', () => {
  it('say why a pod does not run', () => {
    const spec = { containers: [{ name: 'a' }, { name: 'b' }] };
    const waiting = {
      containerStatuses: [
        {
          name: 'a',
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { finishedAt: '2026-01-01T00:09:40Z' } },
        },
      ],
      phase: 'Running',
    };
    expect(cells('Pod', { spec, status: waiting })).toMatchObject({
      Ready: '0/2',
      Status: 'CrashLoopBackOff',
      Restarts: '3 (20s ago)',
      Age: '10m',
    });
    const init = { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'ErrImagePull' } } }] };
    expect(cells('Pod', { spec: { ...spec, initContainers: [{ name: 'i' }] }, status: init })).toMatchObject({
      Status: 'Init:ErrImagePull',
    });
  });

  it('show deployments, jobs, services and claims as kubectl does', () => {
    expect(
      cells('apps/Deployment', { spec: { replicas: 3, template: { spec: {} } }, status: { readyReplicas: 1, updatedReplicas: 2 } }),
    ).toMatchObject({ Ready: '1/3', 'Up-to-date': 2, Available: 0 });
    const job = {
      spec: { completions: 1 },
      status: {
        succeeded: 1,
        startTime: '2026-01-01T00:00:00Z',
        completionTime: '2026-01-01T00:00:07Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
    };
    expect(cells('batch/Job', job)).toMatchObject({ Status: 'Complete', Completions: '1/1', Duration: '7s' });
    const service = {
      spec: { type: 'LoadBalancer', clusterIP: '10.0.0.9', ports: [{ port: 80, nodePort: 30001, protocol: 'TCP' }] },
      status: {},
    };
    expect(cells('Service', service)).toMatchObject({ Type: 'LoadBalancer', 'External-IP': '<pending>', 'Port(s)': '80:30001/TCP' });
    expect(
      cells('PersistentVolumeClaim', {
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'default' },
        status: { phase: 'Pending' },
      }),
    ).toMatchObject({ Status: 'Pending', 'Access Modes': 'RWO' });
  });

  it.each([
    [45_000, '45s'],
    [185_000, '3m5s'],
    [720_000, '12m'],
    [5 * 3_600_000 + 180_000, '5h3m'],
    [52 * 3_600_000, '2d4h'],
    [400 * 86_400_000, '400d'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });

  it('read JSONPaths of printer columns', () => {
    const object = {
      spec: { a: [{ b: 1 }, { b: 2 }] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
      metadata: { labels: { 'x.y/z': 'v' } },
    };
    expect(readJsonPath(object, '.status.conditions[?(@.type=="Ready")].status')).toEqual(['True']);
    expect(readJsonPath(object, '.spec.a[*].b')).toEqual([1, 2]);
    expect(readJsonPath(object, '.metadata.labels.x\\.y/z')).toEqual(['v']);
    expect(() => readJsonPath(object, '.a..b')).toThrow('cannot be read here');
  });
});
