import { describe, expect, it } from '@jest/globals';
import type { DeployError } from '../../../src/errors.js';
import { decodeOutputs, OUTPUT_NAMES } from '../../../src/phases/outputs.js';
import { lightOutputs } from '../../fakes/cluster.js';

/** As `terraform output -json` prints them. */
const wrapped = (outputs: object): Record<string, { value: unknown; type: string; sensitive: boolean }> =>
  Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, { value: value as unknown, type: 'string', sensitive: false }]));

const refusal = (json: unknown): DeployError => {
  try {
    decodeOutputs(json);
  } catch (error) {
    return error as DeployError;
  }
  throw new Error('was meant to fail');
};

describe('decodeOutputs', () => {
  it('gives back what terraform said', () => {
    expect(decodeOutputs(wrapped(lightOutputs()))).toEqual(lightOutputs());
  });

  it('leaves out what no later pass reads', () => {
    expect(decodeOutputs(wrapped({ ...lightOutputs(), another: 1 }))).toEqual(lightOutputs());
  });

  it.each(OUTPUT_NAMES)('refuses to go on without %s', (name) => {
    const { [name as 'names']: _, ...rest } = lightOutputs();
    const error = refusal(wrapped(rest));
    expect(error.reason).toBe('outputs-incomplete');
    expect(error.detail.split('\n').slice(1)).toEqual([expect.stringMatching(new RegExp(`^- ${name}: `))]);
  });

  it.each([
    ['a number for a string', { location: 1 }, '- location: '],
    ['a word nobody knows', { ingress_controller: 'traefik' }, '- ingress_controller: '],
    ['a pool without its size', { node_pools: [{ name: 'large' }] }, '- node_pools.0.vm_size: '],
    ['a version that is no number', { keyvault_secret_versions: { a: '1' } }, '- keyvault_secret_versions.a: '],
    ['null', { langsmith_url: null }, '- langsmith_url: '],
  ])('refuses %s', (_, wrong, problem) => {
    expect(refusal(wrapped({ ...lightOutputs(), ...wrong })).detail).toContain(problem);
  });

  it.each([[{}], [null], [undefined]])('names all of them when there is nothing: %j', (json) => {
    expect(refusal(json).detail.split('\n')).toHaveLength(OUTPUT_NAMES.length + 1);
  });
});
