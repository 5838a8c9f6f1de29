import { isTree, type Tree } from '../admission/tree.js';
import { badRequest } from '../errors.js';
import { canonicalQuantity } from '../quantity.js';
import type { Shape } from './shapes.js';

/** What strict clients want to be told and lenient ones are warned of. */
export interface Decoded {
  readonly value: Tree;
  /** Paths with list indices, e.g. `spec.template.spec.containers[0].imagee`. */
  readonly unknown: readonly string[];
}

const QUANTITY_RULE = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goType(shape: Shape): string {
  switch (shape.is) {
    case 'scalar':
      return (
        {
          bytes: '[]uint8',
          time: 'v1.Time',
          microtime: 'v1.MicroTime',
          intOrString: 'intstr.IntOrString',
          quantity: 'resource.Quantity',
          duration: 'v1.Duration',
        }[shape.type] ?? shape.type
      );
    case 'list':
      return `[]${goType(shape.of)}`;
    case 'map':
      return `map[string]${goType(shape.of)}`;
    case 'struct':
      return `v1.${shape.name}`;
    case 'any':
      return 'interface {}';
  }
}

class Decoder {
  readonly unknown: string[] = [];

  constructor(private readonly what: string) {}

  decode(value: unknown, shape: Shape, path: string, owner: string): unknown {
    if (value === null || value === undefined) return undefined;
    switch (shape.is) {
      case 'any':
        return value;
      case 'scalar':
        return this.#scalar(value, shape.type, path, owner);
      case 'list':
        if (!Array.isArray(value)) this.#mismatch(value, shape, path, owner);
        return (value as unknown[]).map((item, index) => this.decode(item, shape.of, `${path}[${index}]`, owner) ?? null);
      case 'map':
        if (!isTree(value)) this.#mismatch(value, shape, path, owner);
        return this.#map(value, shape.of, path, owner);
      case 'struct':
        if (!isTree(value)) this.#mismatch(value, shape, path, owner);
        return this.#struct(value, shape, path);
    }
  }

  #map(value: Tree, of: Shape, path: string, owner: string): Tree {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        this.decode(inner, of, `${path}.${key}`, owner) ?? (of.is === 'scalar' && of.type === 'string' ? '' : null),
      ]),
    );
  }

  #struct(value: Tree, shape: Extract<Shape, { is: 'struct' }>, path: string): Tree {
    const decoded: Tree = {};
    for (const [key, inner] of Object.entries(value)) {
      const field = shape.fields.get(key);
      const at = path === '' ? key : `${path}.${key}`;
      if (!field) {
        if (shape.open) decoded[key] = inner;
        else this.unknown.push(at);
        continue;
      }
      const result = this.decode(inner, field, at, shape.name);
      if (result !== undefined) decoded[key] = result;
    }
    return decoded;
  }

  #scalar(value: unknown, type: string, path: string, owner: string): unknown {
    const fits = (expected: string) => typeof value === expected;
    switch (type) {
      case 'json':
        return value;
      case 'bool':
        if (!fits('boolean')) this.#mismatch(value, { is: 'scalar', type }, path, owner);
        return value;
      case 'int32':
      case 'int64':
        if (!fits('number') || !Number.isInteger(value)) this.#mismatch(value, { is: 'scalar', type }, path, owner);
        return value;
      case 'float64':
        if (!fits('number')) this.#mismatch(value, { is: 'scalar', type }, path, owner);
        return value;
      case 'intOrString':
        if (!fits('number') && !fits('string')) this.#mismatch(value, { is: 'scalar', type }, path, owner);
        return value;
      case 'quantity': {
        const canonical = canonicalQuantity(value);
        if (canonical === undefined) throw badRequest(`${this.what}: ${QUANTITY_RULE}`);
        return canonical;
      }
      case 'bytes':
        if (!fits('string')) this.#mismatch(value, { is: 'scalar', type }, path, owner);
        return this.#base64(value as string);
      default:
        if (!fits('string')) this.#mismatch(value, { is: 'scalar', type }, path, owner);
        return value;
    }
  }

  #base64(text: string): string {
    const compact = text.replace(/[\r\n]/g, '');
    const bad = /[^A-Za-z0-9+/=]/.exec(compact);
    if (bad || compact.length % 4 !== 0)
      throw badRequest(`${this.what}: illegal base64 data at input byte ${bad?.index ?? compact.length - (compact.length % 4)}`);
    return compact;
  }

  #mismatch(value: unknown, shape: Shape, path: string, owner: string): never {
    // Go names a map's values and a list's items by the field that holds them, without key or index.
    const field =
      shape.is === 'scalar'
        ? path.replace(/\[\d+\]/g, '').replace(/((?:^|\.)(?:labels|annotations|data|stringData|matchLabels|nodeSelector))\..*$/, '$1')
        : path.replace(/\[\d+\]/g, '');
    throw badRequest(
      `${this.what}: json: cannot unmarshal ${jsonType(value)} into Go struct field ${owner}.${field} of type ${goType(shape)}`,
    );
  }
}

/**
 * Reads a JSON body as an object of a known shape: nulls go, quantities become canonical, wrong types are refused.
 * @param what how errors begin, e.g. `Deployment in version "v1" cannot be handled as a Deployment`
 * @throws ApiError 400 in Go's words
 */
export function decodeObject(body: Tree, shape: Shape, what: string): Decoded {
  const decoder = new Decoder(what);
  const value = decoder.decode(body, shape, '', '') as Tree;
  return { value, unknown: decoder.unknown };
}
