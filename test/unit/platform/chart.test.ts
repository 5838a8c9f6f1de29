import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { CONTAINER_DEFAULTS, demandOf } from '../../../src/capacity/demand.js';
import type { Shape } from '../../../src/passes.js';
import type { Outputs } from '../../../src/phases/outputs.js';
import { GATEWAY_TLS_LISTENER } from '../../../src/platform/names.js';
import { platformValues } from '../../../src/platform/values.js';
import { lightOutputs, lightShape, productionShape } from '../../fakes/cluster.js';
import { lint, names, ofKind, one, render, type Rendered, type Values } from '../rehearsal/charts/render.js';

jest.setTimeout(300_000);

const CHART = path.resolve('helm/langsmith-platform');
const GOLDEN = path.resolve('test/golden/platform');
const LABEL = 'service.beta.kubernetes.io/azure-dns-label-name';

type Deployment = readonly [shape: Shape, outputs: Partial<Outputs>];

/** The deployments that differ most. */
const CASES = {
  'light-nginx-letsencrypt': [lightShape(2), {}],
  'light-nginx-none': [lightShape(2), { tls_certificate_source: 'none' }],
  'production-envoy-gateway-letsencrypt': [productionShape(3), { ingress_controller: 'envoy-gateway', dns_label: 'traces' }],
  'production-istio-letsencrypt': [productionShape(5), { ingress_controller: 'istio', dns_label: 'traces' }],
  'light-istio-existing': [lightShape(3), { ingress_controller: 'istio', tls_certificate_source: 'existing' }],
  'production-istio-addon-dns01': [
    productionShape(4),
    {
      ingress_controller: 'istio-addon',
      tls_certificate_source: 'dns01',
      dns_zone_name: 'example.com',
      cert_manager_identity_client_id: '00000000-0000-4000-8000-0000000000cc',
    },
  ],
  'production-none-existing': [
    productionShape(2),
    { ingress_controller: 'none', tls_certificate_source: 'existing', ingress_namespaces: ['traefik', 'internal-gateways'] },
  ],
} as const satisfies Record<string, Deployment>;

type Case = keyof typeof CASES;
const ALL = Object.keys(CASES) as Case[];

const valuesOf = (shape: Shape, outputs: Partial<Outputs>): Values => platformValues(shape, lightOutputs(outputs), demandOf(shape, {}));

const renderOwn = (shape: Shape, outputs: Partial<Outputs>): Promise<Rendered[]> =>
  render('langsmith-platform', [valuesOf(shape, outputs)], { source: CHART, namespace: 'langsmith' });

