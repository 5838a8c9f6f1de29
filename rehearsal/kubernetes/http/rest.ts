import { isTree, type Tree } from '../admission/tree.js';
import { ApiError, type Admission, type KubeObject } from '../api.js';
import { badRequest, conflict, invalid, notFound } from '../errors.js';
import { apiVersionOf, kindId, type ResourceType } from '../kinds.js';
import { trackUpdate, type Writer } from '../patch/managers.js';
import { decodeObject } from '../schema/decode.js';
import { shapeOf } from '../schema/shapes.js';
import type { ObjectStore, Propagation } from '../store.js';
import { metadataOnly, tableOf, type RowObject } from '../tables/table.js';
import type { Exchange } from './exchange.js';
import { applyPatchTo } from './patching.js';
import type { ResourcePath } from './path.js';
import { selectorOf } from './selectors.js';
import type { Watches } from './watch.js';

/** What every verb needs: the kind asked for, in which version, where. */
export interface Target {
  readonly type: ResourceType;
  readonly version: string;
  readonly path: ResourcePath;
}

/** Create, read, change and delete: the verbs every stored kind has. */
export class Rest {
  constructor(
    private readonly store: ObjectStore,
    private readonly watches: Watches,
    private readonly now: () => number,
    private readonly admission: Admission,
  ) {}

