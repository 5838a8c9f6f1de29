import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { brokenRules, type ChartContract, keyProblems, leafPaths } from '../../../src/values/contract.js';

const CONTRACT: ChartContract = {
  line: '9.9',
  keys: {
    'config.hostname': z.string(),
    'config.authType': z.enum(['mixed', 'oauth']),
    'backend.deployment.labels': z.record(z.string(), z.string()),
    'ingress.tls': z.array(z.object({ hosts: z.array(z.string()) })),
  },
  rules: [{ problem: 'config.hostname is missing', isBroken: (at) => at('config.hostname') === undefined }],
};

describe('chart contract', () => {
  it('knows exact keys and whatever stands below a key that is handed on whole', () => {
    expect(
      keyProblems(
        { config: { hostname: 'h' }, backend: { deployment: { labels: { 'a.b/c': 'x' } } }, ingress: { tls: [{ hosts: ['h'] }] } },
        CONTRACT,
      ),
    ).toEqual([]);
  });

  it('names every unknown key with the one it looks like', () => {
    expect(keyProblems({ config: { hostnam: 'h', authtype: 'mixed' } }, CONTRACT)).toEqual([
      { path: 'config.hostnam', problem: 'is not read by the chart; nearest known key: config.hostname' },
      { path: 'config.authtype', problem: 'is not read by the chart; nearest known key: config.authType' },
    ]);
  });

  it('T218: names each leaf of an unknown subtree, and an unknown key at the top', () => {
    expect(keyProblems({ insights: { enabled: true }, backend: { resources: { limits: {} } } }, CONTRACT).map(({ path }) => path)).toEqual([
      'insights.enabled',
      'backend.resources.limits',
    ]);
  });

  it('T186: says what is wrong with a value and where in it', () => {
    expect(
      keyProblems({ backend: { deployment: { labels: { use: true } } }, config: { authType: 'none', hostname: 4 } }, CONTRACT),
    ).toEqual([
      { path: 'backend.deployment.labels', problem: 'Invalid input: expected string, received boolean → at use' },
      { path: 'config.authType', problem: 'Invalid option: expected one of "mixed"|"oauth"' },
      { path: 'config.hostname', problem: 'Invalid input: expected string, received number' },
    ]);
  });

  it('takes a map where a value belongs, and a value where a map of keys belongs, for what they are', () => {
    expect(keyProblems({ config: { hostname: { x: 1 } }, backend: 'none', ingress: null }, CONTRACT)).toEqual([
      { path: 'config.hostname', problem: 'Invalid input: expected string, received object' },
      { path: 'backend', problem: 'is a map of keys in the chart' },
      { path: 'ingress', problem: 'is a map of keys in the chart' },
    ]);
  });

  it('counts an empty map as a key', () => {
    expect(leafPaths({ a: {}, b: { c: null } })).toEqual(['a', 'b.c']);
  });

  it('tells which of its rules the whole breaks', () => {
    expect(brokenRules({ config: {} }, CONTRACT)).toEqual(['config.hostname is missing']);
    expect(brokenRules({ config: { hostname: 'h' } }, CONTRACT)).toEqual([]);
  });
});
