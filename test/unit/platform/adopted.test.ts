import { expect, it } from '@jest/globals';
import { adopted } from '../../../src/platform/adopted.js';

it('what Helm takes over gets its marks, which stand in no manifest', () => {
  const manifest = [
    'kind: ClusterIssuer\nmetadata: { name: i, labels: { a: b } }\nspec: { x: 1 }',
    'kind: NetworkPolicy\nmetadata: { name: p }',
  ].join('\n---\n');
  expect(adopted(manifest, ['ClusterIssuer i'], 'langsmith-platform', 'langsmith')).toEqual([
    {
      kind: 'ClusterIssuer',
      metadata: {
        name: 'i',
        labels: { a: 'b', 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': 'langsmith-platform', 'meta.helm.sh/release-namespace': 'langsmith' },
      },
      spec: { x: 1 },
    },
  ]);
  expect(adopted(manifest, [], 'langsmith-platform', 'langsmith')).toEqual([]);
});
