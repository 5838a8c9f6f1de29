import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { demandOf, type Demand, type PodDemand } from '../../../src/capacity/demand.js';
import { describeFit, fitOf } from '../../../src/capacity/fit.js';
import type { NodePool } from '../../../src/capacity/nodes.js';
import { merge, nest, type Tree } from '../../../src/values/merge.js';
import { lightShape, productionShape } from '../../fakes/cluster.js';

const GIB = 2 ** 30;
const sizing = (name: string): Tree => parse(readFileSync(`helm/values/sizing-${name}.yaml`, 'utf8')) as Tree;

const defaultPool = (over: Partial<NodePool> = {}): NodePool => ({
  name: 'default',
  vm_size: 'Standard_D8s_v5',
  min_count: 3,
  max_count: 10,
  labels: {},
  taints: [],
  ...over,
});

const largePool = (over: Partial<NodePool> = {}): NodePool => ({
  name: 'large',
  vm_size: 'Standard_D16s_v5',
  min_count: 0,
  max_count: 2,
  labels: { 'langsmith.io/pool': 'large' },
  taints: ['langsmith.io/pool=large:NoSchedule'],
  ...over,
});

const onLarge = nest({
  'clickhouse.statefulSet.nodeSelector': { 'langsmith.io/pool': 'large' },
  'clickhouse.statefulSet.tolerations': [{ key: 'langsmith.io/pool', operator: 'Equal', value: 'large', effect: 'NoSchedule' }],
});

const pod = (over: Partial<PodDemand> = {}): PodDemand => ({
  name: 'backend',
  kind: 'Deployment',
  pool: 'default',
  scaledBy: 'hpa',
  replicas: { min: 1, max: 1 },
  requests: { cpu: 1000, memory: 2 * GIB },
  limits: { cpu: 2000, memory: 4 * GIB },
  nodeSelector: {},
  tolerations: [],
  sizedByLimitRange: false,
  ...over,
});

const only = (...workloads: PodDemand[]): Demand => ({ workloads, jobs: [], agents: [] });

