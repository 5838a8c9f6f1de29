import { describe, expect, it } from '@jest/globals';
import { mergePatch } from '../../../../../rehearsal/kubernetes/patch/merge.js';
import { strategicMerge } from '../../../../../rehearsal/kubernetes/patch/strategic.js';
import { builtInShape, type Shape } from '../../../../../rehearsal/kubernetes/schema/shapes.js';

const shape = builtInShape('apps/v1', 'Deployment') as Shape;
const inPod = (spec: unknown) => ({ spec: { template: { spec } } });
const patchPod = (original: unknown, patch: unknown) => strategicMerge(inPod(original), inPod(patch), shape);

describe('strategic merge patch', () => {
  it('merges containers by name and their variables by name', () => {
    const original = {
      containers: [
        { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
        { name: 'b', image: 'b:1' },
      ],
    };
    const patch = { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] };
    const env = [
      { name: 'Y', value: '2' },
      { name: 'X', value: '1' },
    ];
    expect(patchPod(original, patch)).toEqual(
      inPod({
        containers: [
          { name: 'a', image: 'a:1', env },
          { name: 'b', image: 'b:1' },
        ],
      }),
    );
  });

  it('orders as $setElementOrder says and deletes what $patch says', () => {
    const original = { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] };
    const patch = {
      $setElementOrder: 'ignored',
      containers: [{ name: 'b', $patch: 'delete' }, { name: 'd' }],
      '$setElementOrder/containers': [{ name: 'd' }, { name: 'c' }, { name: 'a' }],
    };
    const { $setElementOrder: _unused, ...clean } = patch;
    expect(patchPod(original, clean)).toEqual(inPod({ containers: [{ name: 'd' }, { name: 'c' }, { name: 'a' }] }));
  });

  it('replaces lists without a merge key, and everything when told', () => {
    expect(patchPod({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] })).toEqual(inPod({ tolerations: [{ key: 'b' }] }));
    expect(patchPod({ containers: [{ name: 'a' }] }, { containers: [{ name: 'z' }, { $patch: 'replace' }] })).toEqual(
      inPod({ containers: [{ name: 'z' }] }),
    );
    expect(patchPod({ securityContext: { runAsUser: 1 } }, { securityContext: { $patch: 'replace', fsGroup: 2 } })).toEqual(
      inPod({ securityContext: { fsGroup: 2 } }),
    );
  });

  it('drops the keys of a union that are not retained', () => {
    const original = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(strategicMerge(original, patch, shape)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  });

  it('removes by null and by value, and refuses items without their key', () => {
    expect(
      strategicMerge(
        { metadata: { finalizers: ['a', 'b'], labels: { x: '1' } } },
        { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], labels: null } },
        shape,
      ),
    ).toEqual({
      metadata: { finalizers: ['b'] },
    });
    expect(() => patchPod({ containers: [] }, { containers: [{ image: 'x' }] })).toThrow('does not contain declared merge key: name');
  });
});

describe('JSON merge patch', () => {
  it('deletes by null, merges mappings and replaces lists', () => {
    expect(mergePatch({ a: { b: 1, c: 2 }, d: [1, 2] }, { a: { b: null, e: 3 }, d: [3] })).toEqual({ a: { c: 2, e: 3 }, d: [3] });
  });
});
