import { describe, expect, it } from '@jest/globals';
import { indexObjects } from '../../../src/release/manifest.js';
import { type Drift, driftOf, scaledBy } from '../../../src/review/drift.js';
import { attributeChanges } from '../../../src/review/leaves.js';
import { objectItems } from '../../../src/review/object-items.js';
import { showItem } from '../../../src/review/items.js';
import type { Tree } from '../../../src/values/merge.js';

const NOBODY: ReadonlySet<string> = new Set();

/** What of a difference counts, as it is shown. */
function found(kind: string, live: Tree | undefined, merged: Tree, scaled = NOBODY): Drift | undefined {
  const object = (tree: Tree): Tree => ({ kind, metadata: { name: 'x' }, ...tree });
  const diff = { kind, name: 'x', namespace: 'n', live: live && object(live), merged: object(merged) };
  return driftOf(diff, `${kind} x`, object(merged), scaled);
}

const told = (drift: Drift | undefined): string[] =>
  drift === undefined ? [] : attributeChanges(drift.before, drift.after).map(({ path }) => path);

describe('drift', () => {
  it('is what somebody changed, and nothing else of the object', () => {
    const drift = found(
      'NetworkPolicy',
      { spec: { podSelector: { a: 'b' }, types: ['Ingress'] } },
      { spec: { podSelector: {}, types: ['Ingress'] } },
    );
    expect(drift).toMatchObject({ id: 'NetworkPolicy x', kind: 'NetworkPolicy', missing: false });
    expect([...(drift?.before ?? [])].map(([path, { text }]) => [path, text])).toEqual([['spec.podSelector.a', '"b"']]);
    expect([...(drift?.after ?? [])].map(([path, { text }]) => [path, text])).toEqual([['spec.podSelector', '{}']]);
  });

  it('is the loss of an object, which is made as the manifest has it', () => {
    expect(found('Service', undefined, { spec: { port: 80 } })).toMatchObject({ missing: true, before: new Map() });
  });

  it.each<[string, string, Tree, Tree, string[]]>([
    ['what the server counts', 'Deployment', { status: { replicas: 1 }, spec: 1 }, { status: { replicas: 2 }, spec: 1 }, []],
    [
      'the certificate of a webhook',
      'ValidatingWebhookConfiguration',
      { webhooks: [{ name: 'a', clientConfig: { caBundle: 'QQ==' } }] },
      { webhooks: [{ name: 'a', clientConfig: { caBundle: '' } }] },
      [],
    ],
    [
      'the address of a webhook, which is no certificate',
      'ValidatingWebhookConfiguration',
      { webhooks: [{ name: 'a', clientConfig: { url: 'https://evil' } }] },
      { webhooks: [{ name: 'a', clientConfig: { url: 'https://good' } }] },
      ['webhooks["a"].clientConfig.url'],
    ],
    [
      'a webhook that Istio has closed',
      'ValidatingWebhookConfiguration',
      { webhooks: [{ name: 'a', failurePolicy: 'Fail' }] },
      { webhooks: [{ name: 'a', failurePolicy: 'Ignore' }] },
      [],
    ],
    [
      'a webhook that somebody opened',
      'ValidatingWebhookConfiguration',
      { webhooks: [{ name: 'a', failurePolicy: 'Ignore' }] },
      { webhooks: [{ name: 'a', failurePolicy: 'Fail' }] },
      ['webhooks["a"].failurePolicy'],
    ],
    [
      'the certificate of an aggregated API',
      'APIService',
      { spec: { caBundle: 'QQ==', group: 'g' } },
      { spec: { caBundle: 'Qg==', group: 'g' } },
      [],
    ],
    ['a field of that name elsewhere', 'ConfigMap', { data: { caBundle: 'a' } }, { data: { caBundle: 'b' } }, ['data.caBundle']],
    [
      'the order of environment variables',
      'Deployment',
      {
        spec: {
          env: [
            { name: 'a', value: '1' },
            { name: 'b', value: '2' },
          ],
        },
      },
      {
        spec: {
          env: [
            { name: 'b', value: '2' },
            { name: 'a', value: '1' },
          ],
        },
      },
      [],
    ],
  ])('%s', (_what, kind, live, merged, paths) => {
    expect(told(found(kind, live, merged))).toEqual(paths);
  });

  it.each<[string, object, string[]]>([
    ['an autoscaler', { kind: 'HorizontalPodAutoscaler', spec: { scaleTargetRef: { kind: 'Deployment', name: 'x' } } }, []],
    ['KEDA', { kind: 'ScaledObject', spec: { scaleTargetRef: { name: 'x' } } }, []],
    [
      'an autoscaler of another',
      { kind: 'HorizontalPodAutoscaler', spec: { scaleTargetRef: { kind: 'StatefulSet', name: 'x' } } },
      ['spec.replicas'],
    ],
  ])('leaves the number of replicas to whom it belongs: %s', (_who, scaler, paths) => {
    expect(told(found('Deployment', { spec: { replicas: 7 } }, { spec: { replicas: 3 } }, scaledBy([scaler as Tree])))).toEqual(paths);
  });

  it('never holds what is in a Secret for showing', () => {
    const drift = found('Secret', { data: { key: '*** (before)' } }, { data: { key: '*** (after)' } });
    expect([...(drift?.before ?? [])].map(([path, { sensitive }]) => [path, sensitive])).toEqual([['data.key', true]]);
  });
});

