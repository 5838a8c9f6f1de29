import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { names, ofKind, one, render, type Rendered } from './render.js';
import { BASE, BOOTSTRAP, LIGHT, PASS2, PASS3, PASS4, PASS5, PRODUCTION, SCENARIOS } from './scenarios.js';

jest.setTimeout(300_000);

const KINDS = [
  'Deployment',
  'StatefulSet',
  'Job',
  'ServiceAccount',
  'HorizontalPodAutoscaler',
  'Service',
  'Secret',
  'Role',
  'ClusterRole',
  'CustomResourceDefinition',
];

/** Kubernetes quantities as cores or GiB. */
function amount(quantity: string | number): number {
  const [, number = '', unit = ''] = /^([\d.]+)(m|Mi|Gi)?$/.exec(String(quantity)) ?? [];
  return Number(number) * ({ m: 0.001, Mi: 1 / 1024, Gi: 1 }[unit] ?? 1);
}

function minimumReplicas(objects: readonly Rendered[], workload: Rendered): number {
  const hpa = ofKind(objects, 'HorizontalPodAutoscaler').find((candidate) => candidate.metadata.name === workload.metadata.name);
  return (hpa?.spec.minReplicas ?? workload.spec.replicas) as number;
}

function requests(objects: readonly Rendered[]): { pods: number; cpu: number; memory: number } {
  const total = { pods: 0, cpu: 0, memory: 0 };
  for (const workload of [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'StatefulSet')]) {
    const pods = minimumReplicas(objects, workload);
    const asked = workload.spec.template.spec.containers[0].resources.requests as { cpu: string; memory: string };
    total.pods += pods;
    total.cpu += pods * amount(asked.cpu);
    total.memory += pods * amount(asked.memory);
  }
  return { pods: total.pods, cpu: Number(total.cpu.toFixed(1)), memory: Math.round(total.memory) };
}

