import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import type { WorldOptions } from '../../rehearsal/world/world.js';
import type { PassNumber, TopologyName } from '../../src/passes.js';
import { configWith } from './support/config.js';
import { expectSuccess } from './support/expect.js';
import { type Outcome, runPass } from './support/passes.js';

jest.setTimeout(300_000);

let rehearsal: Rehearsal | undefined;

afterEach(async () => {
  await rehearsal?.stop();
  rehearsal = undefined;
});

const DOMAIN = 'langsmith.contoso.example';
const CLICKHOUSE_PASSWORD = 'Cl1ckhouse/of+the=user';

interface Combination {
  readonly title: string;
  readonly topology: TopologyName;
  /** Passes are cumulative: this one brings those before it. */
  readonly pass: PassNumber;
  /** Lines of the configuration instead of those of the example, or besides them. */
  readonly config?: Readonly<Record<string, string>>;
  readonly world?: Partial<WorldOptions>;
  /** Inputs of both passes. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly deployments: number;
  readonly statefulSets: number;
  /** `namespace/name` of every Service that has a public address. */
  readonly publicServices: readonly string[];
}

const COMBINATIONS: readonly Combination[] = [
  {
    title: 'production, nginx, every pass',
    topology: 'production',
    pass: 5,
    deployments: 12,
    statefulSets: 1,
    publicServices: ['ingress-nginx/ingress-nginx-controller'],
  },
  {
    title: 'production, Envoy Gateway, every pass with Polly, the premium cache',
    topology: 'production',
    pass: 5,
    config: { ingress_controller: '"envoy-gateway"', enable_polly: 'true', redis_kind: '"premium"' },
    deployments: 12,
    statefulSets: 1,
    publicServices: [expect.stringMatching(/^envoy-gateway-system\/envoy-langsmith-langsmith-gateway-/) as unknown as string],
  },
  {
    title: 'production, ClickHouse of the user, large',
    topology: 'production',
    pass: 2,
    config: {
      clickhouse_source: '"external"',
      clickhouse_host: '"clickhouse.contoso.example"',
      sizing_profile: '"production-large"',
      default_node_pool_max_count: '20',
    },
    world: {
      dataStores: [
        {
          kind: 'clickhouse',
          host: 'clickhouse.contoso.example',
          ports: [8443, 9440],
          user: 'default',
          passwords: [CLICKHOUSE_PASSWORD],
          tls: true,
        },
      ],
    },
    inputs: { 'clickhouse-password': CLICKHOUSE_PASSWORD },
    deployments: 7,
    statefulSets: 0,
    publicServices: ['ingress-nginx/ingress-nginx-controller'],
  },
  {
    title: 'production, database in the cluster and cache outside, the Istio of AKS, no TLS',
    topology: 'production',
    pass: 3,
    config: {
      postgres_source: '"in-cluster"',
      ingress_controller: '"istio-addon"',
      istio_addon_revision: '"asm-1-29"',
      tls_certificate_source: '"none"',
      letsencrypt_email: '""',
    },
    deployments: 10,
    statefulSets: 2,
    publicServices: ['aks-istio-ingress/aks-istio-ingressgateway-external'],
  },
  {
    title: 'light, Istio of our own, LangGraph Platform, the smallest size',
    topology: 'light',
    pass: 3,
    config: { ingress_controller: '"istio"', sizing_profile: '"minimum"' },
    deployments: 9,
    statefulSets: 3,
    publicServices: [expect.stringMatching(/^istio-system\/istio-ingress/) as unknown as string],
  },
  {
    title: 'light, Envoy Gateway',
    topology: 'light',
    pass: 2,
    config: { ingress_controller: '"envoy-gateway"' },
    deployments: 6,
    statefulSets: 3,
    publicServices: [expect.stringMatching(/^envoy-gateway-system\/envoy-langsmith-langsmith-gateway-/) as unknown as string],
  },
  {
    title: 'light, a way in of the user, Agent Builder',
    topology: 'light',
    pass: 4,
    config: {
      ingress_controller: '"none"',
      dns_label: '""',
      langsmith_domain: `"${DOMAIN}"`,
      tls_certificate_source: '"none"',
      letsencrypt_email: '""',
    },
    deployments: 11,
    statefulSets: 3,
    publicServices: [],
  },
  {
    title: 'light, nginx without TLS, Insights',
    topology: 'light',
    pass: 5,
    config: { tls_certificate_source: '"none"', letsencrypt_email: '""' },
    deployments: 11,
    statefulSets: 3,
    publicServices: ['ingress-nginx/ingress-nginx-controller'],
  },
];

