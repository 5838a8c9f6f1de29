import { describe, expect, it, jest } from '@jest/globals';
import { names, ofKind, one, render } from './render.js';

jest.setTimeout(300_000);

describe.each(['3', '4'] as const)('add-on charts, with Helm %s', (helm) => {
  it('ingress-nginx: one public Service with our annotations, and its class', async () => {
    const annotations = { 'service.beta.kubernetes.io/azure-dns-label-name': 'langsmith' };
    const values = { controller: { replicaCount: 2, service: { annotations }, ingressClassResource: { default: true } } };
    const objects = await render('ingress-nginx', [values], { helm });
    const service = one(objects, 'Service', 'ingress-nginx-controller');
    expect(service.spec.type).toBe('LoadBalancer');
    expect(service.metadata.annotations).toEqual(annotations);
    const deployment = one(objects, 'Deployment', 'ingress-nginx-controller');
    expect(deployment.spec.replicas).toBe(2);
    expect(deployment.spec.template.metadata.labels).toMatchObject(service.spec.selector as object);
    expect(deployment.metadata.labels['app.kubernetes.io/component']).toBe('controller');
    expect(one(objects, 'IngressClass', 'nginx').metadata.annotations['ingressclass.kubernetes.io/is-default-class']).toBe('true');
    expect(names(objects, 'PodDisruptionBudget')).toEqual(['ingress-nginx-controller']);
  });

  it('cert-manager: three Deployments, CRDs on demand, Workload Identity for DNS challenges', async () => {
    const identity = {
      crds: { enabled: true },
      podLabels: { 'azure.workload.identity/use': 'true' },
      serviceAccount: { annotations: { 'azure.workload.identity/client-id': 'id' } },
      extraArgs: ['--dns01-recursive-nameservers-only'],
      featureGates: 'ExperimentalGatewayAPISupport=true',
    };
    const objects = await render('cert-manager', [identity], { helm });
    expect(names(objects, 'Deployment')).toEqual(['cert-manager', 'cert-manager-cainjector', 'cert-manager-webhook']);
    expect(ofKind(objects, 'CustomResourceDefinition')).toHaveLength(6);
    const { template } = one(objects, 'Deployment', 'cert-manager').spec;
    expect(template.metadata.labels['azure.workload.identity/use']).toBe('true');
    expect(template.spec.containers[0].args).toEqual(
      expect.arrayContaining(['--feature-gates=ExperimentalGatewayAPISupport=true', '--dns01-recursive-nameservers-only']),
    );
    expect(one(objects, 'ServiceAccount', 'cert-manager').metadata.annotations).toEqual({ 'azure.workload.identity/client-id': 'id' });
    expect(one(objects, 'Deployment', 'cert-manager-webhook').spec.template.metadata.labels['azure.workload.identity/use']).toBeUndefined();
    expect(ofKind(await render('cert-manager', [], { helm }), 'CustomResourceDefinition')).toEqual([]);
  });

  it('keda: three Deployments with the resources asked for, and Workload Identity for the operator', async () => {
    const requests = { cpu: '50m', memory: '64Mi' };
    const values = {
      resources: { operator: { requests }, metricServer: { requests } },
      podIdentity: { azureWorkload: { enabled: true, clientId: 'id', tenantId: 'tenant' } },
    };
    const objects = await render('keda', [values], { helm });
    expect(names(objects, 'Deployment')).toEqual(['keda-admission-webhooks', 'keda-operator', 'keda-operator-metrics-apiserver']);
    expect(names(objects, 'CustomResourceDefinition')).toContain('scaledobjects.keda.sh');
    for (const name of ['keda-operator', 'keda-operator-metrics-apiserver']) {
      expect(one(objects, 'Deployment', name).spec.template.spec.containers[0].resources.requests).toEqual(requests);
    }
    expect(one(objects, 'Deployment', 'keda-operator').spec.template.metadata.labels['azure.workload.identity/use']).toBe('true');
    expect(one(objects, 'ServiceAccount', 'keda-operator').metadata.annotations['azure.workload.identity/client-id']).toBe('id');
  });

  it('gateway-helm: the controller, a Job for its certificates, and Gateway API with it', async () => {
    const values = { deployment: { replicas: 2, pod: { labels: { a: 'b' } } } };
    const objects = await render('gateway-helm', [values], { helm });
    const deployment = one(objects, 'Deployment', 'envoy-gateway');
    expect(deployment.spec.replicas).toBe(2);
    expect(deployment.spec.template.metadata.labels).toMatchObject({ 'control-plane': 'envoy-gateway', a: 'b' });
    expect(one(objects, 'Job', 'gateway-helm-gateway-helm-certgen').metadata.annotations['helm.sh/hook']).toBe('pre-install, pre-upgrade');
  });

  it('istio: its mesh settings, and a gateway that the Ingress rules of istiod select', async () => {
    const meshConfig = { ingressControllerMode: 'STRICT', ingressClass: 'istio', ingressService: 'istio-ingressgateway' };
    const istiod = await render('istiod', [{ meshConfig }], { helm });
    expect(one(istiod, 'ConfigMap', 'istio').data.mesh).toContain('ingressControllerMode: STRICT');
    expect(names(istiod, 'MutatingWebhookConfiguration')).toEqual(['istio-sidecar-injector']);
    const annotations = { 'service.beta.kubernetes.io/azure-dns-label-name': 'langsmith' };
    const gateway = await render('gateway', [{ service: { annotations } }], { helm, release: 'istio-ingressgateway' });
    const service = one(gateway, 'Service', 'istio-ingressgateway');
    expect(service.spec).toMatchObject({ type: 'LoadBalancer', selector: { app: 'istio-ingressgateway', istio: 'ingressgateway' } });
    expect(service.metadata.annotations).toEqual(annotations);
    expect(names(await render('base', [], { helm }), 'CustomResourceDefinition')).toEqual(
      expect.arrayContaining(['gateways.networking.istio.io', 'virtualservices.networking.istio.io']),
    );
  });

  it.each([
    ['gateway-helm', { deployment: { envoyGateway: { replicas: 2 } } }, /replicas.*not allowed/],
    ['istiod', { pilot: { resources: {} } }, /pilot.*not allowed/],
    ['istiod', { meshConfig: { ingressMode: 'STRICT' } }, /ingressMode.*not allowed/],
    ['gateway', { serviceAnnotations: {} }, /serviceAnnotations.*not allowed/],
    ['base', { crds: {} }, /crds.*not allowed/],
    ['ingress-nginx', { controller: { replicas: 2 } }, /replicas.*not allowed/],
    ['cert-manager', { controller: { resources: {} } }, /controller.*not allowed/],
    ['keda', { resources: { metricsServer: {} } }, /metricsServer.*not allowed/],
  ])('%s refuses a key the real chart would ignore', async (chart, values, message) => {
    await expect(render(chart, [values], { helm })).rejects.toThrow(message);
  });
});
