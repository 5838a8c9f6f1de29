import { describe, expect, it } from '@jest/globals';
import { changesBetween, type Holdings, summarized } from '../../../rehearsal/holdings.js';

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

describe('summarized', () => {
  it('counts what is many and of one fate, and names the rest', () => {
    const outputs = Array.from({ length: 13 }, (_, index) => `output o${index}: gone`);
    const few = ['resource a.b["x: y"]: gone', 'secret kv/a: gone', 'Helm release a/b: gone', 'serial of x: 1 -> 2'];
    expect(summarized([...outputs, ...few])).toEqual(['13 outputs: gone', ...few]);
    expect(summarized(few)).toEqual(few);
  });
});
