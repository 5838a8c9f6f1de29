import { describe, expect, it } from '@jest/globals';
import { merge, refresh, settle } from '../../../../../rehearsal/terraform/engine/state.js';
import type { BlockSchema } from '../../../../../rehearsal/terraform/schema.js';
import { Unknown } from '../../../../../rehearsal/terraform/values.js';

const SCHEMA: BlockSchema = {
  attributes: {
    id: { type: 'string', computed: true },
    value_wo: { type: 'string', optional: true, writeOnly: true },
    pools: { type: ['list', ['object', { name: 'string', zones: ['set', 'string'] }]], computed: true },
    tags: { type: ['map', 'string'], optional: true },
  },
  blocks: {
    acl: { nesting: 'list', block: { attributes: { action: { type: 'string', required: true } }, blocks: {} } },
    timeouts: { nesting: 'single', block: { attributes: { create: { type: 'string', optional: true } }, blocks: {} } },
  },
};

describe('settle', () => {
  it('leaves exactly the schema: nothing unknown, nothing write-only, empty blocks as empty lists', () => {
    const settled = settle(SCHEMA, {
      id: Unknown.value,
      value_wo: 'secret',
      pools: [{ name: 'a', extra: 1 }],
      gone: true,
      acl: Unknown.value,
    });
    expect(settled).toEqual({ id: null, value_wo: null, pools: [{ name: 'a', zones: null }], tags: null, acl: [], timeouts: null });
  });

  it('keeps what is there', () => {
    const value = {
      id: '/a',
      value_wo: null,
      pools: [{ name: 'a', zones: ['1'] }],
      tags: { a: 'b' },
      acl: [{ action: 'Deny' }],
      timeouts: { create: '5m' },
    };
    expect(settle(SCHEMA, value)).toEqual(value);
  });
});

describe('merge', () => {
  it('fills in elements of a list that the binding speaks about', () => {
    expect(merge({ identity: [{ type: 'S', principal: Unknown.value }], a: 1 }, { identity: [{ principal: 'p' }] })).toEqual({
      identity: [{ type: 'S', principal: 'p' }],
      a: 1,
    });
  });

  it('replaces a list of another length, and scalars', () => {
    expect(merge({ acl: [], n: 1 }, { acl: [{ action: 'Deny' }], n: 2 })).toEqual({ acl: [{ action: 'Deny' }], n: 2 });
  });
});

describe('refresh', () => {
  it('does not call an empty value drift where nothing was set', () => {
    expect(refresh({ tags: null, name: 'a' }, { tags: {}, name: 'b' })).toEqual({ tags: null, name: 'b' });
  });

  it('shows a tag that somebody took away', () => {
    expect(refresh({ tags: { a: 'b', c: 'd' } }, { tags: { a: 'b' } }).tags).toEqual({ a: 'b' });
    expect(refresh({ tags: { a: 'b' } }, { tags: {} }).tags).toEqual({});
  });
});
