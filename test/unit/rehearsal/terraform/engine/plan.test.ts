import { describe, expect, it } from '@jest/globals';
import { changes, planChange } from '../../../../../rehearsal/terraform/engine/plan.js';
import type { BlockSchema } from '../../../../../rehearsal/terraform/schema.js';
import { Unknown, type ValueObject } from '../../../../../rehearsal/terraform/values.js';

const SCHEMA: BlockSchema = {
  attributes: {
    id: { type: 'string', computed: true, optional: true },
    name: { type: 'string', required: true, forceNew: true },
    location: { type: 'string', optional: true, forceNew: true },
    tier: { type: 'string', optional: true, default: 'Standard' },
    size: { type: 'number', optional: true, computed: true },
    zones: { type: ['set', 'string'], optional: true, forceNew: true },
    secret_wo: { type: 'string', optional: true, writeOnly: true },
    secret_wo_version: { type: 'number', optional: true },
    rules: { type: ['set', ['object', { name: 'string', id: 'string' }]], optional: true, computed: true },
  },
  blocks: {
    identity: {
      nesting: 'list',
      maxItems: 1,
      block: {
        attributes: { type: { type: 'string', required: true, forceNew: true }, principal: { type: 'string', computed: true } },
        blocks: {},
      },
    },
    network: {
      nesting: 'list',
      maxItems: 1,
      computed: true,
      forceNew: true,
      block: { attributes: { plugin: { type: 'string', optional: true } }, blocks: {} },
    },
    part: {
      nesting: 'set',
      block: { attributes: { name: { type: 'string', required: true }, part_id: { type: 'string', computed: true } }, blocks: {} },
    },
    timeouts: { nesting: 'single', block: { attributes: { create: { type: 'string', optional: true } }, blocks: {} } },
  },
};
const CONFIG: ValueObject = {
  name: 'a',
  location: 'East US',
  identity: [{ type: 'SystemAssigned' }],
  network: [],
  part: [{ name: 'x' }],
  timeouts: null,
};
const PRIOR: ValueObject = {
  id: '/a',
  name: 'a',
  location: 'eastus',
  tier: 'Standard',
  size: 3,
  zones: ['1', '2'],
  secret_wo: null,
  secret_wo_version: null,
  rules: [{ name: 'r', id: '/r' }],
  identity: [{ type: 'SystemAssigned', principal: 'p' }],
  network: [{ plugin: 'azure' }],
  part: [{ name: 'x', part_id: '/x' }],
  timeouts: null,
};

function paths(config: ValueObject): string[] {
  return planChange(SCHEMA, PRIOR, config).requiresReplace.map(({ steps }) =>
    steps.map((step) => step.attribute_name ?? String(step.element_key_int)).join('.'),
  );
}

describe('planChange', () => {
  it('plans a create: defaults, unknown computed values, blocks the provider fills in, no write-only value', () => {
    const { planned, requiresReplace } = planChange(SCHEMA, null, { ...CONFIG, secret_wo: 'x', secret_wo_version: 1 });
    expect(requiresReplace).toEqual([]);
    expect(planned).toMatchObject({
      id: Unknown.value,
      location: 'eastus',
      tier: 'Standard',
      size: Unknown.value,
      zones: null,
      secret_wo: null,
      secret_wo_version: 1,
    });
    expect(planned.network).toBe(Unknown.value);
    expect(planned.identity).toEqual([{ type: 'SystemAssigned', principal: Unknown.value }]);
  });

  it('keeps what the provider had computed', () => {
    const { planned } = planChange(SCHEMA, PRIOR, { ...CONFIG, zones: ['2', '1'], rules: [{ name: 'r', id: null }] });
    expect(planned).toMatchObject({
      id: '/a',
      size: 3,
      network: [{ plugin: 'azure' }],
      rules: [{ name: 'r', id: '/r' }],
      part: [{ name: 'x', part_id: '/x' }],
    });
    expect(changes(SCHEMA, PRIOR, planned)).toBe(false);
  });

  it('sees a rising write-only version and a new element of a set', () => {
    expect(
      changes(SCHEMA, PRIOR, planChange(SCHEMA, PRIOR, { ...CONFIG, zones: ['1', '2'], secret_wo: 'x', secret_wo_version: 2 }).planned),
    ).toBe(true);
    const { planned } = planChange(SCHEMA, PRIOR, { ...CONFIG, zones: ['1', '2'], part: [{ name: 'y' }] });
    expect(planned.part).toEqual([{ name: 'y', part_id: Unknown.value }]);
    expect(changes(SCHEMA, PRIOR, planned)).toBe(true);
  });

  it('takes a dynamic block that is not known yet as it is', () => {
    expect(planChange(SCHEMA, PRIOR, { ...CONFIG, part: Unknown.value }).planned.part).toBe(Unknown.value);
  });

  it('names what forces a replacement, and only that', () => {
    expect(paths({ ...CONFIG, zones: ['2', '1'], tier: 'Premium' })).toEqual([]);
    expect(paths({ ...CONFIG, zones: ['1', '2'], name: 'b' })).toEqual(['name']);
    expect(paths({ ...CONFIG, zones: ['3'] })).toEqual(['zones']);
    expect(paths({ ...CONFIG, zones: ['1', '2'], identity: [{ type: 'UserAssigned' }] })).toEqual(['identity.0.type']);
    // Contents of a block may change in place though its presence may not.
    expect(paths({ ...CONFIG, zones: ['1', '2'], network: [{ plugin: 'none' }] })).toEqual([]);
    expect(paths({ ...CONFIG, zones: ['1', '2'], name: Unknown.value })).toEqual(['name']);
  });

  it('sees no difference between null and empty', () => {
    expect(changes(SCHEMA, { ...PRIOR, zones: null }, { ...PRIOR, zones: [] })).toBe(false);
  });
});
