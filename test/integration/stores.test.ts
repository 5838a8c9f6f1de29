import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { type Outcome, runPass } from './support/passes.js';

jest.setTimeout(300_000);

const PASSWORD = 'Cl1ckhouse/of+the=user';
const HOST = 'clickhouse.contoso.example';

let rehearsal: Rehearsal;
let example: string;

beforeAll(async () => {
  rehearsal = await Rehearsal.start({
    world: {
      dataStores: [{ kind: 'clickhouse', host: HOST, ports: [8443, 9440], user: 'default', passwords: [PASSWORD], tls: true }],
    },
  });
  example = await readFile(rehearsal.configFile, 'utf8');
});

afterAll(() => rehearsal.stop());

const configure = (...lines: string[]): Promise<void> => rehearsal.setConfig(`${example}\n${lines.join('\n')}\n`);

const apply = (...approved: string[]): Promise<Outcome> =>
  runPass(rehearsal, { pass: 2, with: { 'approve-irreversible': approved.join('\n') } });

async function observe(...args: string[]): Promise<string> {
  const observer = await Observer.of(rehearsal);
  if (observer === undefined) throw new Error('there is no cluster');
  return observer.kubectl(...args, '--namespace=langsmith');
}

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

describe('a data store that moves', () => {
  it('stands at first: PostgreSQL in the cluster, ClickHouse outside', async () => {
    await configure('clickhouse_source = "external"', `clickhouse_host = "${HOST}"`);
    expectSuccess(await runPass(rehearsal, { pass: 1, with: { 'clickhouse-password': PASSWORD } }));
    const first = await apply();
    expectSuccess(first);
    expect(first.outputs['release-revision']).toBe('1');
  });

  it('is shown by a plan with what it leaves behind, in both directions', async () => {
    await configure('postgres_source = "external"');
    expectSuccess(await runPass(rehearsal, { pass: 1 }));
    const plan = await runPass(rehearsal, { pass: 2, command: 'plan' });
    expectSuccess(plan);
    expect(plan.outputs['destructive']).toBe('true');
    expect(plan.step.summary).toMatch(/cannot be undone \| `postgres-data` \| would be left behind: PostgreSQL outside the cluster/);
    expect(plan.step.summary).toMatch(
      /cannot be undone \| `clickhouse-data` \| would be left behind: ClickHouse in the cluster starts empty/,
    );
  });

  it('plan-guarded: data is left behind only when an input names it', async () => {
    const { detail, fix } = expectFailure(await apply(), 'plan-guarded');
    expect(detail.match(/^- \S+/gm)).toEqual(['- postgres-data', '- clickhouse-data']);
    expect(fix).toContain('docs/moving-data.md');
    const half = expectFailure(await apply('postgres-data'), 'plan-guarded');
    expect(half.detail.match(/^- \S+/gm)).toEqual(['- clickhouse-data']);
    expect(await observe('get', 'statefulsets', '--output=name')).toBe(
      'statefulset.apps/langsmith-postgres\nstatefulset.apps/langsmith-redis',
    );
  });

  it('moves when all is named; the volume stays, is named by verify, and fails nothing', async () => {
    const moved = await apply('postgres-data', 'clickhouse-data');
    expectSuccess(moved);
    expect([moved.outputs['verified'], moved.outputs['release-revision']]).toEqual(['true', '2']);
    const rows = JSON.parse(moved.outputs['verification'] ?? '') as Row[];
    expect(rows.filter(({ name }) => name.endsWith('-postgres-0'))).toEqual([
      expect.objectContaining({ kind: 'PersistentVolumeClaim', status: 'ok', detail: expect.stringContaining('before the store moved') }),
    ]);
    expect(await observe('get', 'persistentvolumeclaims', '--output=name')).toContain('postgres-0');
  });

  it('is done with: the next run needs no approval', async () => {
    const again = await apply();
    expectSuccess(again);
    expect(again.outputs['has-changes']).toBe('false');
  });
});
