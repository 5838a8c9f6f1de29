import { describe, expect, it } from '@jest/globals';
import { nest } from '../../../src/values/merge.js';
import { deployedFeatures, keepFeatures } from '../../../src/release/features.js';

describe('features of a deployed release', () => {
  it('are read from its values', () => {
    expect(deployedFeatures({})).toEqual([]);
    expect(deployedFeatures(nest({ 'config.deployment.enabled': true, 'config.insights.enabled': false }))).toEqual(['deployments']);
    expect(deployedFeatures(nest({ 'config.agentBuilder.enabled': true }))).toEqual(['agent-builder']);
  });

  it('stay when an earlier pass runs again', () => {
    expect(keepFeatures(2, ['deployments', 'agent-builder', 'insights'], [])).toEqual({ pass: 5, lost: [] });
    expect(keepFeatures(4, ['deployments'], [])).toEqual({ pass: 4, lost: [] });
  });

  it('go only by name, from the last pass down', () => {
    const deployed = ['deployments', 'agent-builder', 'insights'] as const;
    expect(keepFeatures(2, deployed, ['insights', 'module.storage'])).toEqual({ pass: 4, lost: ['insights'] });
    expect(keepFeatures(2, deployed, ['deployments', 'agent-builder', 'insights'])).toEqual({
      pass: 2,
      lost: ['deployments', 'agent-builder', 'insights'],
    });
    // What a kept feature stands on cannot go.
    expect(keepFeatures(2, deployed, ['agent-builder'])).toEqual({ pass: 5, lost: [] });
  });
});
