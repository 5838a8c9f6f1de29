import { isTree } from '../admission/tree.js';
import type { KubeObject } from '../api.js';
import { ApiError } from '../api.js';
import type { Shape, StructShape } from '../schema/shapes.js';
import { itemStep, join, printPath } from './fields.js';

function goValue(value: unknown): string {
  return `&value.valueUnstructured{Value:${typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value))}}`;
}

function scalarProblem(value: unknown, type: string): string | undefined {
  const fits: Readonly<Record<string, readonly string[]>> = {
    bool: ['boolean'],
    int32: ['number'],
    int64: ['number'],
    float64: ['number'],
    quantity: ['string', 'number'],
    intOrString: ['string', 'number'],
  };
  if (type === 'json') return undefined;
  const allowed = fits[type] ?? ['string'];
  if (allowed.includes(typeof value)) return undefined;
  const expected = allowed[0] === 'number' ? 'numeric (int or float)' : allowed[0] === 'boolean' ? 'boolean' : 'string';
  return `expected ${expected}, got ${goValue(value)}`;
}

function problems(value: unknown, shape: Shape, path: string): string[] {
  const name = path === '' ? '' : printPath(path);
  if (value === null || value === undefined) return [];
  switch (shape.is) {
    case 'any':
      return [];
    case 'scalar': {
      const problem = scalarProblem(value, shape.type);
      return problem ? [`${name}: ${problem}`] : [];
    }
    case 'list': {
      if (!Array.isArray(value)) return [`${name}: expected list, got ${goValue(value)}`];
      const seen = new Set<string>();
      return value.flatMap((item: unknown, index) => {
        const step = itemStep(shape, item, index);
        const twice = shape.mode !== 'atomic' && seen.has(step);
        seen.add(step);
        return [...(twice ? [`${name}: duplicate entries for key ${printPath(step)}`] : []), ...problems(item, shape.of, join(path, step))];
      });
    }
    case 'map':
      if (!isTree(value)) return [`${name}: expected map, got ${goValue(value)}`];
      return Object.entries(value).flatMap(([key, inner]) => problems(inner, shape.of, join(path, `f:${key}`)));
    case 'struct':
      if (!isTree(value)) return [`${name}: expected map, got ${goValue(value)}`];
      return Object.entries(value).flatMap(([key, inner]) => {
        const field = shape.fields.get(key);
        const at = join(path, `f:${key}`);
        if (!field) return shape.open ? [] : [`${printPath(at)}: field not declared in schema`];
        return problems(inner, field, at);
      });
  }
}

/**
 * Server-side apply types the configuration before merging it.
 * @throws ApiError 500 without a reason, as the API server answers, naming each field that does not fit
 */
export function checkTyped(config: KubeObject, shape: StructShape): void {
  const found = problems(config, shape, '');
  if (found.length === 0) return;
  const where = `${config.metadata.namespace ? `${config.metadata.namespace}/` : ''}${config.metadata.name}; ${config.apiVersion.includes('/') ? config.apiVersion : `/${config.apiVersion}`}, Kind=${config.kind}`;
  const list = found.length === 1 ? found[0] : `errors:\n${found.map((problem) => `  ${problem}`).join('\n')}`;
  throw new ApiError(500, '', `failed to create typed patch object (${where}): ${list}`);
}
