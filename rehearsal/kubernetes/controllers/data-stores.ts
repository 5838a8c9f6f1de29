import type { StoreLogin, StoreRefusal } from '../../world/data-stores.js';
import type { KubeObject } from '../api.js';
import { resolveEnvironment } from './environment.js';
import type { Runtime } from './runtime.js';
import type { ServiceSpec } from './services.js';
import { matches, podSpec, specOf } from './types.js';

type Variables = Readonly<Record<string, string>>;

/** Where a container signs in, or the complaint of its client about the setting itself. */
type Connection = { readonly login: StoreLogin } | { readonly complaint: string };

/**
 * The connections that back-end containers and migrations open when they start. Undefined when all of them work; else the lines of
 * the first failure, which name the host and never the password. Hosts are those of the world's data stores and of Services of
 * this cluster; whether an in-cluster store is ready yet is not asked, because the real clients wait for it.
 */
export function storeCheck(runtime: Runtime, pod: KubeObject, environment: Variables): string[] | undefined {
  for (const connection of connections(environment)) {
    if ('complaint' in connection) return [`ERROR ${connection.complaint}`];
    const refusal = inCluster(runtime, pod, connection.login) ?? runtime.context.world.dataStores.refusal(connection.login);
    if (refusal !== undefined && refusal !== 'accepted') return [`ERROR ${WORDS[connection.login.kind](connection.login, refusal)}`];
  }
  return undefined;
}

function connections(environment: Variables): Connection[] {
  const { POSTGRES_DATABASE_URI: postgres, REDIS_DATABASE_URI: redis, CLICKHOUSE_HOST: clickhouse } = environment;
  return [
    ...(postgres === undefined ? [] : [fromUrl('postgres', 'POSTGRES_DATABASE_URI', postgres)]),
    ...(redis === undefined ? [] : [fromUrl('redis', 'REDIS_DATABASE_URI', redis)]),
    ...(clickhouse === undefined ? [] : clickhouseLogins(environment, clickhouse)),
  ];
}

/** The chart writes Postgres URLs without a scheme; a password that is not percent-encoded tears a URL apart. */
function fromUrl(kind: 'postgres' | 'redis', variable: string, text: string): Connection {
  const withScheme = kind === 'postgres' && !/^[a-z+0-9]+:\/\//.test(text) ? `postgresql://${text}` : text;
  try {
    const url = new URL(withScheme);
    const schemes = kind === 'postgres' ? /^postgres(ql)?(\+[a-z0-9]+)?:$/ : /^rediss?:$/;
    if (!schemes.test(url.protocol)) return { complaint: `${variable}: "${url.protocol}//" is not a scheme of ${kind}` };
    if (url.hostname === '') return { complaint: `${variable}: the URL names no host` };
    return {
      login: {
        kind,
        host: url.hostname.toLowerCase(),
        port: Number(url.port || (kind === 'postgres' ? 5432 : 6379)),
        ...(kind === 'postgres' ? { user: decodeURIComponent(url.username) } : {}),
        password: decodeURIComponent(url.password),
        tls: kind === 'postgres' ? url.searchParams.get('sslmode') !== 'disable' : url.protocol === 'rediss:',
      },
    };
  } catch {
    return { complaint: `${variable} cannot be parsed: ValueError: Port could not be cast to integer value` };
  }
}

/** The HTTP interface and the native one: back ends use both. */
function clickhouseLogins(environment: Variables, host: string): Connection[] {
  return ['CLICKHOUSE_PORT', 'CLICKHOUSE_NATIVE_PORT'].map((name) => ({
    login: {
      kind: 'clickhouse',
      host: host.toLowerCase(),
      port: Number(environment[name] ?? ''),
      user: environment['CLICKHOUSE_USER'] ?? '',
      password: environment['CLICKHOUSE_PASSWORD'] ?? '',
      tls: environment['CLICKHOUSE_TLS']?.toLowerCase() === 'true',
    },
  }));
}

