import { describe, expect, it } from '@jest/globals';
import { refuseStoreMoves } from '../../../src/release/guards.js';
import { describeMove, storeMoves } from '../../../src/release/stores.js';

const OUTSIDE = { external: { enabled: true, existingSecretName: 's' } };
const INSIDE = { external: { existingSecretName: 's' } };

describe('a store that moves', () => {
  it('is found in both directions, whatever Secret the values name', () => {
    expect(storeMoves({ postgres: INSIDE, clickhouse: OUTSIDE }, { postgres: OUTSIDE, clickhouse: INSIDE, redis: OUTSIDE })).toEqual([
      { store: 'postgres', from: 'in-cluster', to: 'external' },
      { store: 'redis', from: 'in-cluster', to: 'external' },
      { store: 'clickhouse', from: 'external', to: 'in-cluster' },
    ]);
    expect(storeMoves({ postgres: INSIDE, clickhouse: OUTSIDE }, { clickhouse: OUTSIDE })).toEqual([]);
  });

  it('says what is left behind, and where', () => {
    expect(describeMove({ store: 'postgres', from: 'in-cluster', to: 'external' }, 'ls')).toBe(
      'would be left behind: PostgreSQL outside the cluster is used as it is, and what StatefulSet ls-postgres holds stays in its volume claim',
    );
    expect(describeMove({ store: 'clickhouse', from: 'external', to: 'in-cluster' }, 'ls')).toBe(
      'would be left behind: ClickHouse in the cluster starts empty, or with what an old volume claim of StatefulSet ls-clickhouse holds',
    );
    expect(describeMove({ store: 'redis', from: 'in-cluster', to: 'external' }, 'ls')).toContain('queues');
  });

  it('is refused until its data is named, all stores at once; Redis holds none that must last', () => {
    const moves = storeMoves({ clickhouse: OUTSIDE }, { postgres: OUTSIDE, redis: OUTSIDE });
    expect(() => {
      refuseStoreMoves(moves, 'ls', ['insights', 'module.postgres[0].azurerm_postgresql_flexible_server.this']);
    }).toThrow(
      expect.objectContaining({
        reason: 'plan-guarded',
        detail: expect.stringMatching(/^- postgres-data would be left behind: .*\n- clickhouse-data would be left behind: .*$/),
        fix: expect.stringMatching(/docs\/moving-data\.md .*approve-irreversible: postgres-data, clickhouse-data\.$/),
      }),
    );
    expect(() => {
      refuseStoreMoves(moves, 'ls', ['postgres-data']);
    }).toThrow(expect.objectContaining({ detail: expect.not.stringContaining('postgres') }));
    expect(() => {
      refuseStoreMoves(moves, 'ls', ['postgres-data', 'clickhouse-data']);
      refuseStoreMoves([{ store: 'redis', from: 'external', to: 'in-cluster' }], 'ls', []);
    }).not.toThrow();
  });
});
