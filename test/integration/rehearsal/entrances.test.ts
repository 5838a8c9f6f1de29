import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { certificate, DNS_LABEL, EntranceScene, HOST, ingress } from '../../unit/rehearsal/kubernetes/entrance-scene.js';
import { expectServed, ISSUED } from './served.js';

jest.setTimeout(240_000);

let scene: EntranceScene;
afterEach(async () => {
  await scene.close();
});

describe('ingress-nginx', () => {
  const values = { controller: { service: { annotations: { [DNS_LABEL]: 'langsmith-demo' } } } };

  it('leads to the front end with the certificate of the Ingress, and from plain HTTP to it', async () => {
    scene = await EntranceScene.open();
    await scene.install('ingress-nginx', 'ingress-nginx', 'ingress-nginx', values);
    await scene.certManager({ http01: { ingress: { ingressClassName: 'nginx' } } });
    await scene.deployFrontend();
    await scene.apply(ingress('nginx', { secretName: 'langsmith-tls', annotations: ISSUED }));
    await scene.certificate('langsmith');
    await expectServed(scene);
    expect(await scene.plain('/health')).toMatchObject({ status: 308, location: `https://${HOST}/health` });

    await scene.kubectl('scale', 'deployment/langsmith-frontend', '--replicas=0', '-n', 'langsmith');
    await scene.eventually('no pods', () => scene.store.list('Pod', 'langsmith').every((pod) => !pod.metadata.name.includes('frontend')));
    expect((await scene.get('/health')).status).toBe(503);
    await scene.kubectl('scale', 'deployment/ingress-nginx-controller', '--replicas=0', '-n', 'ingress-nginx');
    await scene.eventually('no controller', () => scene.store.list('Pod', 'ingress-nginx').length === 0);
    await expect(scene.get('/health')).rejects.toThrow(`ECONNREFUSED ${HOST}:443`);
  });

  it('shows its own certificate, which nobody trusts, when the Secret is missing, and 404 for what it does not know', async () => {
    scene = await EntranceScene.open();
    await scene.install('ingress-nginx', 'ingress-nginx', 'ingress-nginx', values);
    await expect(scene.get('/health')).rejects.toThrow(/self-signed certificate/);
    expect((await scene.plain('/')).status).toBe(404);
    await scene.deployFrontend();
    await scene.apply(ingress('nginx', { secretName: 'langsmith-tls' }));
    await expect(scene.get('/health')).rejects.toThrow(/self-signed certificate/);
    await scene.apply(ingress('other'));
    expect((await scene.plain('/')).status).toBe(404);
    await scene.apply(ingress('nginx'));
    expect((await scene.plain('/health')).status).toBe(200);
  });

  it('T196 waits in vain for a front end whose network policy admits another namespace', async () => {
    scene = await EntranceScene.open();
    await scene.install('ingress-nginx', 'ingress-nginx', 'ingress-nginx', values);
    await scene.deployFrontend();
    await scene.apply(ingress('nginx'));
    const admitting = (namespace: string) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'allow', namespace: 'langsmith' },
      spec: {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }] }],
      },
    });
    await scene.apply(admitting('istio-system'));
    expect((await scene.plain('/health')).status).toBe(504);
    await scene.apply(admitting('ingress-nginx'));
    expect((await scene.plain('/health')).status).toBe(200);
  });

  it('T170 is nowhere without the DNS label, and no challenge passes', async () => {
    scene = await EntranceScene.open();
    await scene.install('ingress-nginx', 'ingress-nginx', 'ingress-nginx');
    await scene.certManager({ http01: { ingress: { ingressClassName: 'nginx' } } });
    await scene.deployFrontend();
    await scene.apply(ingress('nginx', { secretName: 'langsmith-tls', annotations: ISSUED }));
    await scene.eventually('the complaint', () => scene.events('Certificate').some((message) => message.includes(`lookup ${HOST} on`)));
    await expect(scene.get('/health')).rejects.toThrow('ENOTFOUND');
    await scene.kubectl('annotate', 'service/ingress-nginx-controller', `${DNS_LABEL}=langsmith-demo`, '-n', 'ingress-nginx');
    await scene.certificate('langsmith');
    await expectServed(scene);
  });
});

