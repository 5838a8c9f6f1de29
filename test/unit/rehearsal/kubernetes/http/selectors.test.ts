import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../../../rehearsal/kubernetes/api.js';
import { fieldSelector, labelSelector } from '../../../../../rehearsal/kubernetes/http/selectors.js';
import { parseResourcePath } from '../../../../../rehearsal/kubernetes/http/path.js';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { app: 'web', tier: 'front' } },
  status: { phase: 'Running' },
} as unknown as KubeObject;

describe('label selectors', () => {
  it.each([
    ['app=web', true],
    ['app==web,tier!=back', true],
    ['app in (api, web),tier', true],
    ['app notin (web)', false],
    ['!canary', true],
    ['canary', false],
    ['missing!=x', true],
    ['', true],
  ])('%s matches: %s', (selector, expected) => {
    expect(labelSelector(selector)(pod)).toBe(expected);
  });

  it('refuses what cannot be parsed', () => {
    expect(() => labelSelector('app in web')).toThrow('unable to parse requirement');
  });
});

describe('field selectors', () => {
  it('compare names and the few fields a kind allows', () => {
    expect(fieldSelector('metadata.name=p,status.phase!=Failed', 'Pod')(pod)).toBe(true);
    expect(fieldSelector('status.phase=Failed', 'Pod')(pod)).toBe(false);
    expect(() => fieldSelector('spec.replicas=1', 'Deployment')).toThrow('field label not supported: spec.replicas');
  });
});

describe('resource paths', () => {
  it.each([
    ['/api/v1/namespaces/a/pods/b/log', { group: '', version: 'v1', resource: 'pods', namespace: 'a', name: 'b', subresource: 'log' }],
    ['/api/v1/namespaces/a', { group: '', version: 'v1', resource: 'namespaces', namespace: undefined, name: 'a', subresource: undefined }],
    [
      '/api/v1/namespaces/a/finalize',
      { group: '', version: 'v1', resource: 'namespaces', namespace: undefined, name: 'a', subresource: 'finalize' },
    ],
    [
      '/apis/apps/v1/deployments',
      { group: 'apps', version: 'v1', resource: 'deployments', namespace: undefined, name: undefined, subresource: undefined },
    ],
    ['/apis/apps/v1', undefined],
    ['/version', undefined],
  ])('%s', (pathname, expected) => {
    expect(parseResourcePath(pathname)).toEqual(expected);
  });
});
