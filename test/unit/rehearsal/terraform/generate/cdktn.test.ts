import { describe, expect, it } from '@jest/globals';
import { CdktnModule } from '../../../../../rehearsal/terraform/generate/cdktn.js';

/** A compiled module with `source` embedded the way tsc embeds it. */
function compiled(source: string): string {
  const map = Buffer.from(JSON.stringify({ version: 3, sourcesContent: [source] })).toString('base64');
  return `"use strict";\n//# sourceMappingURL=data:application/json;base64,${map}`;
}

const THING = `
export function thingRuleToHclTerraform(struct?: ThingRule): any {
  const attrs = {
    port: {
      value: cdktn.numberToHclTerraform(struct!.port),
      isBlock: false,
      type: "simple",
      storageClassType: "number",
    },
  };

  // remove undefined attributes
}
export class ThingRuleOutputReference extends cdktn.ComplexObject {
  // id - computed: true, optional: false, required: false
  public get id() {
    return this.getStringAttribute('id');
  }
  // port - computed: false, optional: false, required: true
  private _port?: number;
}
export class ThingKeysOutputReference extends cdktn.ComplexObject {
  // names - computed: true, optional: false, required: false
  public get names() {
    return cdktn.Fn.tolist(this.getListAttribute('names'));
  }
}
export class Thing extends cdktn.TerraformResource {
  // keys - computed: true, optional: false, required: false
  private _keys = new ThingKeysList(this, "keys", false);

  // tags - computed: false, optional: true, required: false
  private _tags?: { [key: string]: string };

  // rule - computed: false, optional: false, required: true
  private _rule = new ThingRuleOutputReference(this, "rule");

  // inline - computed: true, optional: true, required: false
  private _inline = new ThingRuleList(this, "inline", true);

  protected synthesizeHclAttributes(): { [name: string]: any } {
    const attrs = {
      inline: {
        value: cdktn.listMapperHcl(thingRuleToHclTerraform, false)(this._inline.internalValue),
        isBlock: true,
        type: "set",
        storageClassType: "ThingRuleList",
      },
      rule: {
        value: thingRuleToHclTerraform(this._rule.internalValue),
        isBlock: true,
        type: "list",
        storageClassType: "ThingRuleList",
      },
      tags: {
        value: cdktn.hashMapperHcl(cdktn.stringToHclTerraform)(this._tags),
        isBlock: false,
        type: "map",
        storageClassType: "stringMap",
      },
    };

    // remove undefined attributes
  }
}
`;

describe('CdktnModule', () => {
  it('reads attributes, blocks and computed objects back out of generated TypeScript', () => {
    const rule = { id: { type: 'string', computed: true }, port: { type: 'number', required: true } };
    expect(new CdktnModule(compiled(THING)).schema()).toEqual({
      attributes: {
        keys: { type: ['list', ['object', { names: ['set', 'string'] }]], computed: true },
        tags: { type: ['map', 'string'], optional: true },
        inline: { type: ['set', ['object', { id: 'string', port: 'number' }]], optional: true, computed: true },
      },
      blocks: { rule: { nesting: 'list', minItems: 1, maxItems: 1, block: { attributes: rule, blocks: {} } } },
    });
  });

  it('refuses what it cannot read', () => {
    expect(() => new CdktnModule('no map here')).toThrow('no inline source map');
    expect(() => new CdktnModule(compiled('export class Other {}')).schema()).toThrow('declares no resource');
    const strange = THING.replace("return this.getStringAttribute('id');", 'return this.somethingElse;');
    expect(() => new CdktnModule(compiled(strange)).schema()).toThrow('cannot tell the type of id');
  });
});
