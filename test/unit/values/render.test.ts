import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { names, ofKind, one } from '../rehearsal/charts/render.js';
import { type Combination, EXTERNAL_CLICKHOUSE } from './combinations.js';
import { faults, inParallel, rendered } from './faults.js';
import { topologyOf } from './topology.js';

jest.setTimeout(300_000);

// All 160 combinations are rendered by test/integration/values.test.ts.
describe('rendered with the real Helm and the strict schema of the stand-in chart', () => {
  it('T228 T230 so has every choice of data stores', async () => {
    const sources = ['in-cluster', 'external'] as const;
    const choices = sources.flatMap((postgres) =>
      sources.flatMap((redis) => sources.map((clickhouse) => ({ postgres, redis, clickhouse }))),
    );
    const combinations = choices.map(({ postgres, redis, clickhouse }): Combination => ({
      topology: 'production',
      sizing: 'dev',
      ingress: 'nginx',
      pass: 5,
      outputs: {
        ...(clickhouse === 'external' ? EXTERNAL_CLICKHOUSE : {}),
        postgres_source: postgres,
        redis_source: redis,
        enable_polly: true,
      },
    }));
    expect((await inParallel(combinations, 4, faults)).flat()).toEqual([]);
  });

  it('production pass 2 is three of each pod that takes traces in, and one ClickHouse with 500Gi on the large pool', async () => {
    const { objects } = await rendered({ topology: 'production', sizing: 'production', ingress: 'nginx', pass: 2 });
    const least = ofKind(objects, 'HorizontalPodAutoscaler').map(({ metadata, spec }) => [metadata.name, spec.minReplicas]);
    expect(Object.fromEntries(least)).toEqual({
      'langsmith-frontend': 1,
      'langsmith-backend': 3,
      'langsmith-platform-backend': 1,
      'langsmith-playground': 1,
      'langsmith-ace-backend': 1,
      'langsmith-queue': 3,
      'langsmith-ingest-queue': 3,
    });
    const clickhouse = one(objects, 'StatefulSet', 'langsmith-clickhouse');
    expect(clickhouse.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('500Gi');
    expect(clickhouse.spec.template.spec).toMatchObject({
      nodeSelector: { 'langsmith.io/pool': 'large' },
      tolerations: [{ effect: 'NoSchedule' }],
    });
  });

  it('T253 pass 5 adds no workload and no Job to pass 4', async () => {
    const [before, after] = await inParallel(
      [4, 5] as const,
      2,
      async (pass) => (await rendered({ topology: 'production', sizing: 'production', ingress: 'nginx', pass })).objects,
    );
    for (const kind of ['Deployment', 'StatefulSet', 'Job', 'ServiceAccount', 'Service'])
      expect(names(after ?? [], kind)).toEqual(names(before ?? [], kind));
  });

  it('T222 the arguments of the bootstrap Job are JSON, with Polly and without', async () => {
    for (const enable_polly of [true, false]) {
      const { objects } = await rendered({ topology: 'light', sizing: 'dev', ingress: 'nginx', pass: 5, outputs: { enable_polly } });
      const { args } = one(objects, 'Job', 'langsmith-agent-bootstrap').spec.template.spec.containers[0] as { args: string[] };
      const config = JSON.parse(args[args.indexOf('--config') + 1] ?? '') as object;
      expect(Object.keys(config)).toEqual(['agent-builder', 'clio', ...(enable_polly ? ['smith-polly'] : [])]);
    }
  });

  // The ones that differ most; each file was read by eye when it was made. UPDATE_GOLDEN=1 writes them anew.
  it.each<[string, Combination]>([
    ['light-2', { topology: 'light', sizing: 'dev', ingress: 'nginx', pass: 2 }],
    ['light-minimum-5', { topology: 'light', sizing: 'minimum', ingress: 'nginx', pass: 5 }],
    ['light-envoy-3', { topology: 'light', sizing: 'dev', ingress: 'envoy-gateway', pass: 3 }],
    ['light-istio-4', { topology: 'light', sizing: 'dev', ingress: 'istio', pass: 4 }],
    [
      'light-istio-existing-3',
      { topology: 'light', sizing: 'dev', ingress: 'istio', pass: 3, outputs: { tls_certificate_source: 'existing' } },
    ],
    ['production-2', { topology: 'production', sizing: 'production', ingress: 'nginx', pass: 2 }],
    ['production-3', { topology: 'production', sizing: 'production', ingress: 'nginx', pass: 3 }],
    ['production-istio-addon-4', { topology: 'production', sizing: 'production', ingress: 'istio-addon', pass: 4 }],
    [
      'production-polly-5',
      {
        topology: 'production',
        sizing: 'production',
        ingress: 'envoy-gateway',
        pass: 5,
        outputs: { ...EXTERNAL_CLICKHOUSE, enable_polly: true },
      },
    ],
    ['production-large-none-5', { topology: 'production', sizing: 'production-large', ingress: 'none', pass: 5 }],
    [
      'production-inside-2',
      {
        topology: 'production',
        sizing: 'production',
        ingress: 'nginx',
        pass: 2,
        outputs: { postgres_source: 'in-cluster', redis_source: 'in-cluster', redis_kind: '', tls_certificate_source: 'none' },
      },
    ],
  ])('topology %s is as the golden file says', async (name, combination) => {
    const { objects } = await rendered(combination);
    const text = stringify(topologyOf(objects), { aliasDuplicateObjects: false, lineWidth: 0 });
    const file = `test/golden/topology-${name}.yaml`;
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, text);
    expect(text).toBe(await readFile(file, 'utf8'));
  });
});
