import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { Outputs } from '../../../src/phases/outputs.js';
import { LAYERS } from '../../../src/phases/values.js';
import { AGENT_SERVICE_ACCOUNT } from '../../../src/platform/names.js';
import { valueAt } from '../../../src/release/features.js';
import { readValuesFiles } from '../../../src/values/files.js';
import { merge, type Tree } from '../../../src/values/merge.js';
import { CLIENT_ID } from '../../fakes/cluster.js';
import { build, type Combination, EXTERNAL_CLICKHOUSE, INGRESSES, SIZINGS, TOPOLOGIES } from '../values/combinations.js';

const GOLDEN = 'test/golden/values-light-pass2.yaml';
const LIGHT: Combination = { topology: 'light', sizing: 'dev', ingress: 'nginx', pass: 2 };
const PRODUCTION: Combination = { topology: 'production', sizing: 'production', ingress: 'nginx', pass: 2 };

/** The merged value at a path. */
async function value(combination: Combination, key: string): Promise<unknown> {
  return valueAt((await build(combination)).values.merged, key);
}

/** What is wrong with a deployment that has these values of the user. */
async function refusal(values: Tree, combination = LIGHT): Promise<string[]> {
  const error = await build({ ...combination, userFiles: [{ source: 'langsmith/values.yaml', values }] }).then(
    () => undefined,
    (thrown: unknown) => thrown as { reason: string; detail: string },
  );
  if (error === undefined) return [];
  expect(error.reason).toBe('values-invalid');
  return error.detail.split('\n');
}

describe('values', () => {
  it('merges the layers of pass 2 light to the golden file', async () => {
    const text = stringify((await build(LIGHT)).values.merged, { sortMapEntries: true });
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, text);
    expect(text).toBe(await readFile(GOLDEN, 'utf8'));
  });

  it('T213 names the layers in order, and merged is nothing but their sum', async () => {
    const { layers, merged } = (await build({ ...LIGHT, pass: 3, userFiles: [{ source: 'a.yaml', values: {} }] })).values;
    expect(layers.map((layer) => layer.name)).toEqual([...LAYERS, 'user-1']);
    expect(layers.map((layer) => layer.source)).toEqual([
      'helm/values/base.yaml',
      'helm/values/topology-light.yaml',
      'computed',
      'helm/values/sizing-dev.yaml',
      'helm/values/ingress-nginx.yaml',
      'helm/values/pass-3.yaml + computed',
      'a.yaml',
    ]);
    expect(merged).toEqual(merge(...layers.map((layer) => layer.values)));
  });

  it('uses the release name as prefix of every object, whatever it is', async () => {
    expect(await value({ ...LIGHT, outputs: { langsmith_release_name: 'traces' } }, 'fullnameOverride')).toBe('traces');
  });

  it('says which values file is missing', async () => {
    await expect(
      readValuesFiles(path.resolve('.'), { topology: 'light', sizing: 'huge', ingress: 'nginx', pass: 2 }),
    ).rejects.toMatchObject({
      reason: 'values-invalid',
      detail: expect.stringContaining('helm/values/sizing-huge.yaml'),
    });
  });

  it('leaves out what the files say of workloads a deployment has not', async () => {
    const { merged } = (await build({ ...PRODUCTION, sizing: 'minimum' })).values;
    expect(Object.keys(merged)).not.toEqual(expect.arrayContaining(['hostBackend']));
    expect(merged['redis']).toEqual({ external: { enabled: true, existingSecretName: 'langsmith-redis-secret' } });
    expect(merged['postgres']).toEqual({ external: { enabled: true, existingSecretName: 'langsmith-postgres-secret' } });
    expect((await build(LIGHT)).values.merged['ingestQueue']).toEqual({ enabled: false });
  });
});

