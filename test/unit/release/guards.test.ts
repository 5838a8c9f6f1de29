import { describe, expect, it } from '@jest/globals';
import { chartVersionOf, refuseDowngrade, refuseFeatureLoss } from '../../../src/release/guards.js';

const summary = (chart: string): Parameters<typeof chartVersionOf>[0] => ({ name: 'x', revision: 1, status: 'deployed', chart });

describe('release guards', () => {
  it('read the version out of what Helm lists', () => {
    expect(chartVersionOf(summary('langsmith-0.13.28'), 'langsmith')).toBe('0.13.28');
    expect(chartVersionOf(summary('cert-manager-v1.21.0'), 'cert-manager')).toBe('v1.21.0');
    expect(chartVersionOf(summary('other-1.0.0'), 'langsmith')).toBeUndefined();
  });

  it('refuse an older chart than the deployed one', () => {
    expect(() => {
      refuseDowngrade('0.13.30', '0.13.28');
    }).toThrow(
      expect.objectContaining({
        reason: 'inputs-invalid',
        detail: expect.stringContaining('0.13.28 is older than 0.13.30'),
        fix: expect.stringContaining('0.13.30'),
      }),
    );
  });

  it.each([
    ['0.13.28', '0.13.28'],
    ['0.13.28', '0.13.29'],
    ['0.13.9', '0.13.10'],
  ])('let %s go to %s', (deployed, wanted) => {
    expect(() => {
      refuseDowngrade(deployed, wanted);
    }).not.toThrow();
  });

  it('refuse to turn off what is deployed, unless it is given up by name', () => {
    const deployed = { config: { deployment: { enabled: true }, insights: { enabled: true } } };
    const wanted = { config: { deployment: { enabled: true }, insights: { enabled: false } } };
    expect(() => {
      refuseFeatureLoss(deployed, wanted, ['deployments', 'module.redis[0]']);
    }).toThrow(
      expect.objectContaining({
        reason: 'inputs-invalid',
        detail: 'this run would take away what is deployed: insights',
        fix: expect.stringContaining('approve-irreversible: insights'),
      }),
    );
    expect(() => {
      refuseFeatureLoss(deployed, wanted, ['insights']);
      refuseFeatureLoss({ config: { deployment: { enabled: false } } }, {}, []);
    }).not.toThrow();
  });
});
