import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ApiError, type KubeObject, type NewObject } from '../../../../../rehearsal/kubernetes/api.js';
import {
  closeStages,
  conditionOf,
  container,
  deployment,
  eventsOf,
  eventually,
  isAvailable,
  NAMESPACE,
  stage,
  status,
  type Stage,
} from './stage.js';

afterEach(closeStages);
jest.setTimeout(30_000);

const HOST = 'contoso-langsmith.eastus.cloudapp.azure.com';
const ISSUER: NewObject = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'ClusterIssuer',
  metadata: { name: 'letsencrypt-prod' },
  spec: {
    acme: {
      server: 'https://acme-v02.api.letsencrypt.org/directory',
      email: 'ops@contoso.com',
      privateKeySecretRef: { name: 'account' },
      solvers: [{ http01: { ingress: { ingressClassName: 'nginx' } } }],
    },
  },
};

function crd(on: Stage, plural: string, kind: string, scope: string): void {
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  };
  on.store.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cert-manager.io` },
    spec: { group: 'cert-manager.io', scope, names: { kind, plural }, versions: [version] },
  });
}

function certManager(on: Stage): void {
  crd(on, 'clusterissuers', 'ClusterIssuer', 'Cluster');
  crd(on, 'certificates', 'Certificate', 'Namespaced');
  for (const name of ['cert-manager', 'cert-manager-cainjector', 'cert-manager-webhook']) on.store.create(deployment(name, 1));
  const spec = { selector: { app: 'cert-manager-webhook' }, ports: [{ port: 443, targetPort: 10250 }] };
  on.store.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'cert-manager-webhook', namespace: NAMESPACE }, spec });
}

function ingressNginx(on: Stage, dnsLabel = 'contoso-langsmith'): void {
  const labels = { 'app.kubernetes.io/instance': 'ingress-nginx' };
  const controller = deployment('ingress-nginx-controller', 1);
  on.store.create({ ...controller, metadata: { ...controller.metadata, labels } });
  const annotations = { 'service.beta.kubernetes.io/azure-dns-label-name': dnsLabel };
  const spec = { type: 'LoadBalancer', selector: { app: 'ingress-nginx-controller' }, ports: [{ name: 'http', port: 80 }] };
  on.store.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'ingress-nginx-controller', namespace: NAMESPACE, labels, annotations },
    spec,
  });
  on.store.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'nginx', labels },
    spec: { controller: 'k8s.io/ingress-nginx' },
  });
}

function ingress(on: Stage, host = HOST): void {
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 'langsmith-frontend', port: { number: 80 } } } };
  on.store.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'langsmith-ingress', namespace: NAMESPACE, annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt-prod' } },
    spec: { ingressClassName: 'nginx', tls: [{ secretName: 'langsmith-tls', hosts: [host] }], rules: [{ host, http: { paths: [path] } }] },
  });
}

const certificateReady = (on: Stage) => conditionOf(on, 'cert-manager.io/Certificate', 'langsmith-tls', 'Ready')?.status === 'True';

describe('load balancers', () => {
  it('get an address, and a DNS name that the world knows until the Service goes', async () => {
    const on = await stage();
    ingressNginx(on);
    const entries = await eventually(
      on,
      'the address',
      () => (status(on, 'Service', 'ingress-nginx-controller')['loadBalancer'] as { ingress?: { ip: string }[] } | undefined)?.ingress,
    );
    const [address] = on.world.resources.list('Microsoft.Network/publicIPAddresses');
    expect(address?.properties).toMatchObject({ ipAddress: entries[0]?.ip, dnsSettings: { fqdn: HOST } });
    expect(address?.id).toContain('/resourceGroups/MC_langsmith-rg_langsmith-aks_eastus/');
    on.store.remove('Service', NAMESPACE, 'ingress-nginx-controller');
    // Azure takes its time; the Service stays as long as its address.
    expect(on.store.get('Service', NAMESPACE, 'ingress-nginx-controller')?.metadata.deletionTimestamp).toBeDefined();
    expect(on.world.resources.list('Microsoft.Network/publicIPAddresses')).toHaveLength(1);
    await eventually(on, 'the end of the Service', () => on.store.get('Service', NAMESPACE, 'ingress-nginx-controller') === undefined);
    expect(on.world.resources.list('Microsoft.Network/publicIPAddresses')).toEqual([]);
  });

  it('refuse a DNS label that another address has', async () => {
    const on = await stage();
    on.world.resources.put({
      id: '/x',
      type: 'Microsoft.Network/publicIPAddresses',
      name: 'x',
      properties: { dnsSettings: { fqdn: HOST } },
    });
    ingressNginx(on);
    await eventually(on, 'the refusal', () =>
      eventsOf(on, 'ingress-nginx').some((event) => event.startsWith('SyncLoadBalancerFailed') && event.includes('DnsRecordInUse')),
    );
  });
});

describe('cert-manager', () => {
  it('refuses issuers until its webhook serves, then registers them', async () => {
    const on = await stage(60);
    certManager(on);
    const attempt = (): unknown => {
      try {
        return on.store.create(on.controllers.admit(ISSUER, 'CREATE'));
      } catch (error) {
        return error;
      }
    };
    const refused = attempt();
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ code: 500, reason: 'InternalError' });
    expect((refused as ApiError).message).toBe(
      'Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to call webhook: Post "https://cert-manager-webhook.langsmith.svc:443/validate?timeout=30s": no endpoints available for service "cert-manager-webhook"',
    );
    await eventually(
      on,
      'the webhook',
      () =>
        isAvailable(on, 'cert-manager-webhook') &&
        (on.store.get('Endpoints', NAMESPACE, 'cert-manager-webhook')?.['subsets'] as { addresses?: [] }[])[0]?.addresses,
    );
    expect((attempt() as KubeObject).kind).toBe('ClusterIssuer');
    const ready = await eventually(on, 'the account', () =>
      conditionOf(on, 'cert-manager.io/ClusterIssuer', 'letsencrypt-prod', 'Ready', undefined),
    );
    expect(ready).toMatchObject({ status: 'True', reason: 'ACMEAccountRegistered' });
  });

  it('issues a real certificate for an Ingress whose host leads to the entrance', async () => {
    const on = await stage();
    certManager(on);
    ingressNginx(on);
    on.store.create(ISSUER);
    ingress(on);
    await eventually(on, 'the certificate', () => certificateReady(on) && on.store.get('Secret', NAMESPACE, 'langsmith-tls'));
    const secret = on.store.get('Secret', NAMESPACE, 'langsmith-tls');
    expect(secret?.['type']).toBe('kubernetes.io/tls');
    const certificate = new X509Certificate(Buffer.from((secret?.['data'] as Record<string, string>)['tls.crt'] ?? '', 'base64'));
    expect(certificate.subjectAltName).toBe(`DNS:${HOST}`);
    const { notAfter } = status(on, 'cert-manager.io/Certificate', 'langsmith-tls');
    expect(new Date(certificate.validTo).toISOString().slice(0, 16)).toBe(String(notAfter).slice(0, 16));
    expect(status(on, 'networking.k8s.io/Ingress', 'langsmith-ingress')).toMatchObject({
      loadBalancer: { ingress: [{ ip: expect.any(String) as unknown }] },
    });
  });

  it('says that the host does not resolve when the DNS label is another one', async () => {
    const on = await stage();
    certManager(on);
    ingressNginx(on, 'other');
    on.store.create(ISSUER);
    ingress(on);
    await eventually(on, 'the complaint', () =>
      eventsOf(on, 'langsmith-tls').some((event) => event.includes(`lookup ${HOST} on 10.96.0.10:53: no such host`)),
    );
    expect(certificateReady(on)).toBe(false);
  });

  it('does nothing where it is not installed', async () => {
    const on = await stage();
    ingressNginx(on);
    ingress(on);
    await eventually(
      on,
      'the entrance',
      () => (status(on, 'networking.k8s.io/Ingress', 'langsmith-ingress')['loadBalancer'] as { ingress?: unknown }).ingress,
    );
    expect(on.store.get('Secret', NAMESPACE, 'langsmith-tls')).toBeUndefined();
  });
});

describe('admission of pods', () => {
  it('refuses an unknown ServiceAccount and gives LimitRange defaults', async () => {
    const on = await stage();
    const pod = (serviceAccountName: string): NewObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: NAMESPACE },
      spec: { serviceAccountName, containers: [container()] },
    });
    expect(() => on.controllers.admit(pod('nobody'), 'CREATE')).toThrow(
      'pods "p" is forbidden: error looking up service account langsmith/nobody: serviceaccount "nobody" not found',
    );
    await eventually(on, 'the default account', () => on.store.get('ServiceAccount', NAMESPACE, 'default'));
    on.store.create({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l', namespace: NAMESPACE },
      spec: { limits: [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '100m' }, max: { cpu: '2' } }] },
    });
    const admitted = on.controllers.admit(pod('default'), 'CREATE')['spec'] as { containers: { resources: unknown }[] };
    expect(admitted.containers[0]?.resources).toEqual({ limits: { cpu: '1' }, requests: { cpu: '100m' } });
  });

  it('names the containers that a quota needs limits from', async () => {
    const on = await stage();
    await eventually(on, 'the default account', () => on.store.get('ServiceAccount', NAMESPACE, 'default'));
    on.store.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'langsmith-quota', namespace: NAMESPACE },
      spec: { hard: { 'limits.memory': '160Gi' } },
    });
    const pod: NewObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'agent', namespace: NAMESPACE },
      spec: { containers: [container()] },
    };
    expect(() => on.controllers.admit(pod, 'CREATE')).toThrow(
      'pods "agent" is forbidden: failed quota: langsmith-quota: must specify limits.memory for: main',
    );
  });
});