interface Listed {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };
    readonly spec: { readonly type?: string };
  }[];
}

describe('deployments that differ most', () => {
  it.each(COMBINATIONS)('$title: pass $pass is verified, and is exactly what it promises', async (combination) => {
    const { topology, pass, config = {}, inputs = {}, world = {} } = combination;
    rehearsal = await Rehearsal.start({ world });
    await rehearsal.setConfig(await configWith(config));
    expectSuccess(await runPass(rehearsal, { pass: 1, with: { topology, ...inputs } }));
    const outcome = await runPass(rehearsal, { pass, with: { topology } });
    expectSuccess(outcome);
    expect(outcome.outputs['verified']).toBe('true');

    const observer = await Observer.of(rehearsal);
    const text = await observer?.kubectl('get', 'deployments,statefulsets,services', '--all-namespaces', '--output=json');
    const { items } = JSON.parse(text ?? '') as Listed;
    const ofRelease = (kind: string): string[] =>
      items
        .filter((item) => item.kind === kind && item.metadata.labels?.['app.kubernetes.io/instance'] === 'langsmith')
        .map(({ metadata }) => metadata.name);
    expect(ofRelease('Deployment')).toHaveLength(combination.deployments);
    expect(ofRelease('StatefulSet')).toHaveLength(combination.statefulSets);
    const open = items.filter(({ kind, spec }) => kind === 'Service' && spec.type === 'LoadBalancer');
    expect(open.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(combination.publicServices);
    // Nobody has changed anything since, so neither chart, add-on nor namespace has a difference to show.
    const quiet = await runPass(rehearsal, { pass, command: 'plan', with: { topology } });
    expectSuccess(quiet);
    expect(quiet.outputs).toMatchObject({ 'has-changes': 'false', changes: '{"add":0,"change":0,"destroy":0,"replace":0}' });
    expect(rehearsal.world.requests.surprises).toEqual([]);
  });
});

describe('passes are cumulative', () => {
  it('an earlier pass keeps what later ones brought, and gives up only what is named', async () => {
    rehearsal = await Rehearsal.start();
    const world = rehearsal;
    const apply = (pass: PassNumber, inputs: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
      runPass(world, { pass, with: inputs });
    const products = async (): Promise<string[]> => {
      const text = await (
        await Observer.of(world)
      )?.kubectl('get', 'lgps', '--namespace=langsmith', '--output=jsonpath={.items[*].metadata.name}');
      return (text ?? '')
        .split(' ')
        .map((name) => name.replace(/-[0-9a-f]{8}$/, ''))
        .sort();
    };
    expectSuccess(await apply(1));
    expectSuccess(await apply(5));
    expect(await products()).toEqual(['agent-builder', 'clio']);

    const again = await apply(2);
    expectSuccess(again);
    expect(again.outputs['has-changes']).toBe('false');
    expect(await products()).toEqual(['agent-builder', 'clio']);

    const lowered = await apply(2, { 'approve-irreversible': 'insights' });
    expectSuccess(lowered);
    expect(lowered.outputs['destructive']).toBe('true');
    expect(await products()).toEqual(['agent-builder']);
    expect(lowered.step.log.join('\n')).toContain('the deployment is that of pass 4; gives up insights');
  });
});
