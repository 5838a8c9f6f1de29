import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countChanges, describeCounts, resourceChanges } from '../../src/terraform-changes.js';
import { recorded } from '../fixtures/terraform.js';

describe('resourceChanges', () => {
  const changes = resourceChanges(JSON.parse(recorded('show-plan.json')));

  it('reads every action of a recorded plan', () => {
    const actions = Object.fromEntries(changes.map(({ address, action }) => [address, action]));
    expect(actions).toMatchObject({
      'terraform_data.new': 'create',
      'terraform_data.keep': 'update',
      'terraform_data.gone': 'delete',
      'terraform_data.replaced': 'replace',
      'terraform_data.list[11]': 'create',
    });
    expect(countChanges(changes)).toEqual({ add: 2, change: 12, destroy: 1, replace: 1 });
  });

  it('leaves out what does not change, and data sources', () => {
    const resource = (address: string, mode: string, ...actions: string[]): object => ({ address, mode, type: 't', change: { actions } });
    const plan = {
      resource_changes: [resource('a', 'managed', 'no-op'), resource('data.b', 'data', 'read'), resource('c', 'managed', 'forget')],
    };
    expect(resourceChanges(plan)).toEqual([]);
    expect(resourceChanges({})).toEqual([]);
  });

  it('has one order, whatever order the plan has', () => {
    const plan = JSON.parse(recorded('show-plan.json')) as { resource_changes: object[] };
    fc.assert(
      fc.property(fc.shuffledSubarray(plan.resource_changes, { minLength: plan.resource_changes.length }), (resources) => {
        expect(resourceChanges({ resource_changes: resources })).toEqual(changes);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    [['delete', 'create'], 'replace'],
    [['create', 'delete'], 'replace'],
  ])('%j is a %s', (actions, action) => {
    const plan = { resource_changes: [{ address: 'a', mode: 'managed', type: 't', change: { actions } }] };
    expect(resourceChanges(plan)).toEqual([{ address: 'a', type: 't', action }]);
  });
});

describe('describeCounts', () => {
  it.each([
    [{ add: 0, change: 0, destroy: 0, replace: 0 }, 'no changes'],
    [{ add: 3, change: 0, destroy: 1, replace: 0 }, '3 to add, 0 to change, 1 to destroy'],
    [{ add: 0, change: 2, destroy: 0, replace: 1 }, '0 to add, 2 to change, 1 to replace, 0 to destroy'],
  ])('%j', (counts, text) => {
    expect(describeCounts(counts)).toBe(text);
  });
});
