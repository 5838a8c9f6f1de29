import { describe, expect, it } from '@jest/globals';
import { describeDifference } from '../../../src/review/fingerprint.js';
import { beyond, demandRemainder } from '../../../src/review/remainder.js';
import { terraformItems } from '../../../src/review/terraform-items.js';
import type { PlannedItem } from '../../../src/review/items.js';
import { planned } from '../../fakes/reviews.js';

const items = (...resources: readonly object[]): PlannedItem[] => terraformItems('infrastructure', { resource_changes: resources });

const role = planned('azurerm_role_assignment.vault', ['create'], null, { role: 'Officer' }, { after_unknown: { id: true } });
const secret = (after: object, unknown: object = {}, sensitive: object = {}): object =>
  planned('azurerm_key_vault_secret.key', ['create'], null, after, { after_unknown: unknown, after_sensitive: sensitive });
const first = items(role, secret({ name: 'key', value_wo_version: 1, tags: { a: 'b' } }, { id: true, key_vault_id: true, versions: true }));

const told = (...later: readonly object[]): string[] => beyond(first, items(...later)).map(describeDifference);

describe('the rest of a plan', () => {
  it('may have less, and may know what was not known', () => {
    expect(told()).toEqual([]);
    expect(told(role)).toEqual([]);
    expect(
      told(role, secret({ name: 'key', value_wo_version: 1, tags: { a: 'b' } }, { id: true, key_vault_id: true, versions: true })),
    ).toEqual([]);
    expect(
      told(secret({ name: 'key', value_wo_version: 1, tags: { a: 'b' }, key_vault_id: '/vault', versions: [{ id: 1 }] }, { id: true })),
    ).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'another resource',
      planned('azurerm_key_vault.this', ['update'], { ip: 1 }, { ip: 2 }),
      'infrastructure/azurerm_key_vault.this was not in the approved plan',
    ],
    [
      'another action',
      planned('azurerm_key_vault_secret.key', ['delete', 'create'], { name: 'key' }, { name: 'key' }),
      'infrastructure/azurerm_key_vault_secret.key (action) differs',
    ],
    [
      'another value',
      secret({ name: 'key', value_wo_version: 2, tags: { a: 'b' } }, { id: true }),
      'infrastructure/azurerm_key_vault_secret.key value_wo_version differs',
    ],
    [
      'an attribute more',
      secret({ name: 'key', value_wo_version: 1, tags: { a: 'b', c: 'd' } }, { id: true }),
      'infrastructure/azurerm_key_vault_secret.key tags.c differs',
    ],
    [
      'an attribute less',
      secret({ name: 'key', tags: { a: 'b' } }, { id: true }),
      'infrastructure/azurerm_key_vault_secret.key value_wo_version differs',
    ],
    [
      'a value that was known and is not',
      secret({ value_wo_version: 1, tags: { a: 'b' } }, { id: true, name: true }),
      'infrastructure/azurerm_key_vault_secret.key name differs',
    ],
    [
      'another value that is not shown',
      secret({ name: 'other', value_wo_version: 1, tags: { a: 'b' } }, {}, { name: true }),
      'infrastructure/azurerm_key_vault_secret.key name differs',
    ],
  ])('has no %s', (_what, later, difference) => {
    expect(told(later)).toEqual([difference]);
  });

  it('compares what there was before, too', () => {
    const update = (before: object): PlannedItem[] => items(planned('azurerm_x.y', ['update'], before, { sku: 'b' }));
    expect(beyond(update({ sku: 'a' }), update({ sku: 'c' })).map(describeDifference)).toEqual(['infrastructure/azurerm_x.y sku differs']);
    expect(beyond(update({ sku: 'a' }), update({ sku: 'a' }))).toEqual([]);
  });

  it('may find done what was to be done to the same item', () => {
    const update = (before: object): PlannedItem[] => items(planned('azurerm_x.y', ['update'], before, { sku: 'b', tags: { a: 'b' } }));
    const rest = update({ sku: 'b' });
    expect(beyond(update({ sku: 'a' }), rest).map(describeDifference)).toEqual([]);
  });

  it('plan-changed: is what anything else ends with, but for what allow-drift names', () => {
    const later = items(planned('azurerm_key_vault.this', ['update'], { ip: 1 }, { ip: 2 }));
    expect(() => demandRemainder(first, later, { allowedDrift: [] })).toThrow(
      /- infrastructure\/azurerm_key_vault\.this was not in the approved plan/,
    );
    expect(demandRemainder(first, later, { allowedDrift: ['azurerm_key_vault.*'] })).toEqual([
      'infrastructure/azurerm_key_vault.this was not in the approved plan',
    ]);
  });
});
