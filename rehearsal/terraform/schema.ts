/** A cty type as Terraform writes it in JSON: `"string"`, `["list", "string"]`, `["object", { name: "string" }]`. */
export type CtyType = 'string' | 'number' | 'bool' | ['list' | 'set' | 'map', CtyType] | ['object', Readonly<Record<string, CtyType>>];

export interface AttributeSchema {
  type: CtyType;
  required?: true;
  optional?: true;
  computed?: true;
  sensitive?: true;
  writeOnly?: true;
  /** A change makes Terraform replace the resource. */
  forceNew?: true;
  /** What the provider plans for an optional attribute that is left out. */
  default?: string | number | boolean;
  /** Protocol 6: an object with attributes of its own. `type` then says the same without what is required of them. */
  nested?: NestedAttributes;
}

export interface NestedAttributes {
  nesting: 'single' | 'list' | 'set';
  attributes: Record<string, AttributeSchema>;
}

export interface NestedBlockSchema {
  nesting: 'single' | 'list' | 'set';
  minItems?: number;
  maxItems?: number;
  /** Filled in by the provider when the configuration leaves it out. */
  computed?: true;
  forceNew?: true;
  block: BlockSchema;
}

export interface BlockSchema {
  attributes: Record<string, AttributeSchema>;
  blocks: Record<string, NestedBlockSchema>;
}

/** The generated file: everything Terraform may ask of one provider. */
export interface ProviderSchemas {
  /** Where the schemas come from, e.g. `@cdktn/provider-azurerm@16.1.0`. */
  readonly generatedFrom: readonly string[];
  readonly providerVersion: string;
  readonly provider: BlockSchema;
  readonly resources: Readonly<Record<string, BlockSchema>>;
  readonly dataSources: Readonly<Record<string, BlockSchema>>;
  readonly ephemeralResources: Readonly<Record<string, BlockSchema>>;
}

/** `resource.block.attribute` looked up by path; blocks by name, without indices. */
export function blockAt(schema: BlockSchema, path: readonly string[]): BlockSchema {
  let block = schema;
  for (const step of path) {
    const nested = block.blocks[step];
    if (!nested) throw new Error(`no nested block "${step}" in "${path.join('.')}"`);
    block = nested.block;
  }
  return block;
}

/** The type of a whole block as one object: attributes and nested blocks together. */
export function blockType(schema: BlockSchema): CtyType {
  const members: Record<string, CtyType> = {};
  for (const [name, attribute] of Object.entries(schema.attributes)) members[name] = attribute.type;
  for (const [name, nested] of Object.entries(schema.blocks)) {
    const inner = blockType(nested.block);
    members[name] = nested.nesting === 'single' ? inner : [nested.nesting, inner];
  }
  return ['object', members];
}