describe('what renders', () => {
  // Deployments, StatefulSets, Jobs, ServiceAccounts, HPAs, Services, Secrets, Roles, ClusterRoles, CRDs; then pods, cores and GiB requested.
  it.each<[keyof typeof SCENARIOS, number[], [number, number, number]]>([
    ['light-pass2', [6, 3, 4, 9, 0, 8, 3, 0, 0, 0], [9, 11.7, 33]],
    ['prod-pass2', [7, 1, 4, 8, 7, 6, 1, 0, 0, 0], [14, 14.7, 35]],
    ['prod-pass3', [10, 1, 4, 11, 7, 7, 1, 3, 1, 1], [17, 16.9, 40]],
    ['prod-pass4', [12, 1, 5, 14, 7, 9, 1, 4, 1, 1], [19, 18.9, 44]],
    ['prod-pass5', [12, 1, 5, 14, 7, 9, 1, 4, 1, 1], [19, 18.9, 44]],
  ])('%s, with both lines of Helm', async (scenario, counts, [pods, cpu, memory]) => {
    const [three, four] = await Promise.all((['3', '4'] as const).map((helm) => render('langsmith', SCENARIOS[scenario], { helm })));
    const objects = four ?? [];
    expect(three).toEqual(objects);
    expect(KINDS.map((kind) => ofKind(objects, kind).length)).toEqual(counts);
    expect(names(objects, 'Ingress')).toEqual(['langsmith-ingress']);
    expect(ofKind(objects, 'RoleBinding')).toHaveLength(ofKind(objects, 'Role').length);
    expect(requests(objects)).toEqual({ pods, cpu, memory });
    expect(ofKind(objects, 'Service').filter((service) => service.spec.type === 'LoadBalancer')).toEqual([]);
  });

  it('takes the vendor defaults: a second public address, two back ends, three platform back ends and three ingest queues', async () => {
    const objects = await render('langsmith', [{ ...BASE, frontend: {} }]);
    expect(one(objects, 'Service', 'langsmith-frontend').spec.type).toBe('LoadBalancer');
    const replicas = ofKind(objects, 'Deployment').map((deployment) => [deployment.metadata.name, deployment.spec.replicas]);
    expect(Object.fromEntries(replicas)).toEqual({
      'langsmith-frontend': 1,
      'langsmith-backend': 2,
      'langsmith-platform-backend': 3,
      'langsmith-playground': 1,
      'langsmith-ace-backend': 1,
      'langsmith-queue': 1,
      'langsmith-ingest-queue': 3,
    });
  });

  it('prefixes names with the release when that does not contain the chart name', async () => {
    const objects = await render('langsmith', SCENARIOS['light-pass2'], { release: 'tracing' });
    expect(names(objects, 'ServiceAccount')).toContain('tracing-langsmith-backend');
    const overridden = await render('langsmith', [...SCENARIOS['light-pass2'], { fullnameOverride: 'tracing' }], { release: 'tracing' });
    expect(names(overridden, 'ServiceAccount')).toContain('tracing-backend');
  });

  it('creates no bootstrap without its own switch, and only insights when agent builder is off', async () => {
    const without = await render('langsmith', [BASE, PRODUCTION, PASS2, PASS3, PASS4]);
    expect(names(without, 'Job')).not.toContain('langsmith-agent-bootstrap');
    expect(names(without, 'ServiceAccount')).not.toContain('langsmith-agent-bootstrap');
    const insightsOnly = await render('langsmith', [BASE, PRODUCTION, PASS2, PASS3, BOOTSTRAP, PASS5]);
    expect(ofKind(insightsOnly, 'Deployment')).toHaveLength(10);
    expect(one(insightsOnly, 'Job', 'langsmith-agent-bootstrap').spec.template.spec.containers[0].args.slice(0, 4)).toEqual([
      '--destroy-products',
      'agent_builder,smith_polly',
      '--create-products',
      'insights',
    ]);
  });

  it('drops ClickHouse for an external one', async () => {
    const external = { clickhouse: { external: { enabled: true, existingSecretName: 'langsmith-clickhouse-secret' } } };
    const objects = await render('langsmith', [...SCENARIOS['prod-pass5'], external]);
    expect(ofKind(objects, 'StatefulSet')).toEqual([]);
    expect(ofKind(objects, 'Secret')).toEqual([]);
  });
});

describe('hooks', () => {
  let jobs: Rendered[];

  beforeAll(async () => {
    jobs = ofKind(await render('langsmith', SCENARIOS['prod-pass4']), 'Job');
  });

  it('carry the weights, back-offs and lives of the vendor', () => {
    const rows = jobs.map((job) => [
      job.metadata.name,
      job.metadata.annotations['helm.sh/hook-weight'],
      job.spec.backoffLimit,
      job.spec.ttlSecondsAfterFinished,
      job.spec.template.spec.serviceAccountName,
      job.spec.template.metadata.labels['app.kubernetes.io/component'],
    ]);
    expect(rows.sort()).toEqual([
      ['langsmith-agent-bootstrap', '10', 3, 600, 'langsmith-agent-bootstrap', 'agent-bootstrap'],
      ['langsmith-backend-auth-bootstrap', '0', 0, 600, 'langsmith-backend', 'langsmith-backend'],
      ['langsmith-backend-ch-migrations', '-1', 2, 600, 'langsmith-backend', 'langsmith-backend'],
      ['langsmith-backend-migrations', '-1', 3, 600, 'langsmith-backend', 'langsmith-backend'],
      ['langsmith-e2e-test', '1', 5, 10, 'langsmith-backend', 'langsmith-e2e-test'],
    ]);
    expect(new Set(jobs.map((job) => job.metadata.annotations['helm.sh/hook']))).toEqual(new Set(['post-install,post-upgrade']));
    expect(jobs.filter((job) => 'helm.sh/hook-delete-policy' in job.metadata.annotations).map((job) => job.metadata.name)).toEqual([
      'langsmith-agent-bootstrap',
    ]);
  });

  it('lose their switchable ones', async () => {
    const off = { backend: { e2eTest: { enabled: false }, migrations: { enabled: false } } };
    const objects = await render('langsmith', [...SCENARIOS['light-pass2'], off]);
    expect(names(objects, 'Job')).toEqual(['langsmith-backend-auth-bootstrap', 'langsmith-backend-ch-migrations']);
  });
});

