import { describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { CHART_DEFAULTS_0_13 } from '../../../src/capacity/chart-defaults-0.13.js';
import { demandOf, peakOf, totalOf, type Demand, type PodDemand } from '../../../src/capacity/demand.js';
import { describeAmount } from '../../../src/capacity/quantity.js';
import { WORKLOADS } from '../../../src/passes.js';
import { merge, nest, type Tree } from '../../../src/values/merge.js';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { lightShape, productionShape } from '../../fakes/cluster.js';

const sizing = (name: string): Tree => parse(readFileSync(path.resolve(`helm/values/sizing-${name}.yaml`), 'utf8')) as Tree;

function podsOf(demand: Demand, name: string): PodDemand {
  const found = [...demand.workloads, ...demand.jobs, ...demand.agents].find((pod) => pod.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

describe('demand', () => {
  it('knows the chart default of every workload in the catalogue', () => {
    expect(Object.keys(CHART_DEFAULTS_0_13).sort()).toEqual(WORKLOADS.map(({ key }) => key).sort());
  });

  it('takes the chart defaults where values say nothing', () => {
    const demand = demandOf(productionShape(2), {});
    expect(podsOf(demand, 'platform-backend')).toMatchObject({
      scaledBy: 'fixed',
      replicas: { min: 3, max: 3 },
      requests: { cpu: 1000, memory: 2 * 2 ** 30 },
      limits: { cpu: 2000, memory: 4 * 2 ** 30 },
    });
    expect(podsOf(demand, 'clickhouse')).toMatchObject({ kind: 'StatefulSet', pool: 'large', requests: { cpu: 3500 } });
  });

  it('takes half a statement: the rest stays the default of the chart', () => {
    const demand = demandOf(lightShape(2), nest({ 'backend.deployment.resources.requests.cpu': '50m', 'backend.deployment.replicas': 4 }));
    expect(podsOf(demand, 'backend')).toMatchObject({ requests: { cpu: 50, memory: 2 * 2 ** 30 }, replicas: { min: 4, max: 4 } });
  });

  it('HPA and KEDA bounds, from the values or from the chart', () => {
    const values = nest({
      'queue.autoscaling.keda.enabled': true,
      'queue.autoscaling.keda.maxReplicaCount': 24,
      'backend.autoscaling.hpa.enabled': true,
      'backend.autoscaling.hpa.minReplicas': 3,
      'frontend.deployment.replicas': 7,
      'frontend.autoscaling.hpa.minReplicas': 2,
    });
    const demand = demandOf(lightShape(2), values);
    expect(podsOf(demand, 'queue')).toMatchObject({ scaledBy: 'keda', replicas: { min: 1, max: 24 } });
    expect(podsOf(demand, 'backend')).toMatchObject({ scaledBy: 'hpa', replicas: { min: 3, max: 6 } });
    // An HPA block that is not switched on scales nothing.
    expect(podsOf(demand, 'frontend')).toMatchObject({ scaledBy: 'fixed', replicas: { min: 7, max: 7 } });
  });

  it('hook Jobs and what the operator starts follow the pass; insights runs as clio', () => {
    const names = (pass: 2 | 3 | 4 | 5, polly = false): string[] =>
      demandOf({ ...productionShape(pass), polly }, {}).agents.map(({ name }) => name);
    expect([names(2), names(3)]).toEqual([[], []]);
    expect(names(4)).toEqual(['agent-builder agent', 'agent-builder PostgreSQL', 'agent-builder Redis']);
    expect(names(5, true).filter((name) => name.endsWith(' agent'))).toEqual(['agent-builder agent', 'clio agent', 'smith-polly agent']);
    expect(demandOf(productionShape(4), {}).jobs.map(({ name }) => name)).toContain('agent-bootstrap');
  });

  it('agents have the resources of the values, 2 CPU and 4 GiB by default', () => {
    const demand = demandOf(productionShape(5), nest({ 'config.insights.agent.resources': { cpu: 1, memoryMb: 512, maxScale: 2 } }));
    expect(podsOf(demand, 'agent-builder agent')).toMatchObject({
      requests: { cpu: 2000, memory: 4 * 2 ** 30 },
      limits: { cpu: 4000, memory: 8 * 2 ** 30 },
      replicas: { min: 1, max: 5 },
    });
    expect(podsOf(demand, 'clio agent')).toMatchObject({ requests: { cpu: 1000, memory: 2 ** 29 }, replicas: { min: 1, max: 2 } });
  });

  // Figures of the real chart rendered with the vendor's profiles, which let three more components start with two pods than ours do; for
  // pass 4 an overlay lets host-backend start with one.
  it.each([
    ['production', 2, 'min', '13.7 CPU, 32 GiB'],
    ['production', 2, 'max', '45.5 CPU, 98 GiB'],
    ['production', 4, 'min', '16.7 CPU, 38 GiB'],
  ] as const)('T251 %s pass %i at HPA %s asks for %s', (profile, pass, bound, expected) => {
    const minima = { hostBackend: 1, frontend: 2, platformBackend: 2, listener: 2 };
    const paths = Object.entries(minima).map(([key, least]) => [`${key}.autoscaling.hpa.minReplicas`, least]);
    const values = merge(sizing(profile), nest(Object.fromEntries(paths)));
    expect(describeAmount(totalOf(demandOf(productionShape(pass), values).workloads, bound, 'requests'))).toBe(expected);
  });

  it('T251 production-large asks for more limits than the old quota had, before any load', () => {
    expect(describeAmount(totalOf(demandOf(productionShape(2), sizing('production-large')).workloads, 'min', 'limits'))).toBe(
      '122 CPU, 268 GiB',
    );
  });

  it('the peak adds one hook Job', () => {
    const demand = demandOf(productionShape(2), sizing('production'));
    expect(peakOf(demand, 'min', 'requests').cpu - totalOf(demand.workloads, 'min', 'requests').cpu).toBe(100);
  });
});
