import { describe, expect, it } from '@jest/globals';
import { text, type Binding, type Context } from '../../../../../rehearsal/terraform/bindings/binding.js';
import { Engine, type ProviderDefinition } from '../../../../../rehearsal/terraform/engine/engine.js';
import { Ledger } from '../../../../../rehearsal/terraform/ledger.js';
import type { BlockSchema } from '../../../../../rehearsal/terraform/schema.js';
import { Unknown } from '../../../../../rehearsal/terraform/values.js';
import { World } from '../../../../../rehearsal/world/world.js';

const THING: BlockSchema = {
  attributes: {
    id: { type: 'string', computed: true },
    name: { type: 'string', required: true },
    note: { type: 'string', computed: true },
  },
  blocks: {},
};
const binding: Binding = {
  create: ({ planned }) => ({ id: `/things/${text(planned, 'name')}` }),
  read: (_context, state) => (state.id === '/things/gone' ? undefined : { note: 'read' }),
  update: () => ({ note: 'updated' }),
  delete: () => undefined,
};
const DEFINITION: ProviderDefinition = {
  source: 'registry.terraform.io/test/thing',
  protocol: 5,
  legacySdk: true,
  usesLedger: true,
  configure: () => undefined,
  schemas: {
    generatedFrom: [],
    providerVersion: '0',
    provider: { attributes: {}, blocks: {} },
    resources: { thing: THING, bare: THING },
    dataSources: {},
    ephemeralResources: {},
  },
  bindings: { thing: binding },
  dataSources: {},
  ephemeralResources: {},
  constraints: {},
};

async function context(): Promise<Context> {
  const world = await World.create();
  return {
    world,
    ledger: Ledger.of(world),
    clusterCaPem: '',
    config: {},
    workingDirectory: async () => '/',
    feature: (_block, _setting, standard) => standard,
  };
}

describe('Engine', () => {
  const engine = new Engine(DEFINITION);

  it('turns what a binding learnt into complete state, and remembers it for an import', async () => {
    const at = await context();
    const state = await engine.create(at, 'thing', { id: Unknown.value, name: 'a', note: Unknown.value }, { name: 'a' });
    expect(state).toEqual({ id: '/things/a', name: 'a', note: null });
    expect(engine.import(at, 'thing', '/things/A')).toEqual({ id: '/things/A', name: 'a', note: null });
  });

  it('plans a type without a binding and refuses to act on it, by name', async () => {
    const at = await context();
    const config = { id: null, name: 'a', note: null };
    expect((await engine.plan(at, 'bare', null, config, config)).planned).toMatchObject({ name: 'a', id: Unknown.value });
    await expect(engine.create(at, 'bare', { name: 'a' }, config)).rejects.toThrow('cannot act on bare');
    await expect(engine.plan(at, 'stranger', null, config, config)).rejects.toThrow('no schema for stranger');
    expect(() => engine.readDataSource(at, 'stranger', {})).toThrow('no data source stranger');
    expect(() => engine.openEphemeral(at, 'stranger', {})).toThrow('no ephemeral resource stranger');
  });

  it('says when a resource is gone', async () => {
    const at = await context();
    expect(await engine.read(at, 'thing', { id: '/things/gone', name: 'gone', note: null })).toBeNull();
    expect(await engine.read(at, 'thing', { id: '/things/a', name: 'a', note: null })).toEqual({
      id: '/things/a',
      name: 'a',
      note: 'read',
    });
  });

  it('drops from stored state what the schema no longer has', () => {
    expect(engine.upgrade('thing', { id: '/a', name: 'a', old: true })).toEqual({ id: '/a', name: 'a', note: null });
  });
});
