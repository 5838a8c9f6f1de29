import { describe, expect, it } from '@jest/globals';
import { changesBetween, type Holdings } from '../../../rehearsal/holdings.js';

const before: Holdings = {
  resources: new Map([
    ['resource azurerm_key_vault.this', '{"a":1}'],
    ['resource azurerm_subnet.old', '{}'],
    ['serial of infra.tfstate', '4'],
  ]),
  releases: new Map([['Helm release langsmith/langsmith', 'revision 1, deployed']]),
  secrets: new Map([['secret kv/password', 'v1']]),
};

describe('changesBetween', () => {
  it('is empty for the same holdings', () => {
    expect(changesBetween(before, structuredClone(before))).toEqual([]);
  });

  it('names what is new, gone or different, without contents of resources and versions of secrets', () => {
    const after: Holdings = {
      resources: new Map([
        ['resource azurerm_key_vault.this', '{"a":2}'],
        ['resource azurerm_subnet.new', '{}'],
        ['serial of infra.tfstate', '5'],
      ]),
      releases: new Map([
        ['Helm release langsmith/langsmith', 'revision 2, failed'],
        ['Helm release cert-manager/cert-manager', 'revision 1, deployed'],
      ]),
      secrets: new Map([['secret kv/password', 'v2']]),
    };
    expect(changesBetween(before, after)).toEqual([
      'resource azurerm_key_vault.this: changed',
      'resource azurerm_subnet.new: new',
      'resource azurerm_subnet.old: gone',
      'serial of infra.tfstate: 4 -> 5',
      'Helm release cert-manager/cert-manager: new, revision 1, deployed',
      'Helm release langsmith/langsmith: revision 1, deployed -> revision 2, failed',
      'secret kv/password: changed',
    ]);
  });
});
