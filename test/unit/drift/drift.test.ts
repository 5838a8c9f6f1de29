import { describe, expect, it } from '@jest/globals';
import {
  describeDifferences,
  differencesOf,
  ignoredOf,
  sawAll,
  seeCluster,
  seeInfrastructure,
  type Seen,
} from '../../../src/drift/drift.js';
import { HIDDEN } from '../../../src/review/leaves.js';
import { change, CLEAN, CLUSTER, drifted, EVERYTHING, gone, HALF, PLAN, update } from '../../fakes/drift.js';

const brief = ({ outside, pending }: Seen): unknown => ({
  outside: outside.map(({ id, action, attributes }) => [id, action, ...attributes.map(({ path }) => path)]),
  pending: pending.map(({ id, action, attributes }) => [id, action, ...attributes.map(({ path }) => path)]),
});

describe('what Azure shows', () => {
  const seen = seeInfrastructure(PLAN);

  it('is told apart: changed outside, and configured but not applied', () => {
    expect(brief(seen)).toEqual({
      outside: [
        ['module.dns[0].azurerm_dns_a_record.langsmith[0]', 'delete'],
        ['module.keyvault.azurerm_key_vault.this', 'update', 'network_acls[0].ip_rules[1]'],
        ['module.redis[0].azurerm_redis_cache.this[0]', 'update', 'primary_access_key'],
      ],
      pending: [['module.storage.azurerm_storage_management_policy.ttl[0]', 'update', 'days']],
    });
  });

  it('names what services did, and counts it nowhere', () => {
    expect(seen.ignored.map(({ id, path }) => `${id} ${path}`)).toEqual([
      'module.cluster.azurerm_kubernetes_cluster.this default_node_pool["default"].node_count',
      'module.cluster.azurerm_kubernetes_cluster.this tags.policy',
    ]);
  });

  it('has no sensitive value', () => {
    expect(JSON.stringify(seen)).not.toMatch(/secret-(one|two)/);
    expect(seen.outside.flatMap(({ attributes }) => attributes)).toContainEqual({
      path: 'primary_access_key',
      before: HIDDEN,
      after: HIDDEN,
    });
  });

  it('shows what was deployed before what stands', () => {
    const [vault] = seen.outside.filter(({ type }) => type === 'azurerm_key_vault');
    expect(vault?.attributes).toEqual([{ path: 'network_acls[0].ip_rules[1]', before: undefined, after: '"198.51.100.7"' }]);
  });

  it('is both when a resource was changed outside and is configured anew', () => {
    const both = seeInfrastructure({
      resource_drift: [update('a.b', 'a', { x: 1, y: 1 }, { x: 2, y: 1 })],
      resource_changes: [update('a.b', 'a', { x: 2, y: 1 }, { x: 1, y: 3 })],
    });
    expect(brief(both)).toEqual({ outside: [['a.b', 'update', 'x']], pending: [['a.b', 'update', 'y']] });
  });

  it('is pending when the configuration wants neither what was deployed nor what stands', () => {
    const third = seeInfrastructure({
      resource_drift: [update('a.b', 'a', { x: 1 }, { x: 2 })],
      resource_changes: [update('a.b', 'a', { x: 2 }, { x: 3 })],
    });
    expect(brief(third)).toEqual({ outside: [['a.b', 'update', 'x']], pending: [['a.b', 'update', 'x']] });
  });

  it('keeps a replacement that setting something right would take', () => {
    const forced = seeInfrastructure({
      resource_drift: [update('a.b', 'a', { x: 1 }, { x: 2 })],
      resource_changes: [change('a.b', 'a', ['delete', 'create'], { x: 2 }, { x: 1 })],
    });
    expect(brief(forced)).toMatchObject({ pending: [['a.b', 'replace', 'x']] });
  });

  it('names outputs only where nothing else explains them', () => {
    const outputs = { output_changes: { url: { actions: ['update'], before: 'a', after: 'b' } } };
    expect(brief(seeInfrastructure(outputs))).toEqual({ outside: [], pending: [['output.url', 'update', '']] });
    const more = { ...outputs, resource_changes: [update('a.b', 'a', { x: 1 }, { x: 2 })] };
    expect(brief(seeInfrastructure(more))).toEqual({ outside: [], pending: [['a.b', 'update', 'x']] });
  });

  it('is nothing when nothing differs, whatever was read, and data sources are none of it', () => {
    const same = { resource_drift: [update('a.b', 'a', { x: 1 }, { x: 1 })], resource_changes: [change('a.b', 'a', ['no-op'], {}, {})] };
    const data = { ...update('data.a.b', 'a', { x: 1 }, { x: 2 }), mode: 'data' };
    expect(brief(seeInfrastructure({ ...same, resource_drift: [...same.resource_drift, data] }))).toEqual({ outside: [], pending: [] });
  });
});

