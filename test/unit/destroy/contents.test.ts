import { describe, expect, it } from '@jest/globals';
import { addressesOf, held, inOrderOfRemoval, loadBalancers, retainedVolumes } from '../../../src/destroy/contents.js';
import type { KubeObject } from '../../../src/kubernetes/objects.js';

const object = (kind: string, namespace: string | undefined, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...more,
});
const service = (namespace: string, name: string, type: string, ip?: string): KubeObject =>
  object('Service', namespace, name, { spec: { type }, status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } } });

describe('loadBalancers', () => {
  it('T292 are all of the cluster, wherever they are, but those AKS keeps itself', () => {
    const services = [
      service('ingress-nginx', 'controller', 'LoadBalancer', '20.1.1.1'),
      service('team', 'made-by-hand', 'LoadBalancer'),
      service('langsmith', 'frontend', 'ClusterIP'),
      service('aks-istio-ingress', 'gateway', 'LoadBalancer', '20.1.1.2'),
      service('kube-system', 'x', 'LoadBalancer', '20.1.1.3'),
    ];
    const found = loadBalancers(services);
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['controller', 'made-by-hand']);
    expect(addressesOf(found)).toEqual(['20.1.1.1']);
  });
});

describe('inOrderOfRemoval', () => {
  it('takes LangSmith first, what stands beside it next, and add-ons apart, also those that are not chosen any more', () => {
    const release = (name: string, namespace: string, chart: string) => ({ name, namespace, chart, revision: 1, status: 'deployed' });
    const order = inOrderOfRemoval(
      [
        release('cert-manager', 'cert-manager', 'cert-manager-v1'),
        release('a-helper', 'langsmith', 'helper-1.0.0'),
        release('langsmith', 'langsmith', 'langsmith-0.13.28'),
        release('keda', 'langsmith', 'keda-2.0.0'),
      ],
      [
        { name: 'cert-manager', namespace: 'cert-manager' },
        { name: 'keda', namespace: 'keda' },
      ],
    );
    expect(order.product.map(({ name }) => name)).toEqual(['langsmith', 'a-helper', 'keda']);
    expect(order.platform.map(({ name }) => name)).toEqual(['cert-manager']);
  });
});

describe('held', () => {
  it('names finalizers, and of a namespace what Kubernetes says is left in it', () => {
    const agent = object('LGP', 'langsmith', 'assistant');
    const namespace = object('Namespace', undefined, 'langsmith', {
      status: {
        conditions: [
          { type: 'NamespaceContentRemaining', status: 'True', message: 'Some resources are remaining: lgps has 1' },
          { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', message: 'fine' },
        ],
      },
    });
    expect(held([{ ...agent, metadata: { ...agent.metadata, finalizers: ['a/b'] } }, namespace])).toEqual([
      { object: 'LGP langsmith/assistant', by: 'finalizer a/b' },
      { object: 'Namespace langsmith', by: 'Some resources are remaining: lgps has 1' },
    ]);
  });
});

describe('retainedVolumes', () => {
  it('are those of our namespaces whose policy keeps them', () => {
    const volume = (name: string, namespace: string, policy: string): KubeObject =>
      object('PersistentVolume', undefined, name, {
        spec: { claimRef: { namespace, name: 'data' }, persistentVolumeReclaimPolicy: policy, csi: { volumeHandle: `/disks/${name}` } },
      });
    const volumes = [volume('one', 'langsmith', 'Retain'), volume('two', 'langsmith', 'Delete'), volume('three', 'other', 'Retain')];
    expect(retainedVolumes(volumes, ['langsmith'])).toEqual([{ name: 'one', claim: 'langsmith/data', handle: '/disks/one' }]);
  });
});