describe('a Service of type LoadBalancer for the front end', () => {
  it('T191 opens a second way in, without TLS', async () => {
    scene = await EntranceScene.open();
    await scene.deployFrontend();
    const patch = { metadata: { annotations: { [DNS_LABEL]: 'langsmith-demo' } }, spec: { type: 'LoadBalancer' } };
    await scene.kubectl('patch', 'service/langsmith-frontend', '-n', 'langsmith', '-p', JSON.stringify(patch));
    await scene.eventually('the name', () => scene.at.world.dns.resolve(HOST));
    expect((await scene.plain('/health')).status).toBe(200);
    await expect(scene.get('/health')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('Istio by its own charts', () => {
  const meshConfig = { ingressControllerMode: 'STRICT', ingressClass: 'istio', ingressService: 'istio-ingressgateway' };
  const ingressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'istio' },
    spec: { controller: 'istio.io/ingress-controller' },
  };

  async function istio(): Promise<void> {
    await scene.install('istio-base', 'base', 'istio-system');
    await scene.install('istiod', 'istiod', 'istio-system', { meshConfig, resources: { requests: { cpu: '100m', memory: '256Mi' } } });
    await scene.install('istio-ingressgateway', 'gateway', 'istio-system', { service: { annotations: { [DNS_LABEL]: 'langsmith-demo' } } });
  }

  it('T180 serves Ingresses of a class that exists as an object', async () => {
    scene = await EntranceScene.open();
    await istio();
    await scene.deployFrontend();
    await scene.apply(ingress('istio'));
    await expect(scene.get('/health')).rejects.toThrow('ECONNREFUSED');
    await scene.apply(ingressClass);
    await scene.eventually(
      'the address',
      () =>
        (
          scene.store.get('networking.k8s.io/Ingress', 'langsmith', 'langsmith-ingress')?.['status'] as
            { loadBalancer?: { ingress?: unknown } } | undefined
        )?.loadBalancer?.ingress,
    );
    expect((await scene.plain('/health')).status).toBe(200);
  });

  it('T174 reads the certificate in the namespace of the gateway', async () => {
    scene = await EntranceScene.open();
    await istio();
    await scene.apply(ingressClass);
    await scene.certManager({ http01: { ingress: { ingressClassName: 'istio' } } });
    await scene.deployFrontend();
    await scene.apply(ingress('istio', { secretName: 'langsmith-tls', annotations: ISSUED }));
    await scene.certificate('langsmith');
    await expect(scene.get('/health')).rejects.toThrow(/disconnected|reset|hang up/i);
    await scene.apply(certificate('istio-system'));
    await scene.certificate('istio-system');
    await expectServed(scene);
  });

  it('answers no challenge by an Ingress beside a Gateway for the same host', async () => {
    scene = await EntranceScene.open();
    await istio();
    await scene.apply(ingressClass);
    await scene.certManager({ http01: { ingress: { ingressClassName: 'istio' } } });
    await scene.deployFrontend();
    await scene.apply(
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Gateway',
        metadata: { name: 'langsmith-gateway', namespace: 'langsmith' },
        spec: {
          selector: { istio: 'ingressgateway' },
          servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [HOST], tls: { httpsRedirect: true } }],
        },
      },
      certificate('istio-system'),
    );
    await scene.eventually('the complaint', () => scene.events('Certificate').some((message) => message.includes('wrong status code')));
    await scene.kubectl('delete', 'gateways.networking.istio.io/langsmith-gateway', '-n', 'langsmith');
    await scene.certificate('istio-system');
  });

  it('cannot pull the proxy of a gateway that no istiod fills in', async () => {
    scene = await EntranceScene.open();
    await expect(scene.install('istio-ingressgateway', 'gateway', 'istio-system')).rejects.toThrow();
    const [pod] = scene.store.list('Pod', 'istio-system');
    expect(JSON.stringify(pod?.['status'])).toContain('Back-off pulling image \\"auto\\"');
  });
});

