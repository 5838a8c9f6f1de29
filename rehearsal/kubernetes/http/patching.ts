import jsonPatch from 'fast-json-patch';
import { isTree, type Tree } from '../admission/tree.js';
import { ApiError, type KubeObject } from '../api.js';
import { badRequest, notFound } from '../errors.js';
import { apiVersionOf } from '../kinds.js';
import { applyConfiguration } from '../patch/apply.js';
import type { Writer } from '../patch/managers.js';
import { mergePatch } from '../patch/merge.js';
import { strategicMerge } from '../patch/strategic.js';
import { checkTyped } from '../patch/typed.js';
import { decodeObject } from '../schema/decode.js';
import { shapeOf } from '../schema/shapes.js';
import type { Exchange } from './exchange.js';
import type { Target } from './rest.js';
import { copy } from '../json.js';

export interface Patched {
  readonly object: KubeObject;
  /** managedFields are already what they will be. */
  readonly tracked: boolean;
}

function jsonPatched(current: KubeObject, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest('a JSON patch is a list of operations');
  try {
    return jsonPatch.applyPatch(copy(current), operations as jsonPatch.Operation[], true, true).newDocument;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ApiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`);
  }
}

/**
 * The object a patch makes of `current`; only server-side apply may make one out of nothing.
 * @param decode reads a patched document back as the target's kind
 * @throws ApiError 404 for a patch of nothing, 409 for conflicts of ownership, 415 for patch types a kind does not take
 */
export function applyPatchTo(
  exchange: Exchange,
  target: Target,
  current: KubeObject | undefined,
  writer: Writer,
  decode: (body: Tree) => KubeObject,
): Patched {
  const { type, version, path } = target;
  const shape = shapeOf(type, version);
  if (exchange.contentType === 'application/apply-patch+yaml') {
    const config = exchange.object();
    if (!exchange.query.get('fieldManager'))
      throw badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
    return { object: applied(exchange, target, current, config, writer), tracked: true };
  }
  if (!current) throw notFound(type, path.name ?? '');
  const patch = exchange.value();
  let result: unknown;
  switch (exchange.contentType) {
    case 'application/json-patch+json':
      result = jsonPatched(current, patch);
      break;
    case 'application/merge-patch+json':
      result = mergePatch(current, patch);
      break;
    case 'application/strategic-merge-patch+json':
      if (type.custom)
        throw unsupported(exchange.contentType, [
          'application/json-patch+json',
          'application/merge-patch+json',
          'application/apply-patch+yaml',
        ]);
      if (!isTree(patch)) throw badRequest('a strategic merge patch is an object');
      result = strategicMerge(current, patch, shape);
      break;
    default:
      throw unsupported(exchange.contentType, [
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/strategic-merge-patch+json',
        'application/apply-patch+yaml',
      ]);
  }
  if (!isTree(result)) throw badRequest('the patch leaves no object');
  return { object: decode(result), tracked: false };
}

function unsupported(contentType: string, accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}; it was ${contentType}`,
  );
}

function applied(
  exchange: Exchange,
  { type, version, path }: Target,
  live: KubeObject | undefined,
  config: Tree,
  writer: Writer,
): KubeObject {
  const apiVersion = apiVersionOf(type.group, version);
  if (config['apiVersion'] !== apiVersion || config['kind'] !== type.kind) {
    throw badRequest(`Invalid value: ${JSON.stringify(config['apiVersion'])}: must be ${apiVersion}, Kind=${type.kind}`);
  }
  const shape = shapeOf(type, version);
  const metadata: Tree = isTree(config['metadata']) ? config['metadata'] : {};
  if (metadata['name'] !== undefined && metadata['name'] !== path.name) {
    throw badRequest(`the name of the object (${String(metadata['name'])}) does not match the name on the URL (${path.name ?? ''})`);
  }
  const named = {
    ...config,
    metadata: { ...metadata, name: path.name, ...(path.namespace === undefined ? {} : { namespace: path.namespace }) },
  } as unknown as KubeObject;
  if (named.metadata.managedFields) throw badRequest('metadata.managedFields must be nil');
  checkTyped(named, shape);
  const typed = decodeObject(named, shape, `failed to convert new object (${apiVersion}, Kind=${type.kind})`)
    .value as unknown as KubeObject;
  return applyConfiguration({ live, config: typed, writer, force: exchange.query.get('force') === 'true', shape });
}
