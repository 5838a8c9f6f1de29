import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError, type KubeObject, type NewObject, type StoreEvent } from '../../../../rehearsal/kubernetes/api.js';
import { ObjectStore } from '../../../../rehearsal/kubernetes/store.js';

function deployment(image = 'nginx:1'): NewObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'app' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

function configMap(name: string, extra: Partial<NewObject['metadata']> = {}): NewObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'app', ...extra }, data: { a: 'b' } };
}

function refusal(act: () => unknown): ApiError {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('ObjectStore', () => {
  let store: ObjectStore;
  let events: StoreEvent[];

  beforeEach(() => {
    store = new ObjectStore();
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } });
    events = [];
    store.subscribe((event) => events.push(event));
  });

  const told = () => events.map((event) => `${event.type} ${event.kind} ${event.object.metadata.name}`);

  it('completes a Deployment as the API server does', () => {
    const made = store.create(deployment());
    expect(made.metadata).toMatchObject({ generation: 1, namespace: 'app' });
    expect(made['spec']).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
      progressDeadlineSeconds: 600,
    });
    expect(made).toMatchObject({
      spec: { template: { spec: { restartPolicy: 'Always', containers: [{ imagePullPolicy: 'IfNotPresent' }] } } },
    });
  });

  it('bumps nothing for a write that changes nothing', () => {
    const made = store.create(deployment());
    expect(store.update(made).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    expect(told()).toEqual(['ADDED apps/Deployment web']);
  });

  it('keeps status and the rest apart', () => {
    const made = store.create({ ...deployment(), status: { replicas: 9 } });
    expect(made['status']).toBeUndefined();
    expect(store.update({ ...made, status: { replicas: 9 } })['status']).toBeUndefined();
    const reported = store.update({ ...made, spec: {}, status: { replicas: 1 } }, 'status');
    expect(reported).toMatchObject({ status: { replicas: 1 }, spec: { replicas: 1 }, metadata: { generation: 1 } });
    expect(store.update({ ...reported, spec: { ...(made['spec'] as object), replicas: 2 } }).metadata.generation).toBe(2);
  });

  it('refuses stale writes, second creations, missing namespaces and changed selectors', () => {
    const made = store.create(deployment());
    store.update({ ...made, metadata: { ...made.metadata, labels: { a: 'b' } } });
    expect(refusal(() => store.update({ ...made, metadata: { ...made.metadata, labels: {} } }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect(refusal(() => store.create(deployment())).message).toBe('deployments.apps "web" already exists');
    expect(refusal(() => store.create(configMap('x', { namespace: 'nowhere' }))).message).toBe('namespaces "nowhere" not found');
    const { resourceVersion: _stale, ...metadata } = made.metadata;
    const moved = {
      ...made,
      metadata,
      spec: { ...(made['spec'] as object), selector: { matchLabels: { app: 'x' } } },
    } as unknown as KubeObject;
    expect(refusal(() => store.update(moved)).message).toContain(
      'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
    );
  });

  it('refuses a Secret above 1 MiB and a name no host could have', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'big', namespace: 'app' },
      data: { a: Buffer.alloc(1024 * 1024 + 1).toString('base64') },
    };
    expect(refusal(() => store.create(secret))).toMatchObject({
      code: 422,
      message: 'Secret "big" is invalid: data: Too long: may not be more than 1048576 bytes',
    });
    expect(refusal(() => store.create(configMap('Big_Name'))).message).toContain('a lowercase RFC 1123 subdomain must consist of');
  });

  it('removes what an object owned, and holds what a finalizer holds', () => {
    const owner = store.create(configMap('owner'));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
    store.create(configMap('owned', { ownerReferences: [reference] }));
    store.create(configMap('held', { finalizers: ['example.com/hold'], ownerReferences: [reference] }));
    store.remove('ConfigMap', 'app', 'owner');
    expect(store.list('ConfigMap', 'app').map((object) => object.metadata.name)).toEqual(['held']);
    const held = store.get('ConfigMap', 'app', 'held');
    expect(held?.metadata.deletionTimestamp).toBeDefined();
    if (held) store.update({ ...held, metadata: { ...held.metadata, finalizers: [] } });
    expect(store.list('ConfigMap', 'app')).toEqual([]);
  });

  it('deletes an owner in the foreground only after its dependants', () => {
    const owner = store.create(configMap('owner'));
    store.create(
      configMap('owned', {
        finalizers: ['x/y'],
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid }],
      }),
    );
    expect(store.removeWith('ConfigMap', 'app', 'owner', 'Foreground')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    const owned = store.get('ConfigMap', 'app', 'owned');
    if (owned) store.update({ ...owned, metadata: { ...owned.metadata, finalizers: [] } });
    expect(store.list('ConfigMap', 'app')).toEqual([]);
  });

  it('empties a namespace before it goes, and takes nothing new meanwhile', () => {
    store.create(configMap('held', { finalizers: ['x/y'] }));
    store.create(configMap('plain'));
    store.remove('Namespace', undefined, 'app');
    expect(store.get('Namespace', undefined, 'app')?.['status']).toEqual({ phase: 'Terminating' });
    expect(refusal(() => store.create(configMap('late')))).toMatchObject({ code: 403 });
    const held = store.get('ConfigMap', 'app', 'held');
    if (held) store.update({ ...held, metadata: { ...held.metadata, finalizers: [] } });
    expect(store.get('Namespace', undefined, 'app')).toBeUndefined();
  });

  it('tells writes in order, also those that listeners make', () => {
    store.subscribe((event) => {
      if (event.object.metadata.name === 'first' && event.type === 'ADDED') store.create(configMap('second'));
    });
    const late: string[] = [];
    store.subscribe((event) => late.push(event.object.metadata.name));
    store.create(configMap('first'));
    expect(told()).toEqual(['ADDED ConfigMap first', 'ADDED ConfigMap second']);
    expect(late).toEqual(['first', 'second']);
  });

  it('serves a custom kind from its definition on: defaults, types, and its end', () => {
    const version = {
      name: 'v1',
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              required: ['size'],
              properties: { size: { type: 'integer' }, colour: { type: 'string', default: 'red', enum: ['red', 'blue'] } },
            },
          },
        },
      },
    };
    const spec = { group: 'example.com', scope: 'Namespaced', names: { kind: 'Gadget', plural: 'gadgets' }, versions: [version] };
    const gadget = (inner: unknown): NewObject => ({
      apiVersion: 'example.com/v1',
      kind: 'Gadget',
      metadata: { name: 'g', namespace: 'app' },
      spec: inner,
    });
    expect(refusal(() => store.create(gadget({})))).toMatchObject({ code: 404 });
    store.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gadgets.example.com' },
      spec,
    });
    expect(refusal(() => store.create(gadget({ size: 'big', colour: 'green' }))).message).toBe(
      'Gadget.example.com "g" is invalid: [spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", spec.colour: Unsupported value: "green": supported values: "red", "blue"]',
    );
    expect(refusal(() => store.create(gadget({}))).message).toContain('spec.size: Required value');
    expect(store.create(gadget({ size: 3 }))['spec']).toEqual({ size: 3, colour: 'red' });
    store.remove('apiextensions.k8s.io/CustomResourceDefinition', undefined, 'gadgets.example.com');
    expect(told().slice(-2)).toEqual(
      ['DELETED apiextensions.k8s.io/CustomResourceDefinition gadgets.example.com', 'DELETED example.com/Gadget g'].reverse(),
    );
  });
});
