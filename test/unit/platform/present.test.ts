import { describe, expect, it } from '@jest/globals';
import { presentPlatform } from '../../../src/platform/present.js';
import { fakeCluster, lightOutputs } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

describe('the present platform', () => {
  it('is the entrance of the controller, looked at and not touched', async () => {
    const fake = new FakeExec().on(
      /^kubectl get service ingress-nginx-controller /,
      '{"kind":"Service","metadata":{"name":"ingress-nginx-controller"}}',
    );
    expect(await presentPlatform(await fakeCluster(fake), lightOutputs())).toEqual({
      namespaces: ['langsmith', 'ingress-nginx'],
      entrance: 'ingress-nginx/ingress-nginx-controller',
    });
  });

  it('keeps the place of an entrance that is gone, so that it is missed', async () => {
    const fake = new FakeExec().on(/^kubectl get services --namespace=envoy-gateway-system/, '{"items":[]}');
    expect(await presentPlatform(await fakeCluster(fake), lightOutputs({ ingress_controller: 'envoy-gateway' }))).toMatchObject({
      entrance: 'envoy-gateway-system/langsmith-gateway',
    });
  });

  it('promises none without a controller of ours', async () => {
    expect(await presentPlatform(await fakeCluster(new FakeExec()), lightOutputs({ ingress_controller: 'none' }))).toEqual({
      namespaces: ['langsmith'],
      entrance: '',
    });
  });
});