describe('the items of a release', () => {
  const manifest = (replicas: number, image: string): string =>
    `kind: Deployment\nmetadata: { name: x }\nspec: { replicas: ${replicas}, image: ${image} }\n`;
  const drift = found('Deployment', { spec: { replicas: 9, image: 'a' } }, { spec: { replicas: 2, image: 'a' } }) as Drift;
  const items = (after: string, drifted: readonly Drift[]): unknown[] =>
    objectItems({ before: indexObjects(manifest(2, 'a')), after: indexObjects(after) }, drifted, { root: 'release' }).map((item) => {
      const { action, attributes } = showItem(item);
      return [action, ...attributes.map(({ path, before, after: next }) => `${path}: ${before ?? ''} → ${next ?? ''}`)];
    });

  it('are what the chart has anew, and what somebody changed, from how it stands to how it will', () => {
    expect(items(manifest(2, 'a'), [])).toEqual([]);
    expect(items(manifest(2, 'a'), [drift])).toEqual([['update', 'spec.replicas: 9 → 2']]);
    expect(items(manifest(2, 'b'), [drift])).toEqual([['update', 'spec.image: "a" → "b"', 'spec.replicas: 9 → 2']]);
    expect(items(manifest(4, 'a'), [drift])).toEqual([['update', 'spec.replicas: 9 → 4']]);
    expect(items('', [drift])).toEqual([
      ['delete', 'kind: "Deployment" → ', 'metadata.name: "x" → ', 'spec.image: "a" → ', 'spec.replicas: 9 → '],
    ]);
    // Of an add-on, only what drifted is known.
    const none = objectItems({ before: new Map(), after: new Map() }, [drift], { root: 'platform', name: (id) => `of ${id}` });
    expect(none.map(showItem)).toEqual([
      { id: 'of Deployment x', type: 'Deployment', action: 'update', attributes: [{ path: 'spec.replicas', before: '9', after: '2' }] },
    ]);
    const gone = found('Deployment', undefined, { spec: { replicas: 2, image: 'a' } }) as Drift;
    expect(items(manifest(2, 'a'), [gone])).toEqual([
      ['create', 'kind:  → "Deployment"', 'metadata.name:  → "x"', 'spec.image:  → "a"', 'spec.replicas:  → 2'],
    ]);
    const made = objectItems({ before: new Map(), after: new Map() }, [gone], { root: 'platform' }).map(showItem);
    expect(made[0]?.attributes.map(({ path }) => path)).toEqual(['kind', 'metadata.name', 'spec.image', 'spec.replicas']);
  });
});
