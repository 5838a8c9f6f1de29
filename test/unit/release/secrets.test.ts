import { describe, expect, it } from '@jest/globals';
import { applySecrets, restartReaders, secretSpecs, type SecretRequest } from '../../../src/release/secrets.js';
import { shapeOf } from '../../../src/passes.js';
import { REDIS_KEY, SECRETS } from '../../../src/secret-catalogue.js';
import { fakeCluster, lightOutputs, lightShape, productionOutputs } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const values = new Map(SECRETS.map((secret) => [secret.name, `value-of-${secret.name}/+@`]));
const request: SecretRequest = { shape: lightShape(), outputs: lightOutputs(), values };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The Secret as kubectl would show it once applied with `data`. */
const present = (name: string, data: Record<string, string>, version?: number): string =>
  JSON.stringify({
    kind: 'Secret',
    metadata: { name, annotations: version === undefined ? {} : { 'langsmith-azure/data-version': String(version) } },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  });

/** A cluster that holds the Secrets of the request, with `change` made to one of them. */
function withSecrets(
  change: (name: string, data: Record<string, string>) => void = () => undefined,
  version: number | undefined = 1,
): FakeExec {
  const fake = new FakeExec().on(/^kubectl apply/, '');
  for (const spec of secretSpecs(request)) {
    const data = { ...spec.data };
    change(spec.name, data);
    fake.on(new RegExp(`^kubectl get secret ${spec.name} `), present(spec.name, data, version));
  }
  return fake;
}