describe('identity', () => {
  it('is given to the readers of Blob Storage and to nothing else', async () => {
    const { merged } = (await build(LIGHT)).values;
    const labelled = Object.entries(merged).filter(([, subtree]) => JSON.stringify(subtree).includes('azure.workload.identity'));
    expect(labelled.map(([key]) => key).sort()).toEqual(['backend', 'platformBackend', 'queue']);
  });

  it('T186 T249 is a label of text on the pods and the client id on the account', async () => {
    const { merged } = (await build(LIGHT)).values;
    expect(merged['queue']).toMatchObject({
      deployment: { labels: { 'azure.workload.identity/use': 'true' } },
      serviceAccount: { annotations: { 'azure.workload.identity/client-id': CLIENT_ID } },
    });
    expect(JSON.stringify(merged)).not.toMatch(/bucketName|connectionString/i);
  });

  it('T248 reaches agents: label and account in the text the operator makes their pods from, the number of replicas without quotes', async () => {
    const template = String(await value({ ...LIGHT, pass: 3 }, 'operator.templates.deployment'));
    const filled = Object.entries({ name: 'a', namespace: 'n', replicas: '2', image: 'i' }).reduce(
      (text, [name, filler]) => text.replaceAll(`\${${name}}`, filler),
      template,
    );
    const deployment = parse(filled) as {
      spec: { replicas: unknown; template: { metadata: { labels: Tree }; spec: { serviceAccountName: string; containers: Tree[] } } };
    };
    expect(deployment.spec.replicas).toBe(2);
    expect(deployment.spec.template.metadata.labels['azure.workload.identity/use']).toBe('true');
    expect(deployment.spec.template.spec.serviceAccountName).toBe(AGENT_SERVICE_ACCOUNT);
    expect(deployment.spec.template.spec.containers[0]?.['resources']).toMatchObject({ requests: {}, limits: {} });
    expect(filled).not.toContain('${');
    expect(await value(LIGHT, 'operator')).toBeUndefined();
  });

  it('is given to the Job that registers agents, from the pass that has it', async () => {
    expect(await value({ ...LIGHT, pass: 4 }, 'backend.agentBootstrap')).toEqual({
      enabled: true,
      labels: { 'azure.workload.identity/use': 'true' },
      serviceAccount: { annotations: { 'azure.workload.identity/client-id': CLIENT_ID } },
    });
    expect(await value({ ...LIGHT, pass: 3 }, 'backend.agentBootstrap')).toEqual({ enabled: false });
  });
});

describe('data stores', () => {
  it('T227 T229 T230 are each where their own setting says, and one in the cluster is never called external', async () => {
    for (const topology of TOPOLOGIES)
      for (const postgres of ['in-cluster', 'external'] as const)
        for (const redis of ['in-cluster', 'external'] as const)
          for (const clickhouse of ['in-cluster', 'external'] as const)
            for (const pass of [2, 5] as const) {
              const outputs = { postgres_source: postgres, redis_source: redis, clickhouse_source: clickhouse };
              const { merged } = (await build({ topology, sizing: 'dev', ingress: 'nginx', pass, outputs })).values;
              const external = (source: string, secret: string): Tree =>
                source === 'external' ? { enabled: true, existingSecretName: secret } : { existingSecretName: secret };
              expect(valueAt(merged, 'postgres.external')).toEqual(external(postgres, 'langsmith-postgres-secret'));
              expect(valueAt(merged, 'clickhouse.external')).toEqual(external(clickhouse, 'langsmith-clickhouse-secret'));
              expect(valueAt(merged, 'redis.external')).toEqual(
                redis === 'external' ? { enabled: true, existingSecretName: 'langsmith-redis-secret' } : undefined,
              );
            }
  });

  it('T092 have no key for clients of a clustered cache, which this line of the chart does not read', async () => {
    expect(JSON.stringify((await build(PRODUCTION)).values.merged)).not.toContain('clusterSafeMode');
    expect(await refusal({ redis: { external: { clusterSafeMode: true } } }, PRODUCTION)).toHaveLength(1);
  });

  it('T244 have a stated size in the cluster, and none where they run elsewhere', async () => {
    const size = (combination: Combination, store: string): Promise<unknown> => value(combination, `${store}.statefulSet.persistence.size`);
    expect([await size(LIGHT, 'clickhouse'), await size(LIGHT, 'postgres'), await size(LIGHT, 'redis')]).toEqual(['50Gi', '16Gi', '8Gi']);
    expect([await size(PRODUCTION, 'clickhouse'), await size(PRODUCTION, 'postgres')]).toEqual(['500Gi', undefined]);
    expect(await size({ ...PRODUCTION, outputs: EXTERNAL_CLICKHOUSE }, 'clickhouse')).toBeUndefined();
  });

  it('of production have ClickHouse on the large pool, by its labels and past its taints', async () => {
    expect(await value(PRODUCTION, 'clickhouse.statefulSet')).toMatchObject({
      nodeSelector: { 'langsmith.io/pool': 'large' },
      tolerations: [{ key: 'langsmith.io/pool', operator: 'Equal', value: 'large', effect: 'NoSchedule' }],
    });
  });

  it('stay where they are when there is no such pool, and use the label of AKS when it has none of its own', async () => {
    expect(await value({ ...PRODUCTION, outputs: { node_pools: [] } }, 'clickhouse.statefulSet.nodeSelector')).toBeUndefined();
    const bare = { name: 'large', vm_size: 'Standard_D16s_v5', min_count: 0, max_count: 1, labels: {}, taints: [] };
    const placed = await value({ ...PRODUCTION, outputs: { node_pools: [bare] } }, 'clickhouse.statefulSet');
    expect(placed).toMatchObject({ nodeSelector: { 'kubernetes.azure.com/agentpool': 'large' } });
    expect(placed).not.toHaveProperty('tolerations');
    expect(await value({ ...LIGHT, outputs: { node_pools: [bare] } }, 'clickhouse.statefulSet.nodeSelector')).toBeUndefined();
  });
});

