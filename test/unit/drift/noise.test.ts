import { describe, expect, it } from '@jest/globals';
import { NOISE, type NoiseRow, sift, TIMESTAMPS } from '../../../src/drift/noise.js';
import type { PlannedItem } from '../../../src/review/items.js';
import { leavesOf } from '../../../src/review/leaves.js';

type Tree = Readonly<Record<string, unknown>>;

const item = (type: string, before: Tree, after: Tree, action: PlannedItem['action'] = 'update'): PlannedItem => ({
  root: 'infrastructure',
  id: `${type}.this`,
  type,
  action,
  before: leavesOf(before),
  after: leavesOf(after),
});

/** What a row is about: a change it covers, and one of the same attribute that is somebody's doing. */
interface Example {
  readonly noise: readonly [before: Tree, after: Tree];
  readonly drift?: readonly [before: Tree, after: Tree];
}

const DELEGATED = { delegation: [{ name: 'postgres', service_delegation: [{ name: 'Microsoft.DBforPostgreSQL/flexibleServers' }] }] };
const pool = (more: Tree): Tree => ({ default_node_pool: [{ name: 'default', auto_scaling_enabled: true, ...more }] });
const server = (zone: string, standby: string, mode = 'ZoneRedundant'): Tree => ({
  zone,
  high_availability: [{ mode, standby_availability_zone: standby }],
});
const serial = (number: number): Tree => ({ soa_record: [{ email: 'a', serial_number: number }] });

const EXAMPLES: Readonly<Record<string, Example>> = {
  'azurerm_subnet service_endpoints': {
    noise: [
      { ...DELEGATED, service_endpoints: [] },
      { ...DELEGATED, service_endpoints: ['Microsoft.Storage'] },
    ],
    // The firewalls of vault and storage account admit the subnet of the nodes by these.
    drift: [
      { delegation: [], service_endpoints: ['Microsoft.KeyVault', 'Microsoft.Storage'] },
      { delegation: [], service_endpoints: ['Microsoft.KeyVault'] },
    ],
  },
  'azurerm_virtual_network subnet': { noise: [{ subnet: [] }, { subnet: [{ name: 'aks', address_prefixes: ['10.0.0.0/20'] }] }] },
  'azurerm_kubernetes_cluster default_node_pool.node_count': {
    noise: [pool({ node_count: 3 }), pool({ node_count: 5 })],
    drift: [pool({ node_count: 3, auto_scaling_enabled: false }), pool({ node_count: 5, auto_scaling_enabled: false })],
  },
  'azurerm_kubernetes_cluster_node_pool node_count': {
    noise: [
      { auto_scaling_enabled: true, node_count: 0 },
      { auto_scaling_enabled: true, node_count: 2 },
    ],
    drift: [
      { auto_scaling_enabled: false, node_count: 0 },
      { auto_scaling_enabled: false, node_count: 2 },
    ],
  },
  'azurerm_kubernetes_cluster kubernetes_version': {
    noise: [{ kubernetes_version: '1.36' }, { kubernetes_version: '1.36.4' }],
    drift: [{ kubernetes_version: '1.36' }, { kubernetes_version: '1.37' }],
  },
  'azurerm_kubernetes_cluster current_kubernetes_version': {
    noise: [{ current_kubernetes_version: '1.36.2' }, { current_kubernetes_version: '1.36.4' }],
    drift: [{ current_kubernetes_version: '1.36.2' }, { current_kubernetes_version: '1.37.0' }],
  },
  'azurerm_kubernetes_cluster default_node_pool.orchestrator_version': {
    noise: [pool({ orchestrator_version: '1.36.2' }), pool({ orchestrator_version: '1.36.4' })],
    drift: [pool({ orchestrator_version: '1.36.2' }), pool({ orchestrator_version: '1.37.0' })],
  },
  'azurerm_kubernetes_cluster_node_pool orchestrator_version': {
    noise: [{ orchestrator_version: '1.36.2' }, { orchestrator_version: '1.36.4' }],
    drift: [{ orchestrator_version: '1.36.2' }, { orchestrator_version: null }],
  },
  'azurerm_kubernetes_cluster_node_pool node_image_version': {
    noise: [{ node_image_version: 'AKSUbuntu-2204-2026.10.01' }, { node_image_version: 'AKSUbuntu-2204-2026.11.07' }],
  },
  'azurerm_kubernetes_cluster kube_config': {
    noise: [{ kube_config: [{ cluster_ca_certificate: 'a' }] }, { kube_config: [{ cluster_ca_certificate: 'b' }] }],
  },
  'azurerm_kubernetes_cluster kube_config_raw': { noise: [{ kube_config_raw: 'a' }, { kube_config_raw: 'b' }] },
  'azurerm_postgresql_flexible_server zone': {
    noise: [server('1', '2'), server('3', '2')],
    drift: [
      { zone: '1', high_availability: [] },
      { zone: '2', high_availability: [] },
    ],
  },
  'azurerm_postgresql_flexible_server high_availability.standby_availability_zone': {
    noise: [server('1', '2'), server('1', '3')],
    drift: [server('1', '2', 'SameZone'), server('1', '3', 'SameZone')],
  },
  'azurerm_private_dns_zone number_of_record_sets': { noise: [{ number_of_record_sets: 1 }, { number_of_record_sets: 2 }] },
  'azurerm_private_dns_zone soa_record.serial_number': { noise: [serial(1), serial(2)] },
  'azurerm_dns_zone number_of_record_sets': { noise: [{ number_of_record_sets: 2 }, { number_of_record_sets: 4 }] },
  'azurerm_dns_zone soa_record.serial_number': { noise: [serial(1), serial(2)] },
  '* tags': {
    noise: [{ tags: { project: 'langsmith' } }, { tags: { project: 'langsmith', 'cost.center': '4711' } }],
    drift: [{ tags: { project: 'langsmith' } }, { tags: { project: 'other' } }],
  },
};