/** Variables by which the images of in-cluster stores are told whom to believe. */
const SERVER_VARIABLES: Readonly<Record<string, readonly [string, string]>> = {
  postgres: ['POSTGRES_USER', 'POSTGRES_PASSWORD'],
  clickhouse: ['CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD'],
};

/** The answer of a Service of this cluster; undefined when the host is none. */
function inCluster(runtime: Runtime, pod: KubeObject, login: StoreLogin): StoreRefusal | 'accepted' | undefined {
  const [, name = '', namespace = pod.metadata.namespace] = /^([^.]+)(?:\.([^.]+)(?:\.svc(?:\.cluster\.local)?)?)?$/.exec(login.host) ?? [];
  const service = name === '' ? undefined : runtime.store.get('Service', namespace, name);
  if (!service) return undefined;
  const spec = specOf<ServiceSpec>(service);
  if (!spec.ports?.some((port) => port.port === login.port)) return 'refused';
  const variables = SERVER_VARIABLES[login.kind];
  const server = runtime.store
    .list('Pod', namespace)
    .find((candidate) => spec.selector && matches({ matchLabels: spec.selector }, candidate.metadata.labels));
  if (!variables || !server) return 'accepted';
  const values: Record<string, string> = {};
  for (const container of podSpec(server).containers) Object.assign(values, resolveEnvironment(runtime.store, server, container).values);
  const [user, password] = variables.map((variable) => values[variable]);
  return password === undefined || (user === login.user && password === login.password) ? 'accepted' : 'wrong-password';
}

const at = ({ host, port }: StoreLogin): string => `${host}:${port}`;

/** What the clients of the three stores print. */
const WORDS: Readonly<Record<StoreLogin['kind'], (login: StoreLogin, refusal: StoreRefusal) => string>> = {
  postgres(login, refusal) {
    const server = `connection to server at "${login.host}", port ${login.port} failed:`;
    const said: Record<StoreRefusal, string> = {
      'no-such-host': `could not translate host name "${login.host}" to address: Name or service not known`,
      refused: `${server} Connection refused`,
      'needs-tls': `${server} FATAL:  no pg_hba.conf entry for host "10.244.0.9", user "${login.user}", no encryption`,
      'no-tls': `${server} server does not support SSL, but SSL was required`,
      'wrong-password': `${server} FATAL:  password authentication failed for user "${login.user}"`,
      moved: `${server} Connection refused`,
    };
    return `psycopg2.OperationalError: ${said[refusal]}`;
  },
  redis(login, refusal) {
    const said: Record<StoreRefusal, string> = {
      'no-such-host': `ConnectionError: Error -2 connecting to ${at(login)}. Name or service not known.`,
      refused: `ConnectionError: Error 111 connecting to ${at(login)}. Connection refused.`,
      'needs-tls': `ConnectionError: Connection closed by server. (${at(login)})`,
      'no-tls': `ConnectionError: Error 1 connecting to ${at(login)}. [SSL: WRONG_VERSION_NUMBER] wrong version number.`,
      'wrong-password': `AuthenticationError: WRONGPASS invalid username-password pair or user is disabled. (${at(login)})`,
      moved: `MovedError: MOVED 15495 ${at(login)}`,
    };
    return `redis.exceptions.${said[refusal]}`;
  },
  clickhouse(login, refusal) {
    const pool = `HTTPConnectionPool(host='${login.host}', port=${login.port}): Max retries exceeded`;
    const said: Record<StoreRefusal, string> = {
      'no-such-host': `${pool} (Failed to resolve '${login.host}': [Errno -2] Name or service not known)`,
      refused: `${pool} (Failed to establish a new connection: [Errno 111] Connection refused)`,
      'needs-tls': `${pool} (RemoteDisconnected: Remote end closed connection without response)`,
      'no-tls': `${pool} (SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number)`,
      'wrong-password': `${at(login)} answered: Code: 516. DB::Exception: ${login.user}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
      moved: `${pool} (Connection refused)`,
    };
    return `clickhouse_connect.driver.exceptions.OperationalError: ${said[refusal]}`;
  },
};
