import { randomUUID } from 'node:crypto';
import { admit } from './admission/admit.js';
import { Allocator, type Allocated } from './admission/allocator.js';
import { ApiError, type ClusterStore, type KubeObject, type NewObject, type ObjectMeta, type StoreEvent } from './api.js';
import { alreadyExists, conflict, forbidden, notFound } from './errors.js';
import { Kinds, groupVersion, kindId, kindOf, type ResourceType } from './kinds.js';
import { copy } from './json.js';
import { desiredChanged, isCounted, sameMeaning } from './meaning.js';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

const FOREGROUND = 'foregroundDeletion';

function suffix(): string {
  return randomUUID().replaceAll('-', '').slice(0, 5);
}

/** Everything in a store: its objects by kind, the newest resourceVersion, and how far addresses and ports are given out. */
export interface StoreSnapshot {
  readonly objects: ReadonlyMap<string, readonly KubeObject[]>;
  readonly version: number;
  readonly allocated: Allocated;
}

/** The objects of one cluster, in memory. See {@link ClusterStore} for what callers may rely on. */
export class ObjectStore implements ClusterStore {
  readonly kinds: Kinds;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #pending: StoreEvent[] = [];
  readonly #allocator = new Allocator();
  #dispatching = false;
  #version = 1000;

  constructor(
    kinds = new Kinds(),
    private readonly now: () => number = Date.now,
  ) {
    this.kinds = kinds;
  }