describe('secret specs', () => {
  it('T106: hold the keys the chart reads, and no Azure key', () => {
    const specs = Object.fromEntries(secretSpecs(request).map((spec) => [spec.name, spec.data]));
    expect(Object.keys(specs['langsmith-config-secret'] ?? {}).sort()).toEqual([
      'agent_builder_encryption_key',
      'api_key_salt',
      'deployments_encryption_key',
      'initial_org_admin_password',
      'insights_encryption_key',
      'jwt_secret',
      'langsmith_license_key',
      'polly_encryption_key',
    ]);
    expect(specs['langsmith-postgres-secret']).toEqual({
      connection_url: 'postgres:value-of-postgres-admin-password%2F%2B%40@langsmith-postgres:5432/postgres',
      POSTGRES_URI: 'postgresql://postgres:value-of-postgres-admin-password%2F%2B%40@langsmith-postgres:5432/postgres',
      POSTGRES_PASSWORD: 'value-of-postgres-admin-password/+@',
      postgres_user: 'postgres',
      postgres_password: 'value-of-postgres-admin-password/+@',
      postgres_db: 'postgres',
    });
    expect(specs['langsmith-clickhouse-secret']).toEqual({
      clickhouse_host: 'langsmith-clickhouse',
      clickhouse_port: '8123',
      clickhouse_native_port: '9000',
      clickhouse_user: 'default',
      clickhouse_password: 'value-of-clickhouse-password/+@',
      clickhouse_db: 'default',
      clickhouse_tls: 'false',
    });
  });

  it('T120: name everything Key Vault has not', () => {
    const fewer = new Map([...values].filter(([name]) => name !== 'langsmith-jwt-secret' && name !== 'clickhouse-password'));
    expect(() => secretSpecs({ ...request, values: fewer })).toThrow(
      expect.objectContaining({
        reason: 'secrets-missing',
        detail: 'there is no value for langsmith-jwt-secret, clickhouse-password',
      }),
    );
  });

  describe('of stores outside the cluster', () => {
    const outputs = productionOutputs({
      clickhouse_source: 'external',
      clickhouse_host: 'ch.example.com',
      clickhouse_port: 8443,
      clickhouse_native_port: 9440,
      clickhouse_username: 'traces',
      clickhouse_database: 'langsmith',
      clickhouse_tls: true,
    });
    const external: SecretRequest = {
      shape: shapeOf(2, 'production', outputs),
      outputs,
      values: new Map([...values, [REDIS_KEY, 'a+b/c=']]),
    };
    const dataOf = (name: string, wanted = external): Record<string, string> | undefined =>
      secretSpecs(wanted).find((spec) => spec.name === name)?.data;

    it('PostgreSQL by its address and sslmode, the password percent-encoded and no scheme in front', () => {
      const url =
        'langsmith:value-of-postgres-admin-password%2F%2B%40@langsmith-postgres.postgres.database.azure.com:5432/langsmith?sslmode=require';
      expect(dataOf('langsmith-postgres-secret')).toEqual({
        connection_url: url,
        POSTGRES_URI: `postgresql://${url}`,
        POSTGRES_PASSWORD: 'value-of-postgres-admin-password/+@',
      });
      expect(new URL(`postgresql://${url}`).searchParams.get('sslmode')).toBe('require');
    });

    it('T091: Redis by its TLS address, the key percent-encoded', () => {
      const url = dataOf('langsmith-redis-secret')?.['connection_url'] ?? '';
      expect(url).toBe('rediss://:a%2Bb%2Fc%3D@langsmith-redis.eastus.redis.azure.net:10000');
      expect(decodeURIComponent(new URL(url).password)).toBe('a+b/c=');
    });

    it('T228: ClickHouse by all seven keys', () => {
      expect(dataOf('langsmith-clickhouse-secret')).toEqual({
        clickhouse_host: 'ch.example.com',
        clickhouse_port: '8443',
        clickhouse_native_port: '9440',
        clickhouse_user: 'traces',
        clickhouse_password: 'value-of-clickhouse-password/+@',
        clickhouse_db: 'langsmith',
        clickhouse_tls: 'true',
      });
    });

    it('T227: each store is where its own setting says, whatever the others and the pass', () => {
      for (const pass of [2, 5] as const) {
        const only = lightOutputs({ ...outputs, postgres_source: 'in-cluster', redis_source: 'in-cluster' });
        const mixed = { shape: shapeOf(pass, 'light', only), outputs: only, values };
        expect(secretSpecs(mixed).map(({ name }) => name)).not.toContain('langsmith-redis-secret');
        expect(dataOf('langsmith-clickhouse-secret', mixed)?.['clickhouse_host']).toBe('ch.example.com');
        expect(dataOf('langsmith-postgres-secret', mixed)?.['connection_url']).toContain('@langsmith-postgres:5432/postgres');
      }
    });

    it('may be given another password or key, which only a volume of ours could not follow', () => {
      expect(secretSpecs(external).flatMap(({ name, fixedKeys }) => (name === 'langsmith-config-secret' ? [] : fixedKeys))).toEqual([]);
    });

    it('are refused without the key of the cache', () => {
      expect(() => secretSpecs({ ...external, values })).toThrow(
        expect.objectContaining({ reason: 'secrets-missing', detail: 'there is no value for redis-access-key' }),
      );
    });
  });
});

