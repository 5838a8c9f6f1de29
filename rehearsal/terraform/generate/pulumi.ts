import type { AttributeSchema, BlockSchema, NestedBlockSchema } from '../schema.js';

interface DocumentedProperty {
  readonly text: string;
  /** `namespace.Interface` of a nested object. */
  readonly reference: string | undefined;
}

/**
 * The prose of @pulumi/azure's declarations: the same upstream documentation, where "Changing this forces a new …" and
 * "Defaults to …" are the only public traces of ForceNew and Default.
 */
export class PulumiDocs {
  /** `inputs` is the text of `types/input.d.ts`. */
  constructor(private readonly inputs: string) {}

  /**
   * Adds forceNew, default and sensitive to `schema` from a resource's `.d.ts` (`declaration`) and `.js` (`compiled`).
   * Attributes without documentation are left as they are.
   */
  annotate(schema: BlockSchema, declaration: string, compiled: string): void {
    const args = /export interface \w+Args \{\n([\s\S]*?)\n\}/.exec(declaration)?.[1];
    if (args === undefined) throw new Error('the declaration has no …Args interface');
    this.#annotateBlock(schema, properties(args));
    const secretList = /additionalSecretOutputs: \[(.*?)\]/.exec(compiled)?.[1] ?? '';
    const secrets = new Set([...secretList.matchAll(/"(\w+)"/g)].map((hit) => hit[1]));
    for (const [name, attribute] of Object.entries(schema.attributes)) {
      if (spellings(name).some((spelling) => secrets.has(spelling))) attribute.sensitive = true;
    }
  }

  #annotateBlock(schema: BlockSchema, documented: ReadonlyMap<string, DocumentedProperty>): void {
    const find = (name: string): DocumentedProperty | undefined =>
      spellings(name)
        .map((spelling) => documented.get(spelling))
        .find((property) => property !== undefined);
    for (const [name, attribute] of Object.entries(schema.attributes)) {
      const property = find(name);
      if (property) annotateAttribute(attribute, property.text);
    }
    for (const [name, nested] of Object.entries(schema.blocks)) {
      const property = find(name);
      if (property) this.#annotateNested(nested, property);
    }
  }

  #annotateNested(nested: NestedBlockSchema, property: DocumentedProperty): void {
    if (forcesNew(property.text)) nested.forceNew = true;
    if (property.reference === undefined) return;
    const [namespace = '', name = ''] = property.reference.split('.');
    const space = this.inputs.indexOf(`export declare namespace ${namespace} {`);
    const start = this.inputs.indexOf(`    interface ${name} {\n`, space);
    if (space < 0 || start < 0) throw new Error(`${property.reference} is not declared`);
    this.#annotateBlock(nested.block, properties(this.inputs.slice(start, this.inputs.indexOf('\n    }\n', start))));
  }
}

function properties(body: string): Map<string, DocumentedProperty> {
  const found = new Map<string, DocumentedProperty>();
  for (const [, doc = '', name = '', type = ''] of body.matchAll(/\/\*\*\n([\s\S]*?)\*\/\s*(\w+)\??: (.*);/g)) {
    const text = doc.replace(/^\s*\* ?/gm, ' ').replace(/\s+/g, ' ');
    found.set(name, { text, reference: /inputs\.(\w+\.\w+)/.exec(type)?.[1] });
  }
  return found;
}

/** Pulumi writes `ip_rule` as `ipRule` or, for collections, `ipRules`. */
function spellings(name: string): string[] {
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [camel, `${camel}s`, `${camel}es`, camel.replace(/y$/, 'ies'), camel.replace(/s$/, '')];
}

/** Unconditional statements only: "… forces a new resource when …" depends on values and belongs to the overlay. */
function forcesNew(text: string): boolean {
  return (
    /Changing (this|the \w+)( (field|value|property|argument))? forces (a new|the creation)/i.test(text) &&
    !/forces a new [^.]*\b(when|if|unless)\b/i.test(text)
  );
}

function annotateAttribute(attribute: AttributeSchema, text: string): void {
  if (forcesNew(text)) attribute.forceNew = true;
  const stated = /Defaults? to `([^`]+)`(?! (?:when|if|unless|for))/.exec(text)?.[1];
  if (stated === undefined || attribute.optional !== true || attribute.computed === true) return;
  const value = stated.replace(/^"(.*)"$/, '$1');
  if (attribute.type === 'string') attribute.default = value;
  else if (attribute.type === 'bool' && /^(true|false)$/.test(value)) attribute.default = value === 'true';
  else if (attribute.type === 'number' && /^-?\d+(\.\d+)?$/.test(value)) attribute.default = Number(value);
}
