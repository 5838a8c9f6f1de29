import { describe, expect, it } from '@jest/globals';
import { PulumiDocs } from '../../../../../rehearsal/terraform/generate/pulumi.js';
import type { BlockSchema } from '../../../../../rehearsal/terraform/schema.js';

const INPUTS = `export declare namespace keyvault {
    interface ThingRule {
        /**
         * A port. Defaults to \`443\`.
         */
        port?: pulumi.Input<number | undefined>;
    }
}
`;
const DECLARATION = `export interface ThingArgs {
    /**
     * The name. Changing this forces a new resource to be created.
     */
    name: pulumi.Input<string>;
    /**
     * The size. Changing this forces a new resource to be created when it shrinks.
     */
    size?: pulumi.Input<number | undefined>;
    /**
     * Whether it is on. Defaults to \`true\`.
     */
    enabled?: pulumi.Input<boolean | undefined>;
    /**
     * The tier. Defaults to \`Premium\` when zones are set.
     */
    tier?: pulumi.Input<string | undefined>;
    /**
     * Rules. Changing this forces a new resource to be created.
     */
    rules?: pulumi.Input<pulumi.Input<inputs.keyvault.ThingRule>[] | undefined>;
}
`;
const COMPILED = 'const secretOpts = { additionalSecretOutputs: ["primaryKey"] };';

function schema(): BlockSchema {
  return {
    attributes: {
      name: { type: 'string', required: true },
      size: { type: 'number', optional: true },
      enabled: { type: 'bool', optional: true },
      tier: { type: 'string', optional: true },
      primary_key: { type: 'string', computed: true },
    },
    blocks: { rule: { nesting: 'list', block: { attributes: { port: { type: 'number', optional: true } }, blocks: {} } } },
  };
}

describe('PulumiDocs', () => {
  it('adds what the prose says without conditions', () => {
    const annotated = schema();
    new PulumiDocs(INPUTS).annotate(annotated, DECLARATION, COMPILED);
    expect(annotated.attributes).toEqual({
      name: { type: 'string', required: true, forceNew: true },
      size: { type: 'number', optional: true },
      enabled: { type: 'bool', optional: true, default: true },
      tier: { type: 'string', optional: true },
      primary_key: { type: 'string', computed: true, sensitive: true },
    });
    expect(annotated.blocks.rule).toMatchObject({ forceNew: true, block: { attributes: { port: { default: 443 } } } });
  });

  it('stops when the declarations do not fit together', () => {
    expect(() => new PulumiDocs(INPUTS).annotate(schema(), 'export class Thing {}', '')).toThrow('no …Args interface');
    expect(() => new PulumiDocs('').annotate(schema(), DECLARATION, '')).toThrow('keyvault.ThingRule is not declared');
  });
});