describe('what the cluster shows', () => {
  it('is told apart in the same way', () => {
    expect(brief(seeCluster(CLUSTER))).toEqual({
      outside: [
        ['Deployment langsmith-backend', 'update', 'spec.replicas'],
        ['Service langsmith-playground', 'delete'],
      ],
      pending: [['ConfigMap langsmith-config', 'update', 'data.LOG_LEVEL']],
    });
    expect(seeCluster(CLUSTER).outside[0]?.attributes).toEqual([{ path: 'spec.replicas', before: '2', after: '5' }]);
  });

  it('does not say twice what the plan sets right', () => {
    const changes = [
      {
        id: 'Deployment a',
        type: 'Deployment',
        action: 'update' as const,
        attributes: [
          { path: 'spec.replicas', before: '5', after: '2' },
          { path: 'spec.paused', before: undefined, after: 'true' },
        ],
      },
      { id: 'Service b', type: 'Service', action: 'create' as const, attributes: [{ path: 'spec.type', before: undefined, after: '"x"' }] },
    ];
    const review = {
      ...CLUSTER.review,
      roots: [{ name: 'release' as const, counts: { add: 1, change: 1, destroy: 0, replace: 0 }, changes }],
    };
    const objects = [drifted('Deployment a', { spec: { replicas: 5 } }, { spec: { replicas: 2 } }), gone('Service b')];
    expect(brief(seeCluster({ review, drifted: objects, blind: [] }))).toEqual({
      outside: [
        ['Deployment a', 'update', 'spec.replicas'],
        ['Service b', 'delete'],
      ],
      pending: [['Deployment a', 'update', 'spec.paused']],
    });
  });

  it('says that an upgrade is due that no object shows, and why', () => {
    const review = { roots: [], notes: ['Revision 3 is `pending-upgrade`.'], hasChanges: true };
    const seen = seeCluster({ review, drifted: [], blind: [] });
    expect(brief(seen)).toEqual({ outside: [], pending: [['Helm release', 'update']] });
    expect(seen.notes).toEqual(review.notes);
  });

  it('adds what Terraform would do on its path, but not the release twice', () => {
    const item = (id: string): (typeof CLUSTER.review.roots)[number]['changes'][number] => ({
      id,
      type: 'helm_release',
      action: 'update',
      attributes: [],
    });
    const secret = 'kubernetes_secret_v1.langsmith["langsmith-config"]';
    const app = (...ids: string[]): object => ({
      name: 'app',
      counts: { add: 0, change: ids.length, destroy: 0, replace: 0 },
      changes: ids.map(item),
    });
    const review = (...roots: unknown[]): typeof CLUSTER.review => ({ ...CLUSTER.review, roots: roots as typeof CLUSTER.review.roots });
    const pending = (cluster: Parameters<typeof seeCluster>[0]): string[] => seeCluster(cluster).pending.map(({ id }) => id);
    const [objects] = CLUSTER.review.roots;
    expect(pending({ ...CLUSTER, review: review(app('helm_release.langsmith', secret), objects) })).toEqual([
      secret,
      'ConfigMap langsmith-config',
    ]);
    expect(pending({ ...CLUSTER, review: review(app('helm_release.langsmith')) })).toEqual([]);
    expect(pending({ ...CLUSTER, drifted: [], review: review(app('helm_release.langsmith')) })).toEqual(['helm_release.langsmith']);
  });
});

describe('a report of drift', () => {
  it('counts differences by kind', () => {
    expect(describeDifferences(differencesOf(EVERYTHING))).toBe('5 changed outside, 2 not applied yet');
    expect(differencesOf(EVERYTHING).map(({ half, kind }) => `${half} ${kind}`)).toEqual([
      ...Array<string>(3).fill('infrastructure outside'),
      ...Array<string>(2).fill('cluster outside'),
      'infrastructure pending',
      'cluster pending',
    ]);
    expect(ignoredOf(EVERYTHING)).toHaveLength(2);
    expect(differencesOf(CLEAN)).toEqual([]);
  });

  it('knows whether it saw everything', () => {
    expect([sawAll(EVERYTHING), sawAll(CLEAN), sawAll(HALF)]).toEqual([true, true, false]);
    const blind = { ...CLEAN, seen: { ...CLEAN.seen, cluster: seeCluster({ ...CLUSTER, blind: ['Ingress langsmith'] }) } };
    expect(sawAll(blind)).toBe(false);
  });
});
