import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { demandOf, peakOf } from '../../../src/capacity/demand.js';
import { parseQuantity } from '../../../src/capacity/quantity.js';
import type { PassNumber, Shape } from '../../../src/passes.js';
import { type Hard, quotaOf } from '../../../src/platform/quota.js';
import type { Tree } from '../../../src/values/merge.js';
import { lightShape, productionShape } from '../../fakes/cluster.js';

const SIZINGS = ['minimum', 'dev', 'production', 'production-large'] as const;
const sizing = (name: string): Tree => parse(readFileSync(path.resolve(`helm/values/sizing-${name}.yaml`), 'utf8')) as Tree;
const quota = (shape: Shape, values: Tree): Hard => quotaOf(shape, demandOf(shape, values));
const amount = (text: string): number => parseQuantity(text) ?? 0;

describe('quota', () => {
  it.each(SIZINGS)('T251 %s fits with every autoscaler at its maximum, in every pass', (name) => {
    for (const pass of [2, 3, 4, 5] as PassNumber[]) {
      const shape = { ...productionShape(pass), polly: true };
      const values = sizing(name);
      const hard = quota(shape, values);
      for (const what of ['requests', 'limits'] as const) {
        const peak = peakOf(demandOf(shape, values), 'max', what);
        expect(amount(hard[`${what}.cpu`]) * 1000).toBeGreaterThan(peak.cpu);
        expect(amount(hard[`${what}.memory`])).toBeGreaterThan(peak.memory);
      }
    }
  });

  it('counts pods and resources of replicas, a rollout of all of them, hook Jobs and what is to spare', () => {
    const values = {
      backend: { autoscaling: { hpa: { enabled: true, minReplicas: 1, maxReplicas: 10 } } },
    };
    const few = quota(lightShape(2), { backend: { autoscaling: { hpa: { enabled: true, minReplicas: 1, maxReplicas: 2 } } } });
    const many = quota(lightShape(2), values);
    // 8 more replicas, and 3 instead of 1 that a rollout adds; each asks for 1 CPU and 2 GiB and may take twice that.
    expect(Number(many.pods) - Number(few.pods)).toBe(10);
    expect(amount(many['requests.cpu']) - amount(few['requests.cpu'])).toBe(10);
    expect(amount(many['limits.memory']) - amount(few['limits.memory'])).toBe(40 * 2 ** 30);
  });

  it('has room for ten agents with their stores from pass 3 on', () => {
    const [without, withAgents] = [quota(productionShape(2), {}), quota(productionShape(3), {})];
    const own = demandOf(productionShape(3), {}).workloads.filter(({ name }) => ['host-backend', 'listener', 'operator'].includes(name));
    const ownPods = own.reduce((total, pod) => total + pod.replicas.max + Math.ceil(pod.replicas.max / 4), 0);
    expect(Number(withAgents.pods) - Number(without.pods)).toBe(ownPods + 30);
    expect(amount(withAgents['requests.cpu']) - amount(without['requests.cpu'])).toBeGreaterThanOrEqual(20);
  });

  it('is written in the units the API server keeps', () => {
    expect(quota(lightShape(2), sizing('dev'))).toEqual({
      'requests.cpu': expect.stringMatching(/^\d+$/),
      'requests.memory': expect.stringMatching(/^\d+Gi$/),
      'limits.cpu': expect.stringMatching(/^\d+$/),
      'limits.memory': expect.stringMatching(/^\d+Gi$/),
      pods: expect.stringMatching(/^\d+$/),
    });
  });
});