describe('platform chart', () => {
  const rendered = new Map<Case, Rendered[]>();
  const objectsOf = (name: Case): Rendered[] => rendered.get(name) ?? [];

  beforeAll(async () => {
    for (const name of ALL) rendered.set(name, await renderOwn(...(CASES[name] as Deployment)));
  });

  it.each(ALL)('%s: values and objects are those of the golden file, which was read by eye', async (name) => {
    const text = `${stringify(valuesOf(...(CASES[name] as Deployment)))}${objectsOf(name)
      .map((object) => `---\n${stringify(object)}`)
      .join('')}`;
    const golden = path.join(GOLDEN, `${name}.yaml`);
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(golden, text);
    expect(text).toBe(await readFile(golden, 'utf8'));
  });

  it.each(ALL)('%s: passes helm lint', async (name) => {
    for (const helm of ['3', '4'] as const) await lint(CHART, valuesOf(...(CASES[name] as Deployment)), helm);
  });

  it('refuses a misspelt key, half a part, and a certificate that nobody issues', async () => {
    const values = valuesOf(...(CASES['light-nginx-letsencrypt'] as Deployment));
    const refused = (change: Values): Promise<Rendered[]> => render('langsmith-platform', [values, change], { source: CHART });
    await expect(refused({ quotas: {} })).rejects.toThrow(/quotas/);
    await expect(refused({ keda: { namespace: 'keda' } })).rejects.toThrow(/keda/);
    await expect(refused({ certificate: { nmae: 'x' } })).rejects.toThrow(/certificate/);
    await expect(
      render('langsmith-platform', [{ serviceAccount: { name: 'a', clientId: 'no-guid' } }], { source: CHART }),
    ).rejects.toThrow();
  });

  it('without a description of anything it renders the closed door alone', async () => {
    expect((await render('langsmith-platform', [], { source: CHART })).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'NetworkPolicy default-deny-ingress',
    ]);
  });

  it('needs no kind of an add-on that the deployment has not', () => {
    const groups = (name: Case): string[] => [...new Set(objectsOf(name).map((object) => String(object['apiVersion'])))].sort();
    expect(groups('light-nginx-none')).toEqual(['networking.k8s.io/v1', 'v1']);
    expect(groups('production-none-existing')).toEqual(['networking.k8s.io/v1', 'v1']);
  });

  it('T252 a quota comes with defaults for containers that state nothing', () => {
    for (const name of ALL) {
      expect(names(objectsOf(name), 'ResourceQuota')).toEqual(['langsmith-quota']);
      expect(one(objectsOf(name), 'LimitRange', 'langsmith-defaults').spec.limits).toEqual([
        { type: 'Container', defaultRequest: CONTAINER_DEFAULTS.requests, default: CONTAINER_DEFAULTS.limits },
      ]);
    }
  });

  it.each([
    ['nginx', ['langsmith', 'ingress-nginx']],
    ['envoy-gateway', ['langsmith', 'envoy-gateway-system']],
    ['istio', ['langsmith', 'istio-system']],
    ['istio-addon', ['langsmith', 'aks-istio-ingress']],
    ['none', ['langsmith']],
  ] as const)('T196 with %s, only %j may talk to LangSmith', async (ingress_controller, expected) => {
    const objects = await renderOwn(lightShape(2), { ingress_controller, tls_certificate_source: 'none' });
    expect(names(objects, 'NetworkPolicy')).toEqual(['allow-from-ingress', 'default-deny-ingress']);
    expect(one(objects, 'NetworkPolicy', 'default-deny-ingress').spec).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
    expect(one(objects, 'NetworkPolicy', 'allow-from-ingress').spec.ingress).toEqual([
      { from: expected.map((name) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })) },
    ]);
  });

  it('T198 KEDA reaches the back ends, and only where it is used', () => {
    expect(names(objectsOf('light-nginx-letsencrypt'), 'NetworkPolicy')).not.toContain('allow-from-keda');
    expect(one(objectsOf('production-istio-letsencrypt'), 'NetworkPolicy', 'allow-from-keda').spec).toMatchObject({
      podSelector: {
        matchExpressions: [
          { key: 'app.kubernetes.io/component', operator: 'In', values: ['langsmith-backend', 'langsmith-platform-backend'] },
        ],
      },
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } } }] }],
    });
  });

  it('agents run under an account of the identity, from pass 3 on', () => {
    expect(ofKind(objectsOf('light-nginx-letsencrypt'), 'ServiceAccount')).toEqual([]);
    const account = one(objectsOf('production-envoy-gateway-letsencrypt'), 'ServiceAccount', 'langsmith-ksa');
    expect(account.metadata.annotations['azure.workload.identity/client-id']).toBe(lightOutputs().workload_identity_client_id);
  });

  it.each([
    ['nginx', 'letsencrypt', 'langsmith', { http01: { ingress: { ingressClassName: 'nginx' } } }],
    ['istio', 'letsencrypt', 'istio-system', { http01: { ingress: { ingressClassName: 'istio' } } }],
    [
      'envoy-gateway',
      'letsencrypt',
      'langsmith',
      {
        http01: {
          gatewayHTTPRoute: {
            parentRefs: [
              {
                group: 'gateway.networking.k8s.io',
                kind: 'Gateway',
                name: 'langsmith-gateway',
                namespace: 'langsmith',
                sectionName: 'http',
              },
            ],
          },
        },
      },
    ],
    ['istio-addon', 'dns01', 'aks-istio-ingress', { dns01: { azureDNS: { hostedZoneName: 'example.com' } } }],
    ['none', 'dns01', 'langsmith', { dns01: { azureDNS: { resourceGroupName: 'langsmith-rg' } } }],
  ] as const)(
    'T173 T174 T175 T176 T184 with %s and %s the certificate is issued where it is served: in %s',
    async (ingress_controller, tls_certificate_source, namespace, solver) => {
      const objects = await renderOwn(lightShape(2), {
        ingress_controller,
        tls_certificate_source,
        dns_zone_name: 'example.com',
        cert_manager_identity_client_id: '00000000-0000-4000-8000-0000000000cc',
      });
      expect(one(objects, 'ClusterIssuer', 'letsencrypt-prod').spec.acme).toMatchObject({
        email: 'ops@example.com',
        privateKeySecretRef: { name: 'letsencrypt-prod-account-key' },
        solvers: [solver],
      });
      const certificate = one(objects, 'Certificate', 'langsmith-tls');
      expect(certificate.metadata).toMatchObject({ namespace });
      expect(certificate.spec).toEqual({
        secretName: 'langsmith-tls',
        dnsNames: ['langsmith.example.com'],
        issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'letsencrypt-prod' },
      });
    },
  );

  it.each(['none', 'existing'] as const)('with tls %s nothing is issued', async (tls_certificate_source) => {
    const objects = await renderOwn(lightShape(2), { tls_certificate_source });
    expect([...ofKind(objects, 'ClusterIssuer'), ...ofKind(objects, 'Certificate')]).toEqual([]);
  });

  it.each([
    [{ tls_certificate_source: 'dns01', dns_label: '' }, ['http', 'https']],
    [{ tls_certificate_source: 'existing', dns_label: 'traces' }, ['http', 'https']],
    [{ tls_certificate_source: 'none', dns_label: 'traces' }, ['http']],
  ] as const)('T172 T177 the Gateway of the Istio add-on follows host and TLS, not the DNS label: %j', async (outputs, listeners) => {
    const objects = await renderOwn(lightShape(2), {
      ...outputs,
      ingress_controller: 'istio-addon',
      dns_zone_name: 'example.com',
      cert_manager_identity_client_id: lightOutputs().workload_identity_client_id,
    });
    const { selector, servers } = one(objects, 'Gateway', 'langsmith-gateway').spec;
    expect(selector).toEqual({ istio: 'aks-istio-ingressgateway-external' });
    expect(servers.map((server: { port: { name: string } }) => server.port.name)).toEqual(listeners);
    expect(servers[0].hosts).toEqual(['langsmith.example.com']);
    expect(servers[0].tls).toEqual(listeners.length === 2 ? { httpsRedirect: true } : undefined);
    expect(servers[1]?.tls).toEqual(listeners.length === 2 ? { mode: 'SIMPLE', credentialName: 'langsmith-tls' } : undefined);
  });

  it('T179 the Service that Envoy Gateway makes bears the DNS label from the start', async () => {
    const objects = objectsOf('production-envoy-gateway-letsencrypt');
    const { envoyService } = one(objects, 'EnvoyProxy', 'langsmith-gateway').spec.provider.kubernetes;
    expect(envoyService).toEqual({ type: 'LoadBalancer', annotations: { [LABEL]: 'traces' } });
    const gateway = one(objects, 'Gateway', 'langsmith-gateway').spec;
    // The chart's route attaches to it by name.
    expect(gateway.listeners.map((listener: { name: string }) => listener.name)).toEqual(['http', GATEWAY_TLS_LISTENER]);
    expect(gateway.infrastructure.parametersRef).toEqual({ group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'langsmith-gateway' });
    expect(gateway.gatewayClassName).toBe(ofKind(objects, 'GatewayClass')[0]?.metadata.name);
    const unlabelled = await renderOwn(lightShape(2), { ingress_controller: 'envoy-gateway', dns_label: '' });
    expect(one(unlabelled, 'EnvoyProxy', 'langsmith-gateway').spec.provider.kubernetes.envoyService).toEqual({ type: 'LoadBalancer' });
  });

  it('Envoy sends http to https where there is TLS, and does not end a run that streams', async () => {
    const objects = objectsOf('production-envoy-gateway-letsencrypt');
    expect(one(objects, 'HTTPRoute', 'langsmith-gateway-to-https').spec).toMatchObject({
      parentRefs: [{ name: 'langsmith-gateway', sectionName: 'http' }],
      rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
    });
    expect(one(objects, 'BackendTrafficPolicy', 'langsmith-gateway').spec.timeout.http.requestTimeout).toBe('0s');
    const plain = await renderOwn(lightShape(2), { ingress_controller: 'envoy-gateway', tls_certificate_source: 'none' });
    expect(ofKind(plain, 'HTTPRoute')).toEqual([]);
    expect(one(plain, 'Gateway', 'langsmith-gateway').spec.listeners.map((listener: { name: string }) => listener.name)).toEqual(['http']);
  });

  it('T180 Istio of our own has an IngressClass while it serves an Ingress', () => {
    const objects = objectsOf('production-istio-letsencrypt');
    expect(one(objects, 'IngressClass', 'istio').spec).toEqual({ controller: 'istio.io/ingress-controller' });
    // One for the same host would keep Istio from serving the Ingress by which a challenge is answered.
    expect(ofKind(objects, 'Gateway')).toEqual([]);
  });

  it('Istio of our own leads http to https by a Gateway where no challenge comes over http', () => {
    const objects = objectsOf('light-istio-existing');
    expect(ofKind(objects, 'IngressClass')).toEqual([]);
    expect(one(objects, 'Gateway', 'langsmith-gateway').spec).toEqual({
      selector: { istio: 'ingressgateway' },
      servers: [
        { port: { name: 'http', number: 80, protocol: 'HTTP' }, hosts: ['langsmith.example.com'], tls: { httpsRedirect: true } },
        {
          port: { name: 'https', number: 443, protocol: 'HTTPS' },
          hosts: ['langsmith.example.com'],
          tls: { mode: 'SIMPLE', credentialName: 'langsmith-tls' },
        },
      ],
    });
  });
});
