/** Object metadata as the stand-in keeps it; everything else a client sent is kept as sent. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
  generateName?: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any Kubernetes object. `spec`, `status` and the rest stay untyped: the stand-in serves whatever kinds exist. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `Pod`, `apps/Deployment`: group and kind, the core group without a slash. */
  readonly kind: string;
  readonly object: KubeObject;
  /** The object before this write; absent for ADDED. */
  readonly previous?: KubeObject;
}

/**
 * The objects of one cluster. Kinds are written `Pod`, `apps/Deployment`, `batch/Job`. Objects handed out are copies:
 * change one and give it back with `update`. Writes that change nothing bump neither resourceVersion nor generation.
 */
export interface ClusterStore {
  get(kind: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** All namespaces when `namespace` is undefined. */
  list(kind: string, namespace?: string): KubeObject[];
  /** Fills in uid, resourceVersion, creationTimestamp, defaults. Throws ApiError 409 AlreadyExists, 422 Invalid. */
  create(object: NewObject): KubeObject;
  /** `status` writes only status; without it everything but status. Throws ApiError 404, 409 Conflict when a given resourceVersion is stale. */
  update(object: KubeObject, subresource?: 'status'): KubeObject;
  /** Honours finalizers; dependants follow by ownerReferences (background). Absent objects are not an error. */
  remove(kind: string, namespace: string | undefined, name: string): void;
  /** Called synchronously after each write, in order. Returns the unsubscribe function. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
}

/** What a caller must give; the store completes it. */
export interface NewObject {
  apiVersion: string;
  kind: string;
  metadata: Partial<ObjectMeta>;
  [field: string]: unknown;
}

/**
 * What admission does to an object before a create or update through the API is stored: defaults from webhooks (Workload
 * Identity), quotas, refusals by webhooks that do not answer. Returns the object to store; throws ApiError to refuse it.
 * `startControllers` returns one; the API server calls it once per POST, PUT, PATCH and apply of a main resource.
 */
export type Admission = (object: NewObject, operation: 'CREATE' | 'UPDATE') => NewObject;

/** Lines a container printed, by pod uid then container name: what `kubectl logs` shows. */
export type PodLogs = Map<string, Map<string, string[]>>;

/** What control loops remember from one look at an object to the next, by loop: when a wait began, what was said already. Plain data. */
export type LoopMemory = Map<string, Map<string, unknown>>;

/** An API refusal, rendered as a `Status` object. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: Record<string, unknown>,
  ) {
    super(message);
  }
}

export interface ClusterUser {
  readonly name: string;
  readonly groups: readonly string[];
}