describe('routing', () => {
  const routes = (merged: Tree): string[] =>
    ['ingress', 'gateway', 'istioGateway'].filter((route) => valueAt(merged, `${route}.enabled`) === true);

  it('T192 is exactly one kind with every controller, the same in every pass', async () => {
    const kinds: string[] = [];
    for (const ingress of INGRESSES) {
      const merged = await Promise.all(([2, 5] as const).map(async (pass) => (await build({ ...LIGHT, ingress, pass })).values.merged));
      kinds.push([...new Set(merged.map((tree) => routes(tree).join(' and ')))].join(' or '));
    }
    expect(kinds).toEqual(['ingress', 'ingress', 'istioGateway', 'gateway', 'ingress']);
  });

  it('T191 leaves the front end without an address of its own', async () => {
    for (const ingress of INGRESSES) expect(await value({ ...LIGHT, ingress }, 'frontend.service.type')).toBe('ClusterIP');
  });

  const tls = [{ secretName: 'langsmith-tls', hosts: ['langsmith.example.com'] }];
  it.each([
    ['letsencrypt', tls],
    ['dns01', tls],
    ['existing', tls],
    ['none', undefined],
  ] as const)('T189 names the certificate in the Ingress, whoever makes it: %s', async (source, expected) => {
    const byIngress = source === 'dns01' || source === 'existing' ? (['nginx', 'none'] as const) : (['nginx', 'istio', 'none'] as const);
    for (const ingress of byIngress) {
      const { merged } = (await build({ ...LIGHT, ingress, outputs: { tls_certificate_source: source } })).values;
      expect(valueAt(merged, 'ingress.tls')).toEqual(expected);
      expect(JSON.stringify(merged)).not.toContain('cert-manager.io');
    }
  });

  it('T172 T177 attaches to the Gateway of the platform, to its TLS listener where there is one', async () => {
    const outputs = { langsmith_namespace: 'traces' };
    expect(await value({ ...LIGHT, ingress: 'istio-addon', outputs }, 'istioGateway')).toEqual({
      enabled: true,
      name: 'langsmith-gateway',
      namespace: 'traces',
    });
    for (const source of ['dns01', 'existing'] as const) {
      const own = { ...LIGHT, ingress: 'istio', outputs: { ...outputs, tls_certificate_source: source } } as const;
      expect(await value(own, 'istioGateway')).toEqual({ enabled: true, name: 'langsmith-gateway', namespace: 'traces' });
      expect(await value(own, 'ingress')).toBeUndefined();
    }
    const gateway = { enabled: true, name: 'langsmith-gateway', namespace: 'traces' };
    expect(await value({ ...LIGHT, ingress: 'envoy-gateway', outputs }, 'gateway')).toEqual({ ...gateway, sectionName: 'https' });
    const plain = { ...outputs, tls_certificate_source: 'none' } as const;
    expect(await value({ ...LIGHT, ingress: 'envoy-gateway', outputs: plain }, 'gateway')).toEqual(gateway);
  });

  it.each([
    ['https://langsmith.example.com', true],
    ['http://langsmith.example.com', false],
  ])('T190 gives agents addresses as LangSmith has one: %s', async (langsmith_url, expected) => {
    expect(await value({ ...LIGHT, pass: 3, outputs: { langsmith_url } }, 'config.deployment.tlsEnabled')).toBe(expected);
    expect(await value({ ...LIGHT, outputs: { langsmith_url } }, 'config.deployment')).toEqual({ enabled: false });
  });
});

