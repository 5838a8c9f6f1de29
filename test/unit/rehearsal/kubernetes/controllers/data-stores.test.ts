import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  closeStages,
  conditionOf,
  container,
  containerState,
  deployment,
  eventually,
  isAvailable,
  job,
  NAMESPACE,
  podsOf,
  stage,
  type Stage,
} from './stage.js';

afterEach(closeStages);
jest.setTimeout(30_000);

const ID = '/subscriptions/s/resourceGroups/g/providers';
const REDIS = `${ID}/Microsoft.Cache/redisEnterprise/cache`;
const KEY = 'ab/cd+ef==';
const ENCODED = encodeURIComponent(KEY);
const HOSTS = {
  postgres: 'pg.postgres.database.azure.com',
  redis: 'cache.eastus.redis.azure.net',
  clickhouse: 'ch.contoso.example',
};

function provision(on: Stage): void {
  const { resources, dataStores } = on.world;
  const server = `${ID}/Microsoft.DBforPostgreSQL/flexibleServers/pg`;
  const closed = { publicNetworkAccess: 'Disabled' };
  resources.put({ id: server, type: 'Microsoft.DBforPostgreSQL/flexibleServers', name: 'pg', properties: { ...closed, subnetId: 'x' } });
  resources.put({ id: REDIS, type: 'Microsoft.Cache/redisEnterprise', name: 'cache', properties: closed });
  const connection = { properties: { privateLinkServiceId: REDIS } };
  resources.put({
    id: `${ID}/Microsoft.Network/privateEndpoints/pe`,
    type: 'Microsoft.Network/privateEndpoints',
    name: 'pe',
    properties: { privateLinkServiceConnections: [connection] },
  });
  dataStores.add({
    kind: 'postgres',
    host: HOSTS.postgres,
    ports: [5432],
    resourceId: server,
    user: 'langsmith',
    passwords: ['p!w'],
    tls: true,
  });
  dataStores.add({ kind: 'redis', host: HOSTS.redis, ports: [10_000], resourceId: REDIS, passwords: [KEY], tls: true });
  dataStores.add({ kind: 'clickhouse', host: HOSTS.clickhouse, ports: [8443, 9440], user: 'default', passwords: ['chpw'], tls: true });
}

const URLS = {
  POSTGRES_DATABASE_URI: `langsmith:p%21w@${HOSTS.postgres}:5432/langsmith`,
  REDIS_DATABASE_URI: `rediss://:${ENCODED}@${HOSTS.redis}:10000`,
  CLICKHOUSE_HOST: HOSTS.clickhouse,
  CLICKHOUSE_PORT: '8443',
  CLICKHOUSE_NATIVE_PORT: '9440',
  CLICKHOUSE_USER: 'default',
  CLICKHOUSE_PASSWORD: 'chpw',
  CLICKHOUSE_TLS: 'true',
};

const withEnvironment = (variables: object) => ({
  containers: [container({ env: Object.entries(variables).map(([name, value]) => ({ name, value: String(value) })) })],
});

async function crashOf(on: Stage, changed: Partial<typeof URLS>): Promise<string> {
  on.store.create(deployment('langsmith-backend', 1, withEnvironment({ ...URLS, ...changed })));
  const pod = await eventually(on, 'the crash', () =>
    podsOf(on, 'langsmith-backend').find((found) => containerState(found).reason === 'CrashLoopBackOff'),
  );
  return (on.logs.get(pod.metadata.uid)?.get('main') ?? []).join('\n');
}