describe('fit', () => {
  it('light, minimum size, fits on one node of the default size', () => {
    const fit = fitOf(demandOf(lightShape(2), sizing('minimum')), [defaultPool({ min_count: 1, max_count: 1 })]);
    expect(fit.verdict).toBe('fits');
    expect(fit.atMinimum.nodes).toEqual({ default: 1 });
  });

  it('production, pass 5, fits at its minimum and at its maximum on the default pools, ClickHouse on the large one', () => {
    const fit = fitOf(demandOf(productionShape(5), merge(sizing('production'), onLarge)), [defaultPool(), largePool()]);
    expect(fit.atMinimum.pending).toEqual([]);
    expect(fit.atMinimum.nodes['large']).toBe(1);
    expect(describeFit(fit)).toMatch(/^(fits|starts)/);
  });

  it('T251 production-large outgrows the default pools, and the fix says by how many nodes', () => {
    const fit = fitOf(demandOf(productionShape(2), sizing('production-large')), [defaultPool(), largePool()]);
    expect(fit.verdict).toBe('warning');
    const [first] = fit.atMaximum.pending;
    expect(first).toMatchObject({ why: expect.stringContaining('all 10 nodes of pool default (Standard_D8s_v5) are full') as unknown });
    const needed = Number(/to (\d+) nodes/.exec(first?.fix ?? '')?.[1]);
    expect(needed).toBeGreaterThan(10);
    const enough = fitOf(demandOf(productionShape(2), sizing('production-large')), [defaultPool({ max_count: needed }), largePool()]);
    const short = fitOf(demandOf(productionShape(2), sizing('production-large')), [defaultPool({ max_count: needed - 1 }), largePool()]);
    expect([enough.verdict, short.verdict]).toEqual(['fits', 'warning']);
  });

  it('what does not even start is a blocker that names the pods', () => {
    const fit = fitOf(only(pod({ replicas: { min: 9, max: 9 } })), [defaultPool({ min_count: 1, max_count: 1 })]);
    expect(fit.verdict).toBe('blocker');
    expect(fit.atMinimum.pending).toMatchObject([
      { name: 'backend', count: 4, fix: 'Raise the maximum of pool default to 2 nodes, or choose a larger VM size.' },
    ]);
    expect(describeFit(fit)).toBe('does not fit: backend ×4 would stay Pending');
  });

  it('a pod larger than any node needs a larger size, not more nodes', () => {
    const fit = fitOf(only(pod({ requests: { cpu: 8000, memory: GIB } })), [defaultPool()]);
    expect(fit.atMinimum.pending[0]?.fix).toMatch(/^Choose a VM size with more than 8\.4 CPU/);
  });

  it('a taint that is not tolerated, and a label that no pool has, keep a pod out', () => {
    const tainted = fitOf(only(pod()), [largePool()]);
    expect(tainted.atMinimum.pending[0]?.why).toBe('pool large is tainted langsmith.io/pool=large:NoSchedule');
    const labelled = fitOf(only(pod({ nodeSelector: { disk: 'fast' } })), [defaultPool()]);
    expect(labelled.atMinimum.pending[0]?.why).toBe('pool default has no label disk=fast');
    const tolerant = fitOf(only(pod({ tolerations: [{ operator: 'Exists' }] })), [largePool()]);
    expect(tolerant.verdict).toBe('fits');
  });

  it('an unknown VM size is unknown, never a verdict', () => {
    const fit = fitOf(only(pod()), [defaultPool({ vm_size: 'Standard_M8ms' })]);
    expect(fit).toMatchObject({ verdict: 'unknown', unknown: ['the size of Standard_M8ms (pool default) is not known'] });
    expect(fitOf(only(pod()), []).verdict).toBe('unknown');
  });

  it('a number of pods per node is a bound too', () => {
    const tiny = pod({ replicas: { min: 21, max: 21 }, requests: { cpu: 1, memory: 1 } });
    expect(fitOf(only(tiny), [defaultPool({ min_count: 1, max_count: 1, max_pods: 30 })]).atMinimum.pending).toMatchObject([{ count: 1 }]);
  });

  it('the quota is held against requests and limits', () => {
    const quota = { requests: { cpu: 2000, memory: 4 * GIB }, limits: { cpu: 2000, memory: 8 * GIB } };
    const fit = fitOf(only(pod({ replicas: { min: 1, max: 2 } })), [defaultPool()], quota);
    expect(fit.verdict).toBe('warning');
    expect(fit.atMaximum.overQuota).toEqual(['limits: the pods come to 4 CPU, 8 GiB, the quota allows 2 CPU, 8 GiB']);
  });

  it('no node ever gets more than it has: placed pods and pending ones are all of them', () => {
    const pods = fc.array(
      fc.record({ cpu: fc.integer({ min: 1, max: 9000 }), mem: fc.integer({ min: 1, max: 40 }), n: fc.integer({ min: 1, max: 8 }) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pods, fc.integer({ min: 1, max: 6 }), (sizes, nodes) => {
        const demand = only(
          ...sizes.map(({ cpu, mem, n }, index) =>
            pod({ name: `w${index}`, requests: { cpu, memory: mem * GIB }, replicas: { min: n, max: n } }),
          ),
        );
        const { atMinimum } = fitOf(demand, [defaultPool({ min_count: 0, max_count: nodes })]);
        const pending = atMinimum.pending.reduce((sum, { count }) => sum + count, 0);
        const placed = demand.workloads.map((each) => {
          const stuck = atMinimum.pending.find(({ name }) => name === each.name)?.count ?? 0;
          return each.requests.cpu * (each.replicas.min - stuck);
        });
        return (
          pending <= atMinimum.pods &&
          placed.reduce((a, b) => a + b, 0) <= (atMinimum.nodes['default'] ?? 0) * 8000 &&
          (atMinimum.nodes['default'] ?? 0) <= nodes
        );
      }),
    );
  });
});
