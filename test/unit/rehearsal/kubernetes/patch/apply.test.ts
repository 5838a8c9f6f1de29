import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../../../rehearsal/kubernetes/api.js';
import { applyConfiguration } from '../../../../../rehearsal/kubernetes/patch/apply.js';
import { managersOf, trackUpdate } from '../../../../../rehearsal/kubernetes/patch/managers.js';
import { printPath } from '../../../../../rehearsal/kubernetes/patch/fields.js';
import { checkTyped } from '../../../../../rehearsal/kubernetes/patch/typed.js';
import { builtInShape, type StructShape } from '../../../../../rehearsal/kubernetes/schema/shapes.js';

const TIME = '2026-01-02T03:04:05Z';
const configMaps = builtInShape('v1', 'ConfigMap') as StructShape;
const services = builtInShape('v1', 'Service') as StructShape;

function configMap(data: Record<string, string>, labels?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'n', ...(labels ? { labels } : {}) },
    data,
  } as unknown as KubeObject;
}

function writer(manager: string) {
  return { manager, apiVersion: 'v1', subresource: undefined, time: TIME };
}

function apply(live: KubeObject | undefined, config: KubeObject, manager: string, force = false, shape = configMaps): KubeObject {
  return applyConfiguration({ live, config, writer: writer(manager), force, shape });
}

function owned(object: KubeObject, manager: string): string[] {
  return managersOf(object)
    .filter((entry) => entry.manager === manager)
    .flatMap((entry) => [...entry.fields].map(printPath))
    .sort();
}

describe('server-side apply', () => {
  it('owns what it sets, and removes what it sets no longer', () => {
    const first = apply(undefined, configMap({ a: '1', b: '2' }, { app: 'x' }), 'one');
    expect(owned(first, 'one')).toEqual(['.data.a', '.data.b', '.metadata.labels.app']);
    const second = apply(first, configMap({ a: '1' }), 'one');
    expect(second['data']).toEqual({ a: '1' });
    expect(second.metadata.labels).toBeUndefined();
  });

  it('leaves what another manager owns too, and lets equal values be shared', () => {
    const first = apply(undefined, configMap({ a: '1', b: '2' }), 'one');
    const shared = apply(first, configMap({ a: '1', c: '3' }), 'two');
    expect(shared['data']).toEqual({ a: '1', b: '2', c: '3' });
    const left = apply(shared, configMap({ b: '2' }), 'one');
    expect(left['data']).toEqual({ a: '1', b: '2', c: '3' });
    expect(owned(left, 'one')).toEqual(['.data.b']);
  });

  it('names every conflict, and takes the fields over when forced', () => {
    const first = apply(undefined, configMap({ a: '1', b: '2' }), 'one');
    expect(() => apply(first, configMap({ a: 'x' }), 'two')).toThrow('Apply failed with 1 conflict: conflict with "one": .data.a');
    expect(() => apply(first, configMap({ a: 'x', b: 'y' }), 'two')).toThrow(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
    );
    const forced = apply(first, configMap({ a: 'x' }), 'two', true);
    expect(forced['data']).toEqual({ a: 'x', b: '2' });
    expect(owned(forced, 'one')).toEqual(['.data.b']);
  });

  it('conflicts with fields that an ordinary write took', () => {
    const first = apply(undefined, configMap({ a: '1' }), 'one');
    const edited = { ...first, data: { a: 'edited' } };
    edited.metadata = {
      ...first.metadata,
      managedFields: trackUpdate(first, { ...edited, metadata: first.metadata }, writer('editor'), configMaps, false),
    };
    expect(owned(edited, 'one')).toEqual([]);
    expect(() => apply(edited, configMap({ a: '1' }), 'one')).toThrow(`conflict with "editor" using v1 at ${TIME}: .data.a`);
  });

  it('shares a list by its keys: a port is named by number and protocol', () => {
    const service = (ports: unknown[]) =>
      ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'n' }, spec: { ports } }) as unknown as KubeObject;
    const first = apply(undefined, service([{ port: 80, name: 'http' }]), 'one', false, services);
    const second = apply(first, service([{ port: 443, name: 'https' }]), 'two', false, services);
    expect(second['spec']).toEqual({
      ports: [
        { port: 443, name: 'https' },
        { port: 80, name: 'http' },
      ],
    });
    expect(owned(second, 'two')).toContain('.spec.ports[port=443,protocol="TCP"]');
    const third = apply(second, service([]), 'one', false, services);
    expect(third['spec']).toEqual({ ports: [{ port: 443, name: 'https' }] });
  });

  it('refuses a label that is no text and a field nobody declared', () => {
    const labelled = configMap({}, { on: true as unknown as string });
    expect(() => checkTyped(labelled, configMaps)).toThrow(
      'failed to create typed patch object (n/c; /v1, Kind=ConfigMap): .metadata.labels.on: expected string, got &value.valueUnstructured{Value:true}',
    );
    expect(() => checkTyped({ ...configMap({}), dta: {} }, configMaps)).toThrow('.dta: field not declared in schema');
  });
});
