import { describe, expect, it } from '@jest/globals';
import { applyOverlay } from '../../../../../rehearsal/terraform/generate/apply-overlay.js';
import type { BlockSchema } from '../../../../../rehearsal/terraform/schema.js';

function schema(): BlockSchema {
  return {
    attributes: { name: { type: 'string', required: true, forceNew: true } },
    blocks: { acl: { nesting: 'list', block: { attributes: { action: { type: 'string', optional: true } }, blocks: {} } } },
  };
}

describe('applyOverlay', () => {
  it('sets and removes flags of attributes and blocks', () => {
    const patched = schema();
    applyOverlay(patched, { name: { forceNew: null, sensitive: true }, acl: { computed: true }, 'acl.action': { default: 'Deny' } });
    expect(patched.attributes.name).toEqual({ type: 'string', required: true, sensitive: true });
    expect(patched.blocks.acl).toMatchObject({ computed: true, block: { attributes: { action: { default: 'Deny' } } } });
  });

  it('does not outlive what it corrects', () => {
    expect(() => applyOverlay(schema(), { gone: { sensitive: true } })).toThrow('the overlay names "gone"');
    expect(() => applyOverlay(schema(), { 'gone.inner': { sensitive: true } })).toThrow('no nested block "gone"');
  });
});
