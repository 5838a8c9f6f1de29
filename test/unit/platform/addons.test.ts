import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addonValues, readAddons, selectAddons } from '../../../src/platform/addons.js';
import { clusterIssuer, networkPolicies } from '../../../src/platform/guards.js';
import { lightOutputs } from '../../fakes/cluster.js';

const ROOT = path.resolve('.');

describe('add-ons', () => {
  it('are pinned to exact versions', async () => {
    const rows = (await readAddons(ROOT)).map((addon) => `${addon.name} ${addon.chart.version} ${addon.chart.repository}`);
    expect(rows).toEqual([
      'ingress-nginx 4.15.1 https://kubernetes.github.io/ingress-nginx',
      'cert-manager v1.21.0 https://charts.jetstack.io',
    ]);
  });

  it.each([
    ['letsencrypt', ['ingress-nginx', 'cert-manager']],
    ['existing', ['ingress-nginx']],
    ['none', ['ingress-nginx']],
  ] as const)('with tls %s are %j', async (source, names) => {
    expect(selectAddons(await readAddons(ROOT), lightOutputs({ tls_certificate_source: source })).map((addon) => addon.name)).toEqual(
      names,
    );
  });

  it('say which ingress controllers there are when asked for another', async () => {
    const addons = await readAddons(ROOT);
    expect(() => selectAddons(addons, lightOutputs({ ingress_controller: 'istio' }))).toThrow(
      expect.objectContaining({
        reason: 'platform-failed',
        detail: 'no add-on provides ingress_controller = "istio"',
        fix: expect.stringContaining('nginx'),
      }),
    );
  });

  it('put the DNS label on the public Service, and nowhere else', async () => {
    const [nginx, certManager] = await readAddons(ROOT);
    const outputs = lightOutputs({ dns_label: 'traces' });
    const values = { controller: { service: { annotations: { probe: '/healthz' } } } };
    if (nginx === undefined || certManager === undefined) throw new Error('two add-ons are expected');
    expect(addonValues(nginx, values, outputs)).toEqual({
      controller: { service: { annotations: { probe: '/healthz', 'service.beta.kubernetes.io/azure-dns-label-name': 'traces' } } },
    });
    expect(addonValues(certManager, values, outputs)).toBe(values);
    expect(addonValues(nginx, values, lightOutputs({ dns_label: '' }))).toBe(values);
  });
});

describe('guards of the namespace', () => {
  it('let in the namespace itself and the ingress controller', () => {
    expect(networkPolicies('langsmith', 'ingress-nginx')).toMatchObject([
      { metadata: { name: 'default-deny-ingress', namespace: 'langsmith' }, spec: { podSelector: {}, policyTypes: ['Ingress'] } },
      {
        spec: {
          ingress: [
            {
              from: [
                { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'langsmith' } } },
                { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
              ],
            },
          ],
        },
      },
    ]);
  });

  it("issue certificates only with Let's Encrypt over HTTP", () => {
    expect(clusterIssuer(lightOutputs())).toMatchObject({
      kind: 'ClusterIssuer',
      metadata: { name: 'letsencrypt-prod' },
      spec: {
        acme: {
          email: 'ops@example.com',
          privateKeySecretRef: { name: 'letsencrypt-prod-account-key' },
          solvers: [{ http01: { ingress: { ingressClassName: 'nginx' } } }],
        },
      },
    });
    expect(clusterIssuer(lightOutputs({ tls_certificate_source: 'none' }))).toBeUndefined();
  });
});