  /** Shares its objects with the store. */
  snapshot(): StoreSnapshot {
    const objects = new Map([...this.#objects].map(([kind, held]) => [kind, [...held.values()]]));
    return { objects, version: this.#version, allocated: this.#allocator.allocated };
  }

  /** For an empty store, before anybody listens: nothing is told to anybody. */
  restore({ objects, version, allocated }: StoreSnapshot): void {
    for (const [kind, held] of objects)
      this.#objects.set(kind, new Map(held.map((object) => [`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object])));
    for (const definition of this.peek('apiextensions.k8s.io/CustomResourceDefinition')) this.kinds.define(definition);
    this.#version = version;
    this.#allocator.allocated = allocated;
  }

  /** The newest resourceVersion handed out. */
  get version(): string {
    return String(this.#version);
  }

  get(kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    const found = this.#find(this.#type(kind), namespace, name);
    return found && copy(found);
  }

  list(kind: string, namespace?: string): KubeObject[] {
    return this.peek(kind, namespace).map((object) => copy(object));
  }

  /** Like `list` without copying, sorted by namespace and name: for answering requests. Callers must not change what they get. */
  peek(kind: string, namespace?: string): KubeObject[] {
    const all = [...(this.#objects.get(kind) ?? [])].filter(
      ([, object]) => namespace === undefined || object.metadata.namespace === namespace,
    );
    return all.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  create(given: NewObject, options: { dryRun?: boolean } = {}): KubeObject {
    const type = this.#type(kindOf(given));
    const { status, ...desired } = copy(given);
    // A client's status is dropped where status has its own door; controllers set it by update(object, 'status').
    const ownDoor = type.subresources.includes('status') && given.kind !== 'Node';
    const body = ownDoor || status === undefined ? desired : { ...desired, status };
    const metadata = this.#newMetadata(type, given.metadata);
    const draft = { ...body, metadata } as KubeObject;
    this.#checkNamespace(type, draft);
    if (this.#find(type, metadata.namespace, metadata.name)) throw alreadyExists(type, metadata.name);
    const object = admit(type, draft, undefined, this.#allocator);
    if (isCounted(type, object)) object.metadata.generation = 1;
    if (options.dryRun) return object;
    this.#write(type, object, undefined);
    return copy(object);
  }

  update(given: KubeObject, subresource?: 'status', options: { dryRun?: boolean } = {}): KubeObject {
    const type = this.#type(kindOf(given));
    const name = given.metadata.name;
    const current = this.#find(type, given.metadata.namespace, name);
    if (!current) throw notFound(type, name);
    if (given.metadata.uid && given.metadata.uid !== current.metadata.uid) {
      throw conflict(
        type,
        name,
        `Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${current.metadata.uid}`,
      );
    }
    if (given.metadata.resourceVersion && given.metadata.resourceVersion !== current.metadata.resourceVersion) throw conflict(type, name);

    const draft = copy(subresource === 'status' ? this.#withStatus(given, current) : this.#withoutStatus(type, given, current));
    const object = admit(type, draft, current, this.#allocator);
    if (sameMeaning(object, current)) return copy(current);
    const generation = current.metadata.generation;
    if (generation !== undefined)
      object.metadata.generation = subresource !== 'status' && desiredChanged(type, object, current) ? generation + 1 : generation;
    if (options.dryRun) return object;
    if (object.metadata.deletionTimestamp && this.#released(object)) {
      this.#erase(type, object);
      return copy(object);
    }
    this.#write(type, object, current);
    return copy(object);
  }

  remove(kind: string, namespace: string | undefined, name: string): void {
    this.removeWith(kind, namespace, name, 'Background');
  }

  /** Deletes with a propagation policy; returns the object as it stands after the call when finalizers hold it, else undefined. */
  removeWith(kind: string, namespace: string | undefined, name: string, propagation: Propagation): KubeObject | undefined {
    const type = this.#type(kind);
    const current = this.#find(type, namespace, name);
    if (!current) return undefined;
    if (propagation === 'Orphan') this.#orphanDependants(current);
    if (kind === 'Namespace') return this.#terminate(type, current);

    const held = propagation === 'Foreground' && this.#dependants(current).length > 0;
    const finalizers = [...(current.metadata.finalizers ?? []), ...(held ? [FOREGROUND] : [])];
    if (finalizers.length === 0) {
      this.#erase(type, current);
      return undefined;
    }
    const marked = copy(current);
    marked.metadata.deletionTimestamp ??= this.#timestamp();
    marked.metadata.finalizers = [...new Set(finalizers)];
    if (!sameMeaning(marked, current)) this.#write(type, marked, current);
    if (held) this.#removeDependants(current, true);
    const left = this.#find(type, namespace, name);
    return left && copy(left);
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #type(kind: string): ResourceType {
    const type = this.kinds.get(kind);
    if (!type) throw new ApiError(404, 'NotFound', `the server could not find the requested resource: no kind "${kind}" is served here`);
    return type;
  }

  #find(type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(kindId(type.group, type.kind))?.get(`${type.namespaced ? (namespace ?? '') : ''}/${name}`);
  }

  #timestamp(): string {
    return new Date(this.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  #newMetadata(type: ResourceType, given: Partial<ObjectMeta>): ObjectMeta {
    const { uid: _uid, resourceVersion: _version, generation: _generation, deletionTimestamp: _deleted, namespace, ...rest } = copy(given);
    const name = given.name ?? (given.generateName ? given.generateName + suffix() : undefined);
    if (!name) {
      throw new ApiError(422, 'Invalid', `${type.kind} "" is invalid: metadata.name: Required value: name or generateName is required`, {
        kind: type.kind,
      });
    }
    return {
      ...rest,
      name,
      ...(type.namespaced && namespace !== undefined ? { namespace } : {}),
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: this.#timestamp(),
    };
  }

  #checkNamespace(type: ResourceType, object: KubeObject): void {
    if (!type.namespaced) return;
    const namespace = object.metadata.namespace ?? '';
    const home = this.#find(this.#type('Namespace'), undefined, namespace);
    if (!home) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
    if (home.metadata.deletionTimestamp) {
      throw forbidden(type, object.metadata.name, `unable to create new content in namespace ${namespace} because it is being terminated`);
    }
  }

  #withStatus(given: KubeObject, current: KubeObject): KubeObject {
    const { status: _old, ...rest } = current;
    const metadata = { ...current.metadata };
    if (given.metadata.managedFields) metadata.managedFields = given.metadata.managedFields;
    return given['status'] === undefined ? { ...rest, metadata } : { ...rest, metadata, status: given['status'] };
  }

  #withoutStatus(type: ResourceType, given: KubeObject, current: KubeObject): KubeObject {
    const { name, namespace, uid, creationTimestamp, deletionTimestamp, generation, resourceVersion, generateName } = current.metadata;
    const fixed = { name, namespace, uid, creationTimestamp, deletionTimestamp, generation, resourceVersion, generateName };
    const set = Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined));
    const { deletionTimestamp: _deleted, generation: _generation, ...wanted } = given.metadata;
    const metadata = { ...wanted, ...set } as ObjectMeta;
    if (!given.metadata.managedFields && current.metadata.managedFields) metadata.managedFields = current.metadata.managedFields;
    const { status: _status, ...rest } = given;
    if (!type.subresources.includes('status')) return { ...given, metadata };
    return { ...rest, metadata, ...(current['status'] === undefined ? {} : { status: current['status'] }) };
  }

  #write(type: ResourceType, object: KubeObject, previous: KubeObject | undefined): void {
    const id = kindId(type.group, type.kind);
    object.metadata.resourceVersion = String(++this.#version);
    let objects = this.#objects.get(id);
    if (!objects) this.#objects.set(id, (objects = new Map()));
    objects.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
    if (id === 'apiextensions.k8s.io/CustomResourceDefinition') this.kinds.define(object);
    this.#emit({ type: previous ? 'MODIFIED' : 'ADDED', kind: id, object, ...(previous ? { previous } : {}) });
  }

  #released(object: KubeObject): boolean {
    if ((object.metadata.finalizers ?? []).length > 0) return false;
    return object.kind !== 'Namespace' || groupVersion(object.apiVersion).group !== '' || this.#contents(object.metadata.name).length === 0;
  }

  #erase(type: ResourceType, object: KubeObject): void {
    const id = kindId(type.group, type.kind);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#objects.get(id)?.delete(`${object.metadata.namespace ?? ''}/${object.metadata.name}`);
    if (id === 'apiextensions.k8s.io/CustomResourceDefinition') this.#forgetCustom(object);
    this.#emit({ type: 'DELETED', kind: id, object: last, previous: object });
    this.#removeDependants(object, false);
    this.#releaseForegroundOwners(object);
    this.#finishNamespace(object.metadata.namespace);
  }

  #forgetCustom(crd: KubeObject): void {
    const spec = crd['spec'] as { group: string; names: { kind: string } };
    const id = kindId(spec.group, spec.names.kind);
    for (const object of this.peek(id)) this.#erase(this.#type(id), object);
    this.kinds.forget(crd);
  }

  #dependants(owner: KubeObject): KubeObject[] {
    return [...this.#objects.values()].flatMap((objects) =>
      [...objects.values()].filter((object) => object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid)),
    );
  }

  /** Deletes what only `owner` owned; of objects with other owners left, only the reference goes. */
  #removeDependants(owner: KubeObject, foreground: boolean): void {
    for (const dependant of this.#dependants(owner)) {
      const others = (dependant.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
      if (others.length > 0) this.#setOwners(dependant, others);
      else
        this.removeWith(kindOf(dependant), dependant.metadata.namespace, dependant.metadata.name, foreground ? 'Foreground' : 'Background');
    }
  }

  #orphanDependants(owner: KubeObject): void {
    for (const dependant of this.#dependants(owner)) {
      this.#setOwners(
        dependant,
        (dependant.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid),
      );
    }
  }

  #setOwners(object: KubeObject, owners: ObjectMeta['ownerReferences'] & object): void {
    const changed = copy(object);
    if (owners.length > 0) changed.metadata.ownerReferences = owners;
    else delete changed.metadata.ownerReferences;
    this.#write(this.#type(kindOf(object)), changed, object);
  }

  /** An owner deleted in the foreground goes when its last dependant has gone. */
  #releaseForegroundOwners(gone: KubeObject): void {
    for (const reference of gone.metadata.ownerReferences ?? []) {
      const type = this.kinds.get(kindId(groupVersion(reference.apiVersion).group, reference.kind));
      const owner = type && this.#find(type, gone.metadata.namespace, reference.name);
      if (!owner?.metadata.finalizers?.includes(FOREGROUND) || !owner.metadata.deletionTimestamp || this.#dependants(owner).length > 0)
        continue;
      const freed = copy(owner);
      freed.metadata.finalizers = owner.metadata.finalizers.filter((finalizer) => finalizer !== FOREGROUND);
      this.update(freed);
    }
  }

  #contents(namespace: string): KubeObject[] {
    return [...this.#objects.values()].flatMap((objects) =>
      [...objects.values()].filter((object) => object.metadata.namespace === namespace),
    );
  }

  /** A namespace empties itself first and goes when nothing is left in it. */
  #terminate(type: ResourceType, namespace: KubeObject): KubeObject | undefined {
    if (!namespace.metadata.deletionTimestamp) {
      const marked = copy(namespace);
      marked.metadata.deletionTimestamp = this.#timestamp();
      marked['status'] = { phase: 'Terminating' };
      this.#write(type, marked, namespace);
      for (const object of this.#contents(namespace.metadata.name))
        this.remove(kindOf(object), object.metadata.namespace, object.metadata.name);
    }
    this.#finishNamespace(namespace.metadata.name);
    const left = this.#find(type, undefined, namespace.metadata.name);
    return left && copy(left);
  }

  #finishNamespace(name: string | undefined): void {
    if (name === undefined) return;
    const type = this.#type('Namespace');
    const namespace = this.#find(type, undefined, name);
    if (!namespace?.metadata.deletionTimestamp || (namespace.metadata.finalizers ?? []).length > 0 || this.#contents(name).length > 0)
      return;
    const emptied = { ...namespace, spec: {} } as KubeObject;
    this.#erase(type, emptied);
  }

  /** Listeners see writes in order, also those that other listeners make while being told. */
  #emit(event: StoreEvent): void {
    this.#pending.push(event);
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let next = this.#pending.shift(); next; next = this.#pending.shift())
        for (const listener of [...this.#listeners]) listener(copy(next));
    } finally {
      this.#dispatching = false;
    }
  }
}
