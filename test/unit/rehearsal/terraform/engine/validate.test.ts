import { describe, expect, it } from '@jest/globals';
import { validateConfig, type Constraints } from '../../../../../rehearsal/terraform/engine/validate.js';
import type { BlockSchema } from '../../../../../rehearsal/terraform/schema.js';
import { Unknown, type ValueObject } from '../../../../../rehearsal/terraform/values.js';

const SCHEMA: BlockSchema = {
  attributes: {
    name: { type: 'string', required: true },
    value: { type: 'string', optional: true },
    value_wo: { type: 'string', optional: true, writeOnly: true },
    value_wo_version: { type: 'number', optional: true },
  },
  blocks: {},
};
const CONSTRAINTS: Constraints = {
  exactlyOneOf: [['value', 'value_wo']],
  pattern: { name: { matches: /^[a-z]+$/, message: '"name" must be lower case' } },
};

function problems(config: ValueObject): string[] {
  return validateConfig(SCHEMA, CONSTRAINTS, { name: 'a', ...config }).map(({ summary, detail }) => (detail === '' ? summary : detail));
}

describe('validateConfig', () => {
  it('accepts a complete configuration, known or not', () => {
    expect(problems({ value_wo: 'x', value_wo_version: 1 })).toEqual([]);
    expect(problems({ value_wo: Unknown.value, value_wo_version: Unknown.value, name: Unknown.value })).toEqual([]);
    expect(problems({ value: 'x' })).toEqual([]);
  });

  it('wants a write-only value and its version together', () => {
    expect(problems({ value: 'x', value_wo_version: 1 })).toEqual([
      '"value_wo_version": all of `value_wo,value_wo_version` must be specified',
    ]);
    expect(problems({ value_wo: 'x' })).toEqual(['"value_wo": all of `value_wo,value_wo_version` must be specified']);
  });

  it('wants exactly one of a group', () => {
    expect(problems({})).toEqual(['"value": one of `value,value_wo` must be specified']);
    expect(problems({ value: 'x', value_wo: 'y', value_wo_version: 1 })).toEqual([
      '"value": only one of `value,value_wo` can be specified, but `value,value_wo` were specified.',
    ]);
  });

  it('checks names before Azure does', () => {
    expect(problems({ value: 'x', name: 'UPPER' })).toEqual(['"name" must be lower case']);
  });
});
