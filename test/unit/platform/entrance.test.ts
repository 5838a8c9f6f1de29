import { describe, expect, it } from '@jest/globals';
import type { Outputs } from '../../../src/phases/outputs.js';
import { entranceOf, openEntrance } from '../../../src/platform/entrance.js';
import { fakeCluster, lightOutputs } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const LABEL = 'service.beta.kubernetes.io/azure-dns-label-name';
const ADDON = 'aks-istio-ingressgateway-external';
const service = (name: string): object => ({ kind: 'Service', metadata: { name } });

/** @param minutes 0: one look. */
const open = async (fake: FakeExec, outputs: Partial<Outputs>, minutes = 1): Promise<string> =>
  openEntrance(await fakeCluster(fake), lightOutputs(outputs), minutes);

const applied = (fake: FakeExec): unknown[] =>
  fake.matching(/^kubectl apply/).flatMap((call) => (JSON.parse(call.options.stdin ?? '') as { items: unknown[] }).items);

describe('entrance', () => {
  it('T170 is the one Service of each controller', async () => {
    expect(await open(new FakeExec(), { ingress_controller: 'nginx' })).toBe('ingress-nginx/ingress-nginx-controller');
    expect(await open(new FakeExec(), { ingress_controller: 'istio' })).toBe('istio-system/istio-ingressgateway');
    expect(await open(new FakeExec(), { ingress_controller: 'none' })).toBe('');
    expect(entranceOf({ ingress_controller: 'none' })).toBeUndefined();
  });

  it('T179 of Envoy Gateway is found by the Gateway it was made for, as soon as it is made', async () => {
    const answers = [{ items: [] }, { items: [service('envoy-langsmith-langsmith-gateway-1a2b3c4d')] }];
    const fake = new FakeExec().on(/^kubectl get services --namespace=envoy-gateway-system/, () => JSON.stringify(answers.shift()));
    expect(await open(fake, { ingress_controller: 'envoy-gateway' })).toBe(
      'envoy-gateway-system/envoy-langsmith-langsmith-gateway-1a2b3c4d',
    );
    expect(fake.calls.at(-1)?.args).toContain(
      '--selector=gateway.envoyproxy.io/owning-gateway-name=langsmith-gateway,gateway.envoyproxy.io/owning-gateway-namespace=langsmith',
    );
    expect(fake.matching(/^kubectl (apply|patch|annotate)/)).toEqual([]);
  });

  it('T179 says what Envoy Gateway says when it makes none', async () => {
    const conditions = [{ type: 'Accepted', status: 'False', message: 'no GatewayClass' }];
    const fake = new FakeExec()
      .on(/^kubectl get services/, '{"items":[]}')
      .on(/^kubectl get gateways\.gateway\.networking\.k8s\.io langsmith-gateway/, JSON.stringify({ status: { conditions } }));
    await expect(open(fake, { ingress_controller: 'envoy-gateway' }, 0)).rejects.toMatchObject({
      reason: 'platform-failed',
      detail: expect.stringContaining('for the Gateway langsmith/langsmith-gateway: Accepted=False: no GatewayClass'),
    });
  });

  it('T170 of the Istio add-on belongs to AKS: of it we apply the annotation and nothing else, whatever is there', async () => {
    const fake = (): FakeExec =>
      new FakeExec()
        .on(new RegExp(`^kubectl get service ${ADDON} --namespace=aks-istio-ingress`), JSON.stringify(service(ADDON)))
        .on(/^kubectl apply/, '');
    for (const [dns_label, annotations] of [
      ['traces', { [LABEL]: 'traces' }],
      ['', {}],
    ] as const) {
      const world = fake();
      expect(await open(world, { ingress_controller: 'istio-addon', dns_label })).toBe(`aks-istio-ingress/${ADDON}`);
      expect(applied(world)).toEqual([
        { apiVersion: 'v1', kind: 'Service', metadata: { name: ADDON, namespace: 'aks-istio-ingress', annotations } },
      ]);
    }
  });

  it('says when AKS has not made that Service, and makes none in its place', async () => {
    const fake = new FakeExec().on(/^kubectl get service/, '');
    await expect(open(fake, { ingress_controller: 'istio-addon' }, 0)).rejects.toMatchObject({
      reason: 'platform-failed',
      detail: `AKS has made no Service aks-istio-ingress/${ADDON}`,
    });
    expect(applied(fake)).toEqual([]);
  });
});