describe('applying Secrets', () => {
  it('T116: creates them from standard input, with nothing secret in argv', async () => {
    const fake = new FakeExec().on(/^kubectl get secret/, '').on(/^kubectl apply/, '');
    const results = await applySecrets(await fakeCluster(fake), request);
    expect(results.map(({ change, dataVersion }) => [change, dataVersion])).toEqual([
      ['created', 1],
      ['created', 1],
      ['created', 1],
    ]);
    expect(fake.calls.map((call) => call.rawArgs.join(' ')).join('\n')).not.toContain('value-of-');
    expect(fake.matching(/^kubectl apply/)[0]?.options.stdin).toContain(base64('value-of-langsmith-jwt-secret/+@'));
    expect(JSON.stringify(results)).not.toContain('value-of-');
  });

  it('writes nothing when nothing changed, whatever keys others added', async () => {
    const fake = withSecrets((_name, data) => (data['someone_elses'] = 'x'));
    expect((await applySecrets(await fakeCluster(fake), request)).map(({ change }) => change)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    expect(fake.matching(/^kubectl apply/)).toEqual([]);
  });

  it('counts a change up and writes only that Secret', async () => {
    const fake = withSecrets((_name, data) => {
      if ('langsmith_license_key' in data) data['langsmith_license_key'] = 'old';
    }, 4);
    expect(await applySecrets(await fakeCluster(fake), request)).toEqual([
      { name: 'langsmith-config-secret', change: 'changed', dataVersion: 5 },
      { name: 'langsmith-postgres-secret', change: 'unchanged', dataVersion: 4 },
      { name: 'langsmith-clickhouse-secret', change: 'unchanged', dataVersion: 4 },
    ]);
    const applied = JSON.parse(fake.matching(/^kubectl apply/)[0]?.options.stdin ?? '') as { items: { metadata: object }[] };
    expect(applied.items.map((item) => item.metadata)).toEqual([
      expect.objectContaining({ name: 'langsmith-config-secret', annotations: { 'langsmith-azure/data-version': '5' } }),
    ]);
  });

  it.each([
    ['api_key_salt', 'langsmith-config-secret.api_key_salt'],
    ['insights_encryption_key', 'langsmith-config-secret.insights_encryption_key'],
    ['postgres_password', 'langsmith-postgres-secret.postgres_password'],
  ])('T107: refuses another value of %s before anything is written', async (key, named) => {
    const fake = withSecrets((_name, data) => {
      if (key in data) data[key] = 'another';
    });
    await expect(applySecrets(await fakeCluster(fake), request)).rejects.toMatchObject({
      reason: 'secrets-lost',
      detail: expect.stringContaining(named),
    });
    expect(fake.matching(/^kubectl apply/)).toEqual([]);
  });
});

describe('restarting readers', () => {
  const workload = (kind: string, name: string, annotations: Record<string, string> = {}): object => ({
    kind,
    metadata: { name },
    spec: { template: { metadata: { annotations } } },
  });
  const results = [
    { name: 'langsmith-config-secret', change: 'changed', dataVersion: 2 },
    { name: 'langsmith-postgres-secret', change: 'unchanged', dataVersion: 1 },
    { name: 'langsmith-clickhouse-secret', change: 'unchanged', dataVersion: 1 },
  ] as const;

  it('T081: restarts what started with older data, also when an earlier run died before it could', async () => {
    const current = { 'langsmith-azure/langsmith-config-secret-version': '2' };
    const items = [
      workload('Deployment', 'langsmith-backend'),
      workload('Deployment', 'langsmith-platform-backend', current),
      workload('Deployment', 'langsmith-queue', { 'langsmith-azure/langsmith-config-secret-version': '1' }),
      workload('Deployment', 'langsmith-frontend'),
      workload('StatefulSet', 'langsmith-postgres'),
    ];
    const fake = new FakeExec().on(/^kubectl get deployments,statefulsets/, JSON.stringify({ items })).on(/^kubectl patch/, '');
    expect(await restartReaders(await fakeCluster(fake), request, results)).toEqual(['langsmith-backend', 'langsmith-queue']);
    expect(fake.matching(/^kubectl patch/).map((call) => call.args.slice(1, 3).join('/'))).toEqual([
      'deployment/langsmith-backend',
      'deployment/langsmith-queue',
    ]);
    expect(fake.matching(/^kubectl patch/)[0]?.args.at(-1)).toBe(
      '--patch={"spec":{"template":{"metadata":{"annotations":{"langsmith-azure/langsmith-config-secret-version":"2"}}}}}',
    );
  });

  it('restarts nothing after a first install', async () => {
    const items = [workload('Deployment', 'langsmith-backend'), workload('StatefulSet', 'langsmith-clickhouse')];
    const fake = new FakeExec().on(/^kubectl get deployments,statefulsets/, JSON.stringify({ items }));
    const first = results.map(({ name }) => ({ name, change: 'created' as const, dataVersion: 1 }));
    expect(await restartReaders(await fakeCluster(fake), request, first)).toEqual([]);
  });
});