describe('the Istio add-on of AKS', () => {
  const mesh = { revisions: ['asm-1-29'], externalIngressGateway: true, internalIngressGateway: false };
  const gateway = (tls: boolean) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'langsmith-gateway', namespace: 'langsmith' },
    spec: {
      selector: { istio: 'aks-istio-ingressgateway-external' },
      servers: [
        { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [HOST] },
        ...(tls
          ? [
              {
                port: { number: 443, name: 'https', protocol: 'HTTPS' },
                hosts: [HOST],
                tls: { mode: 'SIMPLE', credentialName: 'langsmith-tls' },
              },
            ]
          : []),
      ],
    },
  });
  const virtualService = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'langsmith', namespace: 'langsmith' },
    spec: {
      gateways: ['langsmith/langsmith-gateway'],
      hosts: [HOST],
      http: [{ match: [{ uri: { prefix: '/' } }], route: [{ destination: { host: 'langsmith-frontend', port: { number: 80 } } }] }],
    },
  };

  it('T172 routes what Gateways select its own gateway, with the DNS name a client gives its Service', async () => {
    scene = await EntranceScene.open(mesh);
    await scene.deployFrontend();
    await scene.kubectl('annotate', 'service/aks-istio-ingressgateway-external', `${DNS_LABEL}=langsmith-demo`, '-n', 'aks-istio-ingress');
    await scene.kubectl('rollout', 'status', 'deployment/aks-istio-ingressgateway-external-asm-1-29', '-n', 'aks-istio-ingress');
    await scene.eventually('the name', () => scene.at.world.dns.resolve(HOST));
    await expect(scene.plain('/health')).resolves.toMatchObject({ status: 502 });
    await scene.apply({ ...gateway(true), spec: { ...gateway(true).spec, selector: { istio: 'ingressgateway' } } }, virtualService);
    await expect(scene.plain('/health')).resolves.toMatchObject({ status: 502 });
    await scene.apply(gateway(true));
    expect((await scene.plain('/health')).status).toBe(200);
    await expect(scene.get('/health')).rejects.toThrow(/disconnected|reset|hang up/i);
    await scene.kubectl('delete', 'virtualservice/langsmith', '-n', 'langsmith');
    expect((await scene.plain('/health')).status).toBe(404);
  });

  it('T173 takes no Ingress, so a challenge over one waits', async () => {
    scene = await EntranceScene.open(mesh);
    await scene.certManager({ http01: { ingress: { ingressClassName: 'nginx' } } });
    await scene.deployFrontend();
    await scene.kubectl('annotate', 'service/aks-istio-ingressgateway-external', `${DNS_LABEL}=langsmith-demo`, '-n', 'aks-istio-ingress');
    await scene.apply(gateway(true), virtualService, certificate('aks-istio-ingress'));
    await scene.eventually('the complaint', () =>
      scene.events('Certificate').some((message) => message.includes('does not serve the solver\'s class "nginx"')),
    );
  });

  it('T182 leaves custom resources that the chart of base may not take', async () => {
    scene = await EntranceScene.open(mesh);
    scene.cluster.serviceMesh = undefined;
    scene.at.world.emit('cluster-changed', scene.cluster);
    await scene.eventually('the end of the gateway', () => scene.store.list('Service', 'aks-istio-ingress').length === 0);
    expect(scene.store.list('apps/Deployment', 'aks-istio-system')).toEqual([]);
    await expect(scene.install('istio-base', 'base', 'istio-system')).rejects.toThrow(/invalid ownership metadata|cannot be imported/);
  });
});

describe('cert-manager over DNS', () => {
  const GROUP = '/subscriptions/22222222-aaaa-4bbb-8ccc-000000000002/resourceGroups/rg';
  const zone = `${GROUP}/providers/Microsoft.Network/dnsZones/contoso.example`;

  it('needs the zone, its delegation, a federated identity with a right on it, and the label on the pods', async () => {
    scene = await EntranceScene.open();
    const { world } = scene.at;
    const identity = world.directory.addPrincipal({ name: 'cert-manager', kind: 'managed-identity' });
    const azureDNS = {
      hostedZoneName: 'contoso.example',
      resourceGroupName: 'rg',
      subscriptionID: world.options.subscriptionId,
      managedIdentity: { clientID: identity.clientId },
    };
    const complaint = (part: string) => scene.eventually(part, () => scene.events('Certificate').some((message) => message.includes(part)));
    await scene.certManager({ dns01: { azureDNS } });
    await scene.deployFrontend();
    await scene.apply(certificate('langsmith', ['langsmith.contoso.example']));
    await complaint('no token file specified');
    await scene.certManager({ dns01: { azureDNS } }, { podLabels: { 'azure.workload.identity/use': 'true' } });
    await complaint('AADSTS700213');
    identity.federatedCredentials.push({
      name: 'cert-manager',
      issuer: scene.cluster.oidcIssuerUrl,
      subject: 'system:serviceaccount:cert-manager:cert-manager',
      audiences: ['api://AzureADTokenExchange'],
    });
    await complaint('does not have authorization to write TXT records');
    world.resources.assign({ id: '/dns', scope: zone, principalId: identity.objectId, roleName: 'DNS Zone Contributor' });
    await complaint('ResourceNotFound');
    world.faults.zonesNotDelegated.add('contoso.example');
    world.resources.put({ id: zone, type: 'Microsoft.Network/dnsZones', name: 'contoso.example', properties: {} });
    await complaint('not yet propagated');
    world.faults.zonesNotDelegated.clear();
    await scene.certificate('langsmith');
  });
});
