import { expect, it } from '@jest/globals';
import { byScope } from '../../../src/tools/manifest-scope.js';

it('a manifest is parted by who names a namespace, and stays as it is written', () => {
  const issuer = '# Source: a\nkind: ClusterIssuer\nmetadata: { name: i }\nspec: { on: yes }';
  const certificate = 'kind: Certificate\nmetadata:\n  name: c\n  namespace: istio-system';
  const policy = 'kind: NetworkPolicy\nmetadata:\n  name: p';
  const empty = '# Source: nothing is left of it';
  expect(byScope(`---\n${issuer}\n---\n${certificate}\n---\n${empty}\n---\n${policy}\n`)).toEqual({
    named: `\n${certificate}\n`,
    unnamed: `\n${issuer}\n\n---\n\n${empty}\n\n---\n\n${policy}\n`,
  });
  expect(byScope('')).toEqual({ named: '', unnamed: '' });
});
