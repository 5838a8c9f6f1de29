import { blockType, type AttributeSchema, type BlockSchema, type CtyType, type NestedBlockSchema } from '../schema.js';

/** What the generated TypeScript says about one attribute when it is turned into HCL. */
interface HclEntry {
  readonly isBlock: boolean;
  readonly collection: string;
  readonly storage: string;
  /** The struct whose `…ToHclTerraform` function renders it, when it is not a plain value. */
  readonly struct: string | undefined;
}

interface Member {
  readonly name: string;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  /** Source text up to the next member. */
  readonly body: string;
}

const SCALARS: Readonly<Record<string, CtyType>> = { string: 'string', number: 'number', boolean: 'bool' };
const MEMBER = /^ {2}\/\/ (\w+) - computed: (true|false), optional: (true|false), required: (true|false)$/gm;
const HCL_ENTRY = /^ {4,6}(\w+): \{\s*value: (.+),\s*isBlock: (true|false),\s*type: "(\w+)",\s*storageClassType: "(\w+)",/gm;

/**
 * Reads a provider's schema back out of the TypeScript that cdktn generated from it. The source of each module is embedded in the
 * inline source map of its compiled file. Not in there, and so left to the overlay: sensitivity, optional-and-computed blocks,
 * item limits above one.
 */
export class CdktnModule {
  readonly #source: string;

  /**
   * `compiled` is the text of a module's `index.js`, also one generated before cdktf became cdktn.
   * @param framework the provider is built on the plugin framework: what looks like a block is an attribute with attributes of its own.
   */
  constructor(
    compiled: string,
    private readonly framework = false,
  ) {
    const encoded = /sourceMappingURL=data:application\/json;(?:charset=[\w-]+;)?base64,(\S+)/.exec(compiled)?.[1];
    if (encoded === undefined) throw new Error('the module has no inline source map');
    const map = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as { sourcesContent: string[] };
    this.#source = map.sourcesContent.join('\n').replaceAll('cdktf.', 'cdktn.');
  }

  /** Schema of the one resource, data source or provider the module declares. */
  schema(): BlockSchema {
    const main = /export class (\w+) extends cdktn\.Terraform(?:Resource|DataSource|Provider) \{/.exec(this.#source)?.[1];
    if (main === undefined) throw new Error('the module declares no resource, data source or provider');
    const block = this.#struct(main);
    // cdktn gives provider constructs an alias; Terraform keeps that name for itself.
    delete block.attributes.alias;
    return block;
  }

  #struct(name: string): BlockSchema {
    const block: BlockSchema = { attributes: {}, blocks: {} };
    const entries = this.#hclEntries(name);
    for (const member of this.#members(name, entries)) {
      const entry = entries.get(member.name);
      if (entry?.isBlock && !this.framework) block.blocks[member.name] = this.#nested(member, entry);
      else block.attributes[member.name] = this.#attribute(member, entry);
    }
    return block;
  }

  #classBody(name: string): string | undefined {
    const start = this.#source.search(new RegExp(`^export class ${name} extends`, 'm'));
    return start < 0 ? undefined : this.#source.slice(start, this.#source.indexOf('\n}\n', start));
  }

  #members(struct: string, entries: ReadonlyMap<string, HclEntry>): Member[] {
    const body = this.#classBody(`${struct}OutputReference`) ?? this.#classBody(struct);
    if (body === undefined) return this.#interfaceMembers(struct, entries);
    const hits = [...body.matchAll(MEMBER)];
    return hits.map((hit, index) => ({
      name: hit[1] ?? '',
      computed: hit[2] === 'true',
      optional: hit[3] === 'true',
      required: hit[4] === 'true',
      body: body.slice(hit.index, hits[index + 1]?.index),
    }));
  }

  /** Provider blocks have no accessor classes: what is optional is read off the interface. */
  #interfaceMembers(struct: string, entries: ReadonlyMap<string, HclEntry>): Member[] {
    const text = new RegExp(`^export interface ${struct} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(this.#source)?.[1];
    if (text === undefined) throw new Error(`neither a class nor an interface describes ${struct}`);
    return [...entries.keys()].map((name) => {
      const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      const optional = text.includes(`readonly ${camel}?:`);
      return { name, computed: false, optional, required: !optional, body: '' };
    });
  }

  #hclEntries(struct: string): Map<string, HclEntry> {
    const renderer = `export function ${struct.charAt(0).toLowerCase()}${struct.slice(1)}ToHclTerraform(`;
    let start = this.#source.indexOf(renderer);
    if (start < 0 && this.#source.includes(`export class ${struct} extends cdktn.Terraform`))
      start = this.#source.indexOf('synthesizeHclAttributes()');
    if (start < 0) return new Map();
    const text = this.#source.slice(start, this.#source.indexOf('// remove undefined attributes', start));
    const entries = new Map<string, HclEntry>();
    for (const [, name = '', value = '', isBlock, collection = '', storage = ''] of text.matchAll(HCL_ENTRY)) {
      const renderedBy = /(\w+)ToHclTerraform\b/.exec(value.replaceAll(/cdktn\.\w+ToHclTerraform/g, ''))?.[1];
      const struct = renderedBy === undefined ? undefined : renderedBy.charAt(0).toUpperCase() + renderedBy.slice(1);
      // A block that may be given as an attribute is mapped with `false`.
      const asAttribute = isBlock === 'true' && /listMapperHcl\(\w+, false\)/.test(value);
      entries.set(name, { isBlock: isBlock === 'true' && !asAttribute, collection, storage, struct });
    }
    return entries;
  }

  #nested(member: Member, entry: HclEntry): NestedBlockSchema {
    if (entry.struct === undefined) throw new Error(`block ${member.name} names no struct`);
    const block = this.#struct(entry.struct);
    if (entry.collection === 'struct') return { nesting: 'single', block };
    const single = / = new \w+OutputReference\(/.test(member.body);
    return {
      nesting: entry.collection === 'set' ? 'set' : 'list',
      ...(member.required ? { minItems: 1 } : {}),
      ...(single ? { maxItems: 1 } : {}),
      block,
    };
  }

  #attribute(member: Member, entry: HclEntry | undefined): AttributeSchema {
    return {
      type: this.#type(member, entry),
      ...(member.required ? { required: true } : {}),
      ...(member.optional ? { optional: true } : {}),
      ...(member.computed ? { computed: true } : {}),
      ...this.#nestedAttributes(member, entry),
    };
  }

  #nestedAttributes(member: Member, entry: HclEntry | undefined): Pick<AttributeSchema, 'nested'> {
    if (!this.framework) return {};
    const single = / = new (?!cdktn\.)(\w+?)OutputReference\(this, "\w+"\)/.exec(member.body)?.[1];
    const listed = / = new (?!cdktn\.)(\w+?)List\(this, "\w+", (true|false)\)/.exec(member.body);
    const struct = single ?? listed?.[1] ?? entry?.struct;
    if (struct === undefined) return {};
    const nesting = listed?.[2] === 'true' ? 'set' : listed !== null || entry?.collection === 'list' ? 'list' : 'single';
    return { nested: { nesting, attributes: this.#struct(struct).attributes } };
  }

  #type(member: Member, entry: HclEntry | undefined): CtyType {
    const listed = / = new (?!cdktn\.)(\w+?)List\(this, "\w+", (true|false)\)/.exec(member.body);
    if (listed?.[1] !== undefined) return [listed[2] === 'true' ? 'set' : 'list', blockType(this.#struct(listed[1]))];
    const nested = this.#nestedAttributes(member, entry).nested;
    if (nested?.nesting === 'single') return blockType({ attributes: nested.attributes, blocks: {} });
    if (entry?.struct !== undefined) return [entry.collection === 'set' ? 'set' : 'list', blockType(this.#struct(entry.struct))];
    if (entry) {
      if (entry.collection === 'simple') return scalar(entry.storage, member.name);
      const element = scalar(entry.storage.replace(/(List|Map)$/, ''), member.name);
      if (entry.collection === 'list' || entry.collection === 'set' || entry.collection === 'map') return [entry.collection, element];
    }
    return getterType(member);
  }
}

function scalar(storage: string, name: string): CtyType {
  const type = SCALARS[storage];
  if (type === undefined) throw new Error(`attribute ${name} has the unknown storage class ${storage}`);
  return type;
}

/** Computed-only attributes are never rendered to HCL: their type is in the accessor. */
function getterType(member: Member): CtyType {
  const map = / = new cdktn\.(String|Number|Boolean)Map\(/.exec(member.body)?.[1];
  if (map !== undefined) return ['map', scalar(map.toLowerCase(), member.name)];
  const getter = /this\.get(String|Number|Boolean|List|NumberList|StringMap|NumberMap|BooleanMap)Attribute\(/.exec(member.body)?.[1];
  if (getter === undefined) throw new Error(`cannot tell the type of ${member.name}`);
  const collection = member.body.includes('cdktn.Fn.tolist(') ? 'set' : 'list';
  if (getter === 'List') return [collection, 'string'];
  if (getter === 'NumberList') return [collection, 'number'];
  if (getter.endsWith('Map')) return ['map', scalar(getter.replace(/Map$/, '').toLowerCase(), member.name)];
  return scalar(getter.toLowerCase(), member.name);
}
