import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { certificate, DNS_LABEL, EntranceScene, HOST } from '../../unit/rehearsal/kubernetes/entrance-scene.js';
import { expectServed, ISSUED } from './served.js';

jest.setTimeout(240_000);

let scene: EntranceScene;
afterEach(async () => {
  await scene.close();
});

describe('Envoy Gateway', () => {
  const gatewayClass = (parametersRef?: object) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'langsmith-eg' },
    spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller', ...(parametersRef ? { parametersRef } : {}) },
  });
  const gateway = (more: object = {}, metadata: object = {}) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'langsmith-gateway', namespace: 'langsmith', ...metadata },
    spec: {
      gatewayClassName: 'langsmith-eg',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        {
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          hostname: HOST,
          tls: { mode: 'Terminate', certificateRefs: [{ name: 'langsmith-tls' }] },
        },
      ],
      ...more,
    },
  });
  const route = (namespace = 'langsmith') => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'langsmith', namespace },
    spec: {
      parentRefs: [{ name: 'langsmith-gateway', namespace: 'langsmith' }],
      hostnames: [HOST],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name: 'langsmith-frontend', port: 80 }] }],
    },
  });
  const infrastructure = { annotations: { [DNS_LABEL]: 'langsmith-demo' } };
  const solver = { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'langsmith-gateway', namespace: 'langsmith', kind: 'Gateway' }] } } };

  it('T179 makes a Service by the Gateway in its own namespace, found by label, and a certificate over the Gateway', async () => {
    scene = await EntranceScene.open();
    await scene.install('eg', 'gateway-helm', 'envoy-gateway-system');
    await scene.certManager(solver, {
      config: { apiVersion: 'controller.config.cert-manager.io/v1alpha1', kind: 'ControllerConfiguration', enableGatewayAPI: true },
    });
    await scene.deployFrontend();
    await scene.apply(gatewayClass(), gateway({ infrastructure }, { annotations: ISSUED }), route());
    await scene.kubectl('wait', '--for=condition=Accepted', 'gatewayclass/langsmith-eg', '--timeout=20s');
    await scene.certificate('langsmith');
    await scene.kubectl('wait', '--for=condition=Programmed', 'gateway/langsmith-gateway', '-n', 'langsmith', '--timeout=20s');
    const selector = 'gateway.envoyproxy.io/owning-gateway-name=langsmith-gateway,gateway.envoyproxy.io/owning-gateway-namespace=langsmith';
    const name = await scene.kubectl('get', 'service', '-n', 'envoy-gateway-system', '-l', selector, '-o', 'name');
    expect(name).toMatch(/^service\/envoy-langsmith-langsmith-gateway-[0-9a-f]{8}\n$/);
    const status = scene.store.get('gateway.networking.k8s.io/Gateway', 'langsmith', 'langsmith-gateway')?.['status'];
    expect(status).toMatchObject({
      addresses: [{ type: 'IPAddress', value: scene.at.world.dns.resolve(HOST) }],
      listeners: [
        { name: 'http', attachedRoutes: 1 },
        { name: 'https', attachedRoutes: 1 },
      ],
    });
    await scene.kubectl(
      'wait',
      '--for=jsonpath={.status.parents[0].conditions[0].status}=True',
      'httproute/langsmith',
      '-n',
      'langsmith',
      '--timeout=20s',
    );
    await expectServed(scene);
    expect((await scene.plain('/health')).status).toBe(200);

    await scene.kubectl('delete', 'gateway/langsmith-gateway', '-n', 'langsmith');
    await scene.eventually('the end of the proxies', () =>
      scene.store.list('Service', 'envoy-gateway-system').every((service) => !service.metadata.name.startsWith('envoy-langsmith')),
    );
  });

  it('takes annotations of the Service from the EnvoyProxy of the class, and refuses a class whose EnvoyProxy is missing', async () => {
    scene = await EntranceScene.open();
    await scene.install('eg', 'gateway-helm', 'envoy-gateway-system');
    await scene.deployFrontend();
    const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'public', namespace: 'envoy-gateway-system' };
    await scene.apply(gatewayClass(parametersRef), gateway(), route());
    await scene.eventually(
      'the refusal',
      () =>
        scene.condition('gateway.networking.k8s.io/GatewayClass', undefined, 'langsmith-eg', 'Accepted')?.reason === 'InvalidParameters',
    );
    await scene.apply({
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'EnvoyProxy',
      metadata: { name: 'public', namespace: 'envoy-gateway-system' },
      spec: {
        provider: {
          type: 'Kubernetes',
          kubernetes: { envoyService: { annotations: { [DNS_LABEL]: 'langsmith-demo' } }, envoyDeployment: { replicas: 2 } },
        },
      },
    });
    await scene.eventually('the name', () => scene.at.world.dns.resolve(HOST));
    await scene.eventually(
      'two proxies',
      () => scene.store.list('Pod', 'envoy-gateway-system').filter((pod) => pod.metadata.name.startsWith('envoy-langsmith')).length === 2,
    );
    await scene.eventually(
      'an answer',
      () => scene.condition('gateway.networking.k8s.io/Gateway', 'langsmith', 'langsmith-gateway', 'Programmed')?.status === 'True',
    );
    expect((await scene.plain('/health')).status).toBe(200);
    await expect(scene.get('/health')).rejects.toThrow('ECONNREFUSED');
  });

  it('attaches no route of a namespace it does not admit, and follows no reference that is not granted', async () => {
    scene = await EntranceScene.open();
    await scene.install('eg', 'gateway-helm', 'envoy-gateway-system');
    await scene.deployFrontend();
    await scene.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
    await scene.apply(gatewayClass(), gateway({ infrastructure }), route('elsewhere'));
    const accepted = () => {
      const status = scene.store.get('gateway.networking.k8s.io/HTTPRoute', 'elsewhere', 'langsmith')?.['status'] as
        { parents?: { conditions: { type: string; reason: string }[] }[] } | undefined;
      return status?.parents?.[0]?.conditions.map(({ reason }) => reason);
    };
    await scene.eventually('the refusal', () => accepted()?.includes('NotAllowedByListeners'));
    expect(accepted()).toContain('BackendNotFound');
    const listeners = gateway().spec.listeners.map((listener) => ({ ...listener, allowedRoutes: { namespaces: { from: 'All' } } }));
    const foreign = {
      ...route('elsewhere'),
      spec: { ...route().spec, rules: [{ backendRefs: [{ name: 'langsmith-frontend', namespace: 'langsmith', port: 80 }] }] },
    };
    await scene.apply(gateway({ infrastructure, listeners }), foreign);
    await scene.eventually('the missing grant', () => accepted()?.includes('RefNotPermitted'));
    await scene.eventually('the name', () => scene.at.world.dns.resolve(HOST));
    await scene.eventually(
      'proxies',
      () => scene.condition('gateway.networking.k8s.io/Gateway', 'langsmith', 'langsmith-gateway', 'Programmed')?.status === 'True',
    );
    expect((await scene.plain('/health')).status).toBe(500);
    await scene.apply({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'routes', namespace: 'langsmith' },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'elsewhere' }],
        to: [{ group: '', kind: 'Service' }],
      },
    });
    expect((await scene.plain('/health')).status).toBe(200);
  });

  it('T178 gets no challenge over the Gateway from a cert-manager that does not look at Gateways', async () => {
    scene = await EntranceScene.open();
    await scene.install('eg', 'gateway-helm', 'envoy-gateway-system');
    await scene.certManager(solver, { featureGates: 'ExperimentalGatewayAPISupport=true' });
    await scene.deployFrontend();
    await scene.apply(gatewayClass(), gateway({ infrastructure }), certificate('langsmith'));
    await scene.eventually('the complaint', () =>
      scene.events('Certificate').some((message) => message.includes('gateway API is not enabled')),
    );
  });

  it('lets a cert-manager that is to look at Gateways crash until their custom resources are there', async () => {
    scene = await EntranceScene.open();
    const config = { enableGatewayAPI: true };
    const early = scene.install('cert-manager', 'cert-manager', 'cert-manager', {
      crds: { enabled: true },
      config,
      startupapicheck: { enabled: false },
    });
    await scene.eventually('the crash', () =>
      scene.store.list('Pod', 'cert-manager').some((pod) => JSON.stringify(pod['status']).includes('CrashLoopBackOff')),
    );
    await scene.install('eg', 'gateway-helm', 'envoy-gateway-system');
    await early;
  });
});
