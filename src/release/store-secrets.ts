import { CLICKHOUSE_SECRET, objectName, POSTGRES_SECRET, REDIS_SECRET, type Shape, STORE_SECRETS } from '../passes.js';
import type { Outputs } from '../phases/outputs.js';
import { REDIS_KEY } from '../secret-catalogue.js';
import type { SecretSpec } from './secrets.js';

/** What the chart's own StatefulSets are called and listen on. */
const IN_CLUSTER = {
  postgres: { user: 'postgres', database: 'postgres', port: 5432 },
  clickhouse: { user: 'default', database: 'default' },
};

interface StoreSecret {
  /** Name of the store's password among the secrets. */
  readonly password: string;
  readonly spec: (shape: Shape, outputs: Outputs, password: string) => SecretSpec;
}

const SECRET_OF = {
  postgres: { password: 'postgres-admin-password', spec: postgresSecret },
  redis: { password: REDIS_KEY, spec: redisSecret },
  clickhouse: { password: 'clickhouse-password', spec: clickhouseSecret },
} as const satisfies Record<string, StoreSecret>;

/** The stores whose Secret is ours in this shape. */
export const storeSecretsOf = (shape: Shape): StoreSecret[] =>
  STORE_SECRETS.filter(({ store, inCluster }) => inCluster || shape[store] === 'external').map(({ store }) => SECRET_OF[store]);

function postgresSecret(shape: Shape, outputs: Outputs, password: string): SecretSpec {
  const isExternal = shape.postgres === 'external';
  const { user, database, host, port } = isExternal
    ? {
        user: outputs.postgres_username,
        database: outputs.postgres_database,
        host: outputs.postgres_host,
        port: outputs.postgres_port,
      }
    : { ...IN_CLUSTER.postgres, host: objectName(outputs.langsmith_release_name, 'postgres') };
  const query = isExternal ? `?sslmode=${outputs.postgres_ssl_mode}` : '';
  // The chart puts the scheme of its driver in front. User and password may hold any character of a URL.
  const address = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}${query}`;
  return {
    name: POSTGRES_SECRET,
    data: {
      connection_url: address,
      // No template reads these two; the listener looks for them when it makes databases for agents.
      POSTGRES_URI: `postgresql://${address}`,
      POSTGRES_PASSWORD: password,
      ...(isExternal ? {} : { postgres_user: user, postgres_password: password, postgres_db: database }),
    },
    // An initialised PostgreSQL volume keeps its first password whatever the Secret says.
    fixedKeys: isExternal ? [] : ['postgres_password'],
  };
}

function redisSecret(_shape: Shape, outputs: Outputs, key: string): SecretSpec {
  const scheme = outputs.redis_tls_enabled ? 'rediss' : 'redis';
  // Keys hold "+", "/" and "=".
  const url = `${scheme}://:${encodeURIComponent(key)}@${outputs.redis_host}:${outputs.redis_port}`;
  return { name: REDIS_SECRET, data: { connection_url: url }, fixedKeys: [] };
}

/** All seven keys: a pod of the chart does not start while one is missing. */
function clickhouseSecret(shape: Shape, outputs: Outputs, password: string): SecretSpec {
  const address =
    shape.clickhouse === 'external'
      ? {
          clickhouse_host: outputs.clickhouse_host,
          clickhouse_port: String(outputs.clickhouse_port),
          clickhouse_native_port: String(outputs.clickhouse_native_port),
          clickhouse_user: outputs.clickhouse_username,
          clickhouse_db: outputs.clickhouse_database,
          clickhouse_tls: String(outputs.clickhouse_tls),
        }
      : {
          clickhouse_host: objectName(outputs.langsmith_release_name, 'clickhouse'),
          clickhouse_port: '8123',
          clickhouse_native_port: '9000',
          clickhouse_user: IN_CLUSTER.clickhouse.user,
          clickhouse_db: IN_CLUSTER.clickhouse.database,
          clickhouse_tls: 'false',
        };
  return { name: CLICKHOUSE_SECRET, data: { ...address, clickhouse_password: password }, fixedKeys: [] };
}