describe('features', () => {
  const on = async (combination: Combination): Promise<string[]> => {
    const { merged } = (await build(combination)).values;
    return ['deployment', 'agentBuilder', 'insights', 'polly'].filter((name) => valueAt(merged, `config.${name}.enabled`) === true);
  };

  it('T216 are on from their pass and written as false before it', async () => {
    expect(await on(LIGHT)).toEqual([]);
    expect(await on({ ...LIGHT, pass: 3 })).toEqual(['deployment']);
    expect(await on({ ...LIGHT, pass: 4 })).toEqual(['deployment', 'agentBuilder']);
    expect(await on({ ...LIGHT, pass: 5 })).toEqual(['deployment', 'agentBuilder', 'insights']);
    for (const path of ['config.deployment', 'config.agentBuilder', 'config.insights', 'config.polly', 'backend.agentBootstrap'])
      expect(await value(LIGHT, `${path}.enabled`)).toBe(false);
  });

  it('T222 have Polly beside Insights only', async () => {
    const outputs = { enable_polly: true };
    expect(await on({ ...LIGHT, pass: 4, outputs })).not.toContain('polly');
    expect(await on({ ...LIGHT, pass: 5, outputs })).toEqual(['deployment', 'agentBuilder', 'insights', 'polly']);
  });
});

describe('sizing', () => {
  const resources = async (sizing: Outputs['sizing_profile'], key: string): Promise<Tree> =>
    (await value({ ...LIGHT, sizing, pass: 5 }, key)) as Tree;

  it.each(SIZINGS)('T240 T219 %s gives the listener 2 GiB at least, where the chart reads it', async (sizing) => {
    const limit = valueAt(await resources(sizing, 'listener.deployment.resources'), 'limits.memory');
    expect(Number(/^(\d+)Gi$/.exec(String(limit))?.[1])).toBeGreaterThanOrEqual(2);
  });

  it.each(SIZINGS)('T243 %s has no end-to-end Job, whose traces nothing could read', async (sizing) => {
    expect(await resources(sizing, 'backend.e2eTest')).toEqual({ enabled: false });
  });

  it.each(SIZINGS)('T251 %s states requests and limits of every workload, so that a quota can be worked out', async (sizing) => {
    for (const topology of TOPOLOGIES) {
      const outputs = { postgres_source: 'in-cluster', redis_source: 'in-cluster' } as const;
      const { merged } = (await build({ topology, sizing, ingress: 'nginx', pass: 5, outputs })).values;
      for (const key of Object.keys(merged).filter((name) => name !== 'config')) {
        const pod = valueAt(merged, `${key}.deployment`) ?? valueAt(merged, `${key}.statefulSet`);
        if (pod === undefined) continue;
        expect([key, pod]).toEqual([
          key,
          expect.objectContaining({
            resources: {
              requests: { cpu: expect.anything(), memory: expect.anything() },
              limits: { cpu: expect.anything(), memory: expect.anything() },
            },
          }),
        ]);
      }
    }
  });

  it('T241 T242 is scaled by one thing: no later layer brings bounds of its own, and no component has two autoscalers', async () => {
    for (const sizing of SIZINGS)
      for (const { name, values } of (await build({ ...LIGHT, sizing, pass: 5 })).values.layers)
        if (name !== 'sizing') expect(JSON.stringify(values)).not.toContain('autoscaling');
        else expect(JSON.stringify(values)).not.toContain('keda');
  });

  it('of production starts with three of what takes traces in, and one of everything else', async () => {
    const { merged } = (await build({ ...PRODUCTION, pass: 5 })).values;
    const minima = Object.entries(merged).flatMap(([key]) => {
      const least = valueAt(merged, `${key}.autoscaling.hpa.minReplicas`);
      return least === undefined ? [] : [[key, least]];
    });
    expect(Object.fromEntries(minima)).toEqual({
      backend: 3,
      queue: 3,
      ingestQueue: 3,
      platformBackend: 1,
      frontend: 1,
      playground: 1,
      aceBackend: 1,
      hostBackend: 1,
      listener: 1,
    });
  });
});