  list(exchange: Exchange, { type, version, path }: Target): void {
    const matches = selectorOf(exchange.query, type.kind);
    const id = kindId(type.group, type.kind);
    const apiVersion = apiVersionOf(type.group, version);
    if (['true', '1'].includes(exchange.query.get('watch') ?? '')) {
      const bookmark = (metadata: Tree) =>
        exchange.accept.includes('as=Table')
          ? { ...tableOf(type, version, [], this.#tableOptions(exchange)), metadata }
          : exchange.accept.includes('as=PartialObjectMetadata')
            ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
            : { kind: type.kind, apiVersion, metadata };
      this.watches.serve(exchange, {
        type,
        namespace: path.namespace,
        matches,
        render: (object) => this.#rendered(exchange, type, version, object),
        bookmark,
      });
      return;
    }
    const objects = this.store.peek(id, path.namespace).filter(matches);
    const metadata = { resourceVersion: this.store.version };
    if (exchange.accept.includes('as=Table')) exchange.send(200, tableOf(type, version, objects, this.#tableOptions(exchange)));
    else if (exchange.accept.includes('as=PartialObjectMetadataList')) {
      exchange.send(200, { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: objects.map(metadataOnly) });
    } else
      exchange.send(200, { kind: `${type.kind}List`, apiVersion, metadata, items: objects.map((object) => ({ ...object, apiVersion })) });
  }

  get(exchange: Exchange, target: Target): void {
    exchange.send(200, this.#rendered(exchange, target.type, target.version, this.require(target)));
  }

  create(exchange: Exchange, target: Target): void {
    const { type, version, path } = target;
    const object = this.decode(exchange, target, exchange.object());
    if (path.namespace !== undefined) this.#settleNamespace(object, path.namespace);
    object.metadata.managedFields = trackUpdate(
      undefined,
      object,
      this.writer(exchange, target),
      shapeOf(type, version),
      type.subresources.includes('status'),
    );
    exchange.send(201, this.#rendered(exchange, type, version, this.#admitNew(exchange, object)));
  }

  replace(exchange: Exchange, target: Target): void {
    const { type, path } = target;
    const object = this.decode(exchange, target, exchange.object());
    this.#settleName(object, target);
    if (path.namespace !== undefined) this.#settleNamespace(object, path.namespace);
    if (type.custom && !object.metadata.resourceVersion) {
      throw invalid(type, object.metadata.name, [
        { field: 'metadata.resourceVersion', reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be specified for an update' },
      ]);
    }
    const current = this.require(target);
    exchange.send(200, this.#rendered(exchange, type, target.version, this.write(exchange, target, current, object)));
  }

  patch(exchange: Exchange, target: Target): void {
    const { type, version, path } = target;
    const current = this.store.get(kindId(type.group, type.kind), path.namespace, path.name ?? '');
    const patched = applyPatchTo(
      exchange,
      target,
      current && { ...current, apiVersion: apiVersionOf(type.group, version) },
      this.writer(exchange, target),
      (body) => this.decode(exchange, target, body),
    );
    if (!current) {
      exchange.send(201, this.#rendered(exchange, type, version, this.#admitNew(exchange, patched.object)));
      return;
    }
    this.#settleName(patched.object, target);
    const written = patched.tracked
      ? this.#admitChanged(exchange, target, patched.object)
      : this.write(exchange, target, current, patched.object);
    exchange.send(200, this.#rendered(exchange, type, version, written));
  }

  delete(exchange: Exchange, target: Target): void {
    const { type, path } = target;
    const current = this.require(target);
    const options = this.#deleteOptions(exchange);
    const wanted = isTree(options['preconditions']) ? options['preconditions'] : {};
    for (const field of ['uid', 'resourceVersion'] as const) {
      if (wanted[field] !== undefined && wanted[field] !== current.metadata[field]) {
        throw conflict(
          type,
          current.metadata.name,
          `Precondition failed: ${field} in precondition: ${String(wanted[field])}, ${field} in object meta: ${current.metadata[field]}`,
        );
      }
    }
    const left = exchange.dryRun
      ? undefined
      : this.store.removeWith(kindId(type.group, type.kind), path.namespace, current.metadata.name, propagationOf(options));
    if (left) exchange.send(200, this.#rendered(exchange, type, target.version, left));
    else {
      const group = type.group === '' ? {} : { group: type.group };
      const details = { name: current.metadata.name, ...group, kind: type.plural, uid: current.metadata.uid };
      exchange.send(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
    }
  }

  deleteCollection(exchange: Exchange, { type, version, path }: Target): void {
    const id = kindId(type.group, type.kind);
    const objects = this.store.peek(id, path.namespace).filter(selectorOf(exchange.query, type.kind));
    const propagation = propagationOf(this.#deleteOptions(exchange));
    if (!exchange.dryRun)
      for (const object of objects) this.store.removeWith(id, object.metadata.namespace, object.metadata.name, propagation);
    exchange.send(200, {
      kind: `${type.kind}List`,
      apiVersion: apiVersionOf(type.group, version),
      metadata: { resourceVersion: this.store.version },
      items: objects,
    });
  }

  /** The object a path names. Throws ApiError 404. */
  require({ type, path }: Target): KubeObject {
    const found = this.store.get(kindId(type.group, type.kind), path.namespace, path.name ?? '');
    if (!found) throw notFound(type, path.name ?? '');
    return found;
  }

  /** Stores a changed object under the writer's name. */
  write(exchange: Exchange, target: Target, current: KubeObject, next: KubeObject): KubeObject {
    const { type, version } = target;
    next.metadata.managedFields = trackUpdate(
      current,
      next,
      this.writer(exchange, target),
      shapeOf(type, version),
      type.subresources.includes('status'),
    );
    return this.#admitChanged(exchange, target, next);
  }

  writer(exchange: Exchange, { type, version, path }: Target): Writer {
    return {
      manager: exchange.manager,
      apiVersion: apiVersionOf(type.group, version),
      subresource: path.subresource,
      time: new Date(this.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  }

  /** Reads a body as the target's kind; unknown fields are refused, warned of or ignored as the client asked. */
  decode(exchange: Exchange, { type, version, path }: Target, body: Tree): KubeObject {
    const apiVersion = apiVersionOf(type.group, version);
    const sent = { apiVersion: body['apiVersion'] ?? apiVersion, kind: body['kind'] ?? type.kind };
    if (sent.apiVersion !== apiVersion || sent.kind !== type.kind) {
      throw badRequest(
        `the API version in the data (${String(sent.apiVersion)}, Kind=${String(sent.kind)}) does not match the expected API version (${apiVersion}, Kind=${type.kind})`,
      );
    }
    const cannot = `${type.kind} in version ${JSON.stringify(version)} cannot be handled as a ${type.kind}`;
    const { value, unknown } = decodeObject({ ...body, ...sent }, shapeOf(type, version), cannot);
    const mode = exchange.query.get('fieldValidation') ?? 'Warn';
    if (unknown.length > 0 && mode === 'Strict') {
      const list = unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(', ');
      throw badRequest(type.custom ? `strict decoding error: ${list}` : `${cannot}: strict decoding error: ${list}`);
    }
    if (mode === 'Warn') exchange.warnings.push(...unknown.map((field) => `unknown field ${JSON.stringify(field)}`));
    if (!isTree(value['metadata'])) value['metadata'] = {};
    const object = value as unknown as KubeObject;
    if (type.namespaced && path.namespace !== undefined) object.metadata.namespace ??= path.namespace;
    if (!type.namespaced) delete object.metadata.namespace;
    return object;
  }

  #admitNew(exchange: Exchange, object: KubeObject): KubeObject {
    return this.store.create(this.admission(object, 'CREATE'), { dryRun: exchange.dryRun });
  }

  #admitChanged(exchange: Exchange, { path }: Target, object: KubeObject): KubeObject {
    const { dryRun } = exchange;
    if (path.subresource === 'status') return this.store.update(object, 'status', { dryRun });
    const admitted = path.subresource === undefined ? (this.admission(object, 'UPDATE') as KubeObject) : object;
    return this.store.update(admitted, undefined, { dryRun });
  }

  #tableOptions(exchange: Exchange): { now: number; include: RowObject; resourceVersion: string } {
    return {
      now: this.now(),
      include: (exchange.query.get('includeObject') ?? 'Metadata') as RowObject,
      resourceVersion: this.store.version,
    };
  }

  #rendered(exchange: Exchange, type: ResourceType, version: string, object: KubeObject): unknown {
    const shown = { ...object, apiVersion: apiVersionOf(type.group, version) };
    if (exchange.accept.includes('as=Table'))
      return tableOf(type, version, [shown], { ...this.#tableOptions(exchange), resourceVersion: object.metadata.resourceVersion });
    if (exchange.accept.includes('as=PartialObjectMetadata')) return metadataOnly(shown);
    return shown;
  }

  #settleName(object: KubeObject, { path }: Target): void {
    object.metadata.name ??= path.name ?? '';
    if (object.metadata.name !== path.name)
      throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${path.name ?? ''})`);
  }

  #settleNamespace(object: KubeObject, namespace: string): void {
    object.metadata.namespace ??= namespace;
    if (object.metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }

  #deleteOptions(exchange: Exchange): Tree {
    const body = exchange.body.length > 0 ? exchange.object() : {};
    const asked = exchange.query.get('propagationPolicy');
    return asked === null ? body : { ...body, propagationPolicy: asked };
  }
}

function propagationOf(options: Tree): Propagation {
  const policy = options['propagationPolicy'] ?? (options['orphanDependents'] === true ? 'Orphan' : 'Background');
  if (policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan') {
    throw new ApiError(
      422,
      'Invalid',
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    );
  }
  return policy;
}