const keyOf = ({ type, attribute }: NoiseRow): string => `${type} ${attribute}`;
const typeOf = ({ type }: NoiseRow): string => (type === '*' ? 'azurerm_resource_group' : type);

describe('noise', () => {
  it('has an example for each row, and one of drift for each row that does not always hold', () => {
    expect(NOISE.map(keyOf).sort()).toEqual(Object.keys(EXAMPLES).sort());
    const conditional = NOISE.filter(({ only }) => only !== undefined).map(keyOf);
    expect(conditional.filter((key) => EXAMPLES[key]?.drift === undefined)).toEqual([]);
  });

  it.each(NOISE.map((row) => [keyOf(row), row] as const))('%s is left out and named, changed outside and planned alike', (key, row) => {
    const [before, after] = EXAMPLES[key]?.noise ?? [{}, {}];
    for (const [changed, wanted] of [
      [item(typeOf(row), before, after), 'before'],
      [item(typeOf(row), after, before), 'after'],
    ] as const) {
      const { item: rest, ignored } = sift(changed, wanted);
      expect(rest).toBeUndefined();
      expect(ignored.length).toBeGreaterThan(0);
      expect([...new Set(ignored.map(({ why }) => why))]).toEqual([row.why]);
      expect(ignored.every(({ id, path }) => id === changed.id && path !== '')).toBe(true);
    }
  });

  it.each(NOISE.filter(({ only }) => only !== undefined).map((row) => [keyOf(row), row.only, row] as const))(
    '%s is drift where it is not %s',
    (key, _only, row) => {
      const [before, after] = EXAMPLES[key]?.drift ?? [{}, {}];
      const { item: rest, ignored } = sift(item(typeOf(row), before, after), 'before');
      expect(rest).toBeDefined();
      expect(ignored).toEqual([]);
    },
  );

  it('T024: endpoints that a service adds to its delegated subnet are no drift', () => {
    const before = { ...DELEGATED, name: 'postgres', service_endpoints: null };
    const { item: rest, ignored } = sift(item('azurerm_subnet', before, { ...before, service_endpoints: ['Microsoft.Storage'] }), 'before');
    expect(rest).toBeUndefined();
    expect(ignored.map(({ path }) => path)).toEqual(['service_endpoints[0]']);
  });

  it('T077: zones of a server that fails over are no drift', () => {
    expect(sift(item('azurerm_postgresql_flexible_server', server('1', '2'), server('2', '1')), 'before')).toMatchObject({
      item: undefined,
      ignored: [{ path: 'high_availability[0].standby_availability_zone' }, { path: 'zone' }],
    });
  });

  it('is taken out of an item that has drifted, too', () => {
    const before = { sku_tier: 'Standard', ...pool({ node_count: 3 }) };
    const { item: rest, ignored } = sift(
      item('azurerm_kubernetes_cluster', before, { sku_tier: 'Free', ...pool({ node_count: 4 }) }),
      'before',
    );
    expect(ignored.map(({ path }) => path)).toEqual(['default_node_pool["default"].node_count']);
    expect(rest?.before.get('sku_tier')?.text).toBe('"Standard"');
    expect(rest?.before.has('default_node_pool["default"].node_count')).toBe(false);
  });

  it('is no tag of the configuration, and no tag that a plan adds', () => {
    const [without, with_] = [{ tags: {} }, { tags: { owner: 'ml' } }];
    expect(sift(item('azurerm_key_vault', with_, without), 'before').item).toBeDefined();
    expect(sift(item('azurerm_key_vault', without, with_), 'after').item).toBeDefined();
    expect(sift(item('azurerm_key_vault', without, with_), 'before').item).toBeUndefined();
  });

  it('are timestamps, in every resource', () => {
    const [before, after] = [{ last_modified_at: '2026-11-24T03:00:00Z' }, { last_modified_at: '2026-11-25T03:00:00Z' }];
    expect(sift(item('azurerm_bastion_host', before, after), 'before')).toMatchObject({ item: undefined, ignored: [{ why: TIMESTAMPS }] });
    expect(sift(item('azurerm_bastion_host', { last_modified_at: 'x' }, { last_modified_at: 'y' }), 'before').item).toBeDefined();
  });

  it('is never a resource that is gone, or that would be replaced', () => {
    const [before, after] = EXAMPLES['azurerm_kubernetes_cluster_node_pool node_count']?.noise ?? [{}, {}];
    for (const action of ['delete', 'replace', 'create'] as const) {
      const changed = item('azurerm_kubernetes_cluster_node_pool', before, after, action);
      expect(sift(changed, 'before')).toEqual({ item: changed, ignored: [] });
    }
  });

  it('goes by the attribute and not by a name that looks like it', () => {
    const strange = (count: number): Tree => ({ tags: { 'x].node_count': String(count) }, auto_scaling_enabled: true });
    expect(sift(item('azurerm_kubernetes_cluster_node_pool', strange(1), strange(2)), 'before').item).toBeDefined();
    expect(sift(item('azurerm_kubernetes_cluster_node_pool', { node_counter: 1 }, { node_counter: 2 }), 'before').item).toBeDefined();
  });
});