describe("a user's file", () => {
  it('is merged last', async () => {
    const userFiles = [
      { source: 'a.yaml', values: { frontend: { deployment: { replicas: 3 }, maxBodySize: '50M' } } },
      { source: 'b.yaml', values: { frontend: { deployment: { replicas: 2 } } } },
    ];
    const { merged } = (await build({ ...LIGHT, userFiles })).values;
    expect(valueAt(merged, 'frontend.deployment.replicas')).toBe(2);
    expect(valueAt(merged, 'frontend.maxBodySize')).toBe('50M');
    expect(valueAt(merged, 'frontend.service.type')).toBe('ClusterIP');
  });

  it('T213 T219 T231 T255 is told every key the chart would ignore, with the nearest that it reads', async () => {
    const problems = await refusal({
      hostBackend: { resources: { limits: { cpu: '1' } } },
      config: { deployment: { url: 'x' }, telemetry: { usageReporting: false } },
      storage: { storageClassName: 'premium' },
      fleetToolServer: { enabled: true },
    });
    expect(
      problems.map(
        (line) => /^- (\S+) \(layer user-1, langsmith\/values\.yaml\) is not read by the chart; nearest known key: \S+$/.exec(line)?.[1],
      ),
    ).toEqual([
      'hostBackend.resources.limits.cpu',
      'config.deployment.url',
      'config.telemetry.usageReporting',
      'storage.storageClassName',
      'fleetToolServer.enabled',
    ]);
  });

  it('T218 T217 T259 is told that keys of later lines are none of this one', async () => {
    for (const values of [{ insights: { enabled: false } }, { polly: { enabled: false } }, { fleet: { enabled: true } }])
      expect(await refusal(values)).toHaveLength(1);
  });

  it.each<[string, Tree]>([
    ['config.existingSecretName', { config: { existingSecretName: 'mine' } }],
    ['config.skipValidation', { config: { skipValidation: true } }],
    ['fullnameOverride', { fullnameOverride: 'x' }],
    ['queue.serviceAccount.name', { queue: { serviceAccount: { name: 'x' } } }],
    ['postgres.external.enabled', { postgres: { external: { enabled: true } } }],
    ['config.insights.enabled', { config: { insights: { enabled: true } } }],
    ['frontend.service.type', { frontend: { service: { type: 'LoadBalancer' } } }],
    [
      'backend.deployment.labels.azure.workload.identity/use',
      { backend: { deployment: { labels: { 'azure.workload.identity/use': 'false' } } } },
    ],
  ])('may not set %s, and is told why', async (key, values) => {
    const problems = await refusal(values);
    expect(problems[0]).toMatch(/ \(layer user-1, langsmith\/values\.yaml\) is not yours to set: \w/);
    expect(problems[0]).toContain(`- ${key} `);
  });

  it('is told everything at once: keys, types and what the chart refuses about the whole', async () => {
    const problems = await refusal({
      config: { hostnam: 'x' },
      backend: { deployment: { replicas: 'three' } },
      queue: { autoscaling: { hpa: { enabled: true }, keda: { enabled: true } } },
    });
    expect(problems).toEqual([
      expect.stringContaining('config.hostnam '),
      expect.stringContaining('backend.deployment.replicas (layer user-1, langsmith/values.yaml) Invalid input: expected number'),
      '- queue.autoscaling.hpa.enabled needs queue.autoscaling.keda off: the chart takes one of the two',
    ]);
  });

  it.each<[string, Tree, string]>([
    ['the wrong kind of login', { config: { authType: 'oauth' } }, 'config.basicAuth.enabled needs config.authType mixed'],
    ['no login', { config: { basicAuth: { enabled: false } } }, 'exactly one of config.basicAuth and config.oauth must be enabled'],
    ['two logins', { config: { oauth: { enabled: true } } }, 'exactly one of config.basicAuth and config.oauth must be enabled'],
    ['a CA without key', { config: { customCa: { secretName: 'ca' } } }, 'config.customCa.secretName needs config.customCa.secretKey'],
    [
      'tracing without endpoint',
      { config: { observability: { tracing: { enabled: true } } } },
      'config.observability.tracing.enabled needs',
    ],
  ])('is told before Helm starts: %s', async (_, values, words) => {
    expect((await refusal(values)).join('\n')).toContain(words);
  });
});
