import { describe, expect, it } from '@jest/globals';
import { DeployError } from '../../../src/errors.js';
import { demandApproved } from '../../../src/review/approval.js';
import { type Fingerprint, fingerprintKey, fingerprintOf } from '../../../src/review/fingerprint.js';
import { terraformItems } from '../../../src/review/terraform-items.js';

const DEPLOYMENT = { subscriptionId: 'S', environment: 'production', stateAccount: 'a', stateContainer: 'c', stateKey: 'k' };
const KEY = fingerprintKey(DEPLOYMENT, 'the salt');
const SCOPE = {
  chart: { name: 'langsmith', version: '0.13.28', previous: '0.13.20' },
  change: 'upgraded',
  pending: { revision: 2, status: 'pending-upgrade' },
  drifted: ['Service x'],
  secretVersions: { 'langsmith-license-key': 1 },
  lost: [],
};
const DONE = { ...SCOPE, chart: { ...SCOPE.chart, previous: '0.13.28' }, change: 'unchanged', pending: null, drifted: [] };

const created = (address: string, after: object): object => ({
  address,
  type: 'azurerm_x',
  mode: 'managed',
  change: { actions: ['create'], before: null, after, after_unknown: {}, before_sensitive: false, after_sensitive: {} },
});
const plan = (names: readonly string[], scope: unknown = SCOPE, key = KEY): Fingerprint => {
  const changes = names.map((name) => created(`azurerm_x.${name}`, { name }));
  return fingerprintOf(terraformItems('infrastructure', { resource_changes: changes }), scope, key);
};
const approvedPlan = plan(['a', 'b']);
const refusal = (planned: Fingerprint, hasChanges: boolean, isRerun = true): string => {
  try {
    demandApproved(planned, { approvedPlan, allowedDrift: [], isRerun }, hasChanges);
    return '';
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return `${error.reason} ${error.detail}`;
  }
};

describe('an approval', () => {
  it('is of one plan, and of what is left of it when an earlier attempt did all of it', () => {
    expect(refusal(approvedPlan, true)).toBe('');
    expect(refusal(plan([], DONE), false)).toBe('');
  });

  it('is not of nothing in a first attempt: what was approved was never done, and the run may not say that it was', () => {
    expect(refusal(plan([], DONE), false, false)).toMatch(/^plan-changed /);
  });

  it('is not of half of it: what was done may have changed what the rest means', () => {
    expect(refusal(plan(['b']), true)).toMatch(/^plan-changed .*\n- infrastructure\/azurerm_x\.a is no longer planned$/);
  });

  it.each([
    ['another chart', { ...DONE, chart: { ...DONE.chart, version: '0.13.43' } }, 'chart.version'],
    ['another secret', { ...DONE, secretVersions: { 'langsmith-license-key': 2 } }, 'secretVersions'],
    ['a feature given up', { ...DONE, lost: ['insights'] }, 'lost'],
  ])('is not of %s, though no object would change', (_what, scope, named) => {
    expect(refusal(plan([], scope), false)).toMatch(new RegExp(`^plan-changed [^]*- deployment ${named.replace('.', '\\.')}`));
  });

  it('is of nothing that cannot be compared: a plan made with another key', () => {
    expect(refusal(plan([], DONE, fingerprintKey(DEPLOYMENT, undefined)), false)).toMatch(/^plan-changed [^]*plan again/);
  });

  it('says so when the plan was made by another identity than the one that applies it', () => {
    const by = (principal: string): Fingerprint => {
      const role = created('module.keyvault.azurerm_role_assignment.deployer_secrets_officer', { principal_id: principal });
      return fingerprintOf(terraformItems('infrastructure', { resource_changes: [role] }), SCOPE, KEY);
    };
    const inputs = { approvedPlan: by('planner'), allowedDrift: [], isRerun: false };
    expect(() => demandApproved(by('deployer'), inputs, true)).toThrow(/give both GitHub environments the same AZURE_CLIENT_ID/);
    expect(refusal(plan(['b']), true)).not.toContain('identity');
  });
});
