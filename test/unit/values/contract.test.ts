import { describe, expect, it } from '@jest/globals';
import { leafPaths, unknownKeys } from '../../../src/values/contract.js';

const CONTRACT = ['config.hostname', 'config.authType', 'backend.deployment.labels.**', 'ingress.tls.**'];

describe('chart contract', () => {
  it('knows exact keys and whatever stands below a pass-through key', () => {
    expect(
      unknownKeys(
        { config: { hostname: 'h' }, backend: { deployment: { labels: { 'a.b/c': 'x' } } }, ingress: { tls: [{ hosts: ['h'] }] } },
        CONTRACT,
      ),
    ).toEqual([]);
  });

  it('names every unknown key with the one it looks like', () => {
    expect(unknownKeys({ config: { hostnam: 'h', authtype: 'mixed' } }, CONTRACT)).toEqual([
      { path: 'config.hostnam', nearest: 'config.hostname' },
      { path: 'config.authtype', nearest: 'config.authType' },
    ]);
  });

  it('does not take a key below an exact one, nor one that merely begins alike', () => {
    expect(
      unknownKeys({ config: { hostname: { x: 1 } }, backend: { deployment: { labelsX: 1 } } }, CONTRACT).map(({ path }) => path),
    ).toEqual(['config.hostname.x', 'backend.deployment.labelsX']);
  });

  it('counts an empty map as a key', () => {
    expect(leafPaths({ a: {}, b: { c: null } })).toEqual(['a', 'b.c']);
  });
});