describe('routing, scaling and disruption', () => {
  it('routes by Ingress, HTTPRoute or VirtualService', async () => {
    const ingress = one(await render('langsmith', SCENARIOS['light-pass2']), 'Ingress', 'langsmith-ingress');
    expect(ingress.spec.rules).toEqual([
      {
        host: 'langsmith.contoso.example',
        http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'langsmith-frontend', port: { number: 80 } } } }] },
      },
    ]);
    const gateway = { ingress: { enabled: false }, gateway: { enabled: true, name: 'langsmith-gateway', namespace: 'edge' } };
    const routed = await render('langsmith', [...SCENARIOS['prod-pass3'], gateway]);
    expect(one(routed, 'HTTPRoute', 'langsmith').spec.parentRefs).toEqual([{ name: 'langsmith-gateway', namespace: 'edge' }]);
    const istio = { ingress: { enabled: false }, istioGateway: { enabled: true, name: 'langsmith-gateway', namespace: '' } };
    const meshed = await render('langsmith', [...SCENARIOS['prod-pass3'], istio]);
    expect(one(meshed, 'VirtualService', 'langsmith').spec.gateways).toEqual(['langsmith/langsmith-gateway']);
  });

  it('leaves the replica count to an autoscaler, and hands HPAs over to KEDA', async () => {
    const keda = { queue: { autoscaling: { keda: { enabled: true } } }, ingestQueue: { autoscaling: { keda: { enabled: true } } } };
    const objects = await render('langsmith', [BASE, PASS2, keda]);
    expect(names(objects, 'ScaledObject')).toEqual(['langsmith-ingest-queue', 'langsmith-queue']);
    const scaled = one(objects, 'ScaledObject', 'langsmith-ingest-queue');
    expect(scaled.metadata.annotations['scaledobject.keda.sh/transfer-hpa-ownership']).toBe('true');
    expect(scaled.spec.triggers.map((trigger: { type: string }) => trigger.type)).toEqual(['cpu', 'memory', 'metrics-api', 'metrics-api']);
    expect(scaled.spec.triggers[2].metadata.url).toBe(
      'http://langsmith-platform-backend.langsmith.svc.cluster.local:1986/metrics?format=json',
    );
    expect('replicas' in one(objects, 'Deployment', 'langsmith-queue').spec).toBe(false);
    expect(one(objects, 'Deployment', 'langsmith-backend').spec.replicas).toBe(2);
  });

  it('renders the budgets of the listener and of external stores even when those do not render', async () => {
    const budgets = { listener: { pdb: { enabled: true } }, postgres: { pdb: { enabled: true } }, hostBackend: { pdb: { enabled: true } } };
    expect(names(await render('langsmith', [BASE, PRODUCTION, budgets]), 'PodDisruptionBudget')).toEqual([
      'langsmith-listener',
      'langsmith-postgres',
    ]);
  });

  it('turns a Deployment into a Rollout', async () => {
    const objects = await render('langsmith', [BASE, LIGHT, { backend: { rollout: { enabled: true } } }]);
    expect(one(objects, 'Rollout', 'langsmith-backend').spec.strategy).toEqual({ canary: { steps: [{ setWeight: 100 }] } });
  });

  it('scopes the operator to named namespaces, and keeps its CRD', async () => {
    const scoped = await render('langsmith', [...SCENARIOS['prod-pass3'], { operator: { watchNamespaces: 'one,two' } }]);
    expect(ofKind(scoped, 'ClusterRole')).toEqual([]);
    expect(ofKind(scoped, 'Role').filter((role) => role.metadata.name === 'langsmith-operator')).toHaveLength(2);
    expect(one(scoped, 'CustomResourceDefinition', 'lgps.apps.langchain.ai').metadata.annotations['helm.sh/resource-policy']).toBe('keep');
  });
});