describe('data stores outside the cluster', () => {
  it('let in a container with the right host, port, password and TLS', async () => {
    const on = await stage();
    provision(on);
    on.store.create(deployment('langsmith-backend', 1, withEnvironment(URLS)));
    await eventually(on, 'the back end', () => isAvailable(on, 'langsmith-backend'));
    expect(containerState(podsOf(on, 'langsmith-backend')[0])).toMatchObject({ state: 'running', restarts: 0 });
  });

  it.each<[string, Partial<typeof URLS>, string]>([
    [
      'a Postgres nobody has',
      { POSTGRES_DATABASE_URI: 'u:p@other.postgres.database.azure.com:5432/db' },
      'could not translate host name "other.postgres.database.azure.com"',
    ],
    [
      'a wrong password',
      { POSTGRES_DATABASE_URI: `langsmith:wrong@${HOSTS.postgres}:5432/db` },
      `"${HOSTS.postgres}", port 5432 failed: FATAL:  password authentication failed for user "langsmith"`,
    ],
    ['Postgres without TLS', { POSTGRES_DATABASE_URI: `${URLS.POSTGRES_DATABASE_URI}?sslmode=disable` }, 'no pg_hba.conf entry'],
    [
      'T091 a key that was not percent-encoded',
      { REDIS_DATABASE_URI: `rediss://:${KEY}@${HOSTS.redis}:10000` },
      'REDIS_DATABASE_URI cannot be parsed',
    ],
    [
      'a wrong key',
      { REDIS_DATABASE_URI: `rediss://:nonsense@${HOSTS.redis}:10000` },
      `WRONGPASS invalid username-password pair or user is disabled. (${HOSTS.redis}:10000)`,
    ],
    [
      'T093 the port of the other kind of Redis',
      { REDIS_DATABASE_URI: `rediss://:${ENCODED}@${HOSTS.redis}:6380` },
      `Error 111 connecting to ${HOSTS.redis}:6380`,
    ],
    ['Redis without TLS', { REDIS_DATABASE_URI: `redis://:${ENCODED}@${HOSTS.redis}:10000` }, 'Connection closed by server'],
    ['a ClickHouse nobody declared', { CLICKHOUSE_HOST: 'nowhere.contoso.example' }, "Failed to resolve 'nowhere.contoso.example'"],
    ['a wrong native port', { CLICKHOUSE_NATIVE_PORT: '9000' }, `host='${HOSTS.clickhouse}', port=9000`],
    ['a wrong ClickHouse password', { CLICKHOUSE_PASSWORD: 'x' }, 'AUTHENTICATION_FAILED'],
  ])('refuse %s', async (_what, changed, words) => {
    const on = await stage();
    provision(on);
    const log = await crashOf(on, changed);
    expect(log).toContain(words);
    for (const secret of [KEY, ENCODED, 'p!w', 'p%21w', 'chpw']) expect(log).not.toContain(secret);
  });

  it('T093 are out of reach without their private endpoint, and gone with their resource', async () => {
    const on = await stage();
    provision(on);
    on.world.resources.delete(`${ID}/Microsoft.Network/privateEndpoints/pe`);
    expect(await crashOf(on, {})).toContain(`Error 111 connecting to ${HOSTS.redis}:10000. Connection refused`);
    on.world.resources.delete(REDIS);
    expect(on.world.dataStores.at(HOSTS.redis)).toBeUndefined();
  });

  it('T092 answer a client that knows no clusters with the address of a node', async () => {
    const on = await stage();
    provision(on);
    const store = on.world.dataStores.at(HOSTS.redis);
    if (store) on.world.dataStores.add({ ...store, clusterOnly: true });
    expect(await crashOf(on, {})).toContain('MOVED');
  });

  it('fail a migration that cannot reach them', async () => {
    const on = await stage();
    const template = { spec: { restartPolicy: 'Never', ...withEnvironment(URLS) } };
    on.store.create(job('migrations', { backoffLimit: 0, template }));
    await eventually(on, 'the failure', () => conditionOf(on, 'batch/Job', 'migrations', 'Failed'));
    expect([...on.logs.values()].flatMap((ofPod) => ofPod.get('main') ?? []).join('\n')).toContain(HOSTS.postgres);
  });
});

describe('data stores in the cluster', () => {
  function postgres(on: Stage): void {
    const env = [
      { name: 'POSTGRES_USER', value: 'postgres' },
      { name: 'POSTGRES_PASSWORD', value: 'inside' },
    ];
    on.store.create(deployment('langsmith-postgres', 1, { containers: [container({ env })] }));
    const spec = { selector: { app: 'langsmith-postgres' }, ports: [{ port: 5432 }] };
    on.store.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'langsmith-postgres', namespace: NAMESPACE }, spec });
  }

  it.each(['langsmith-postgres', 'langsmith-postgres.langsmith.svc.cluster.local'])('answer as %s', async (host) => {
    const on = await stage();
    postgres(on);
    on.store.create(
      deployment('langsmith-backend', 1, withEnvironment({ POSTGRES_DATABASE_URI: `postgres:inside@${host}:5432/postgres` })),
    );
    await eventually(on, 'the back end', () => isAvailable(on, 'langsmith-backend'));
    expect(containerState(podsOf(on, 'langsmith-backend')[0]).restarts).toBe(0);
  });

  it('believe only the password they were started with', async () => {
    const on = await stage();
    postgres(on);
    await eventually(on, 'the server', () => isAvailable(on, 'langsmith-postgres'));
    on.store.create(
      deployment('langsmith-backend', 1, withEnvironment({ POSTGRES_DATABASE_URI: 'postgres:other@langsmith-postgres:5432/postgres' })),
    );
    const pod = await eventually(on, 'the crash', () =>
      podsOf(on, 'langsmith-backend').find((found) => containerState(found).reason === 'CrashLoopBackOff'),
    );
    expect(on.logs.get(pod.metadata.uid)?.get('main')?.at(-1)).toContain('password authentication failed for user "postgres"');
  });
});
