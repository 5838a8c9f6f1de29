import { describe, expect, it } from '@jest/globals';
import type { Metadata } from '../../../src/kubernetes/objects.js';
import { staleAutoscalers } from '../../../src/release/autoscalers.js';

const OF = { release: 'langsmith', namespace: 'langsmith' };
const OURS = {
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: { 'meta.helm.sh/release-name': 'langsmith', 'meta.helm.sh/release-namespace': 'langsmith' },
};
const autoscaler = (name: string, metadata: Partial<Metadata>) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, ...metadata },
});

describe('T239 stale autoscalers', () => {
  it('are those of this release that its manifest does not have', () => {
    const manifest = 'kind: HorizontalPodAutoscaler\nmetadata: { name: langsmith-queue }\n';
    const objects = [autoscaler('langsmith-queue', OURS), autoscaler('langsmith-backend', OURS)];
    expect(staleAutoscalers(objects, OF, manifest)).toEqual(['langsmith-backend']);
  });

  it.each([
    ['KEDA', { ...OURS, ownerReferences: [{ kind: 'ScaledObject', name: 'langsmith-queue' }] }],
    ['another release', { ...OURS, annotations: { ...OURS.annotations, 'meta.helm.sh/release-name': 'other' } }],
    ['a person', {}],
    ['another tool', { labels: { 'app.kubernetes.io/managed-by': 'keda-operator' }, annotations: OURS.annotations }],
  ])('are never those of %s', (_who, metadata) => {
    expect(staleAutoscalers([autoscaler('x', metadata)], OF, '')).toEqual([]);
  });
});
