import type { Ledger } from '../ledger.js';
import type { ValueObject } from '../values.js';
import { armBinding, inGroup, mirrored, under } from './arm.js';
import { block, optionalText, ProviderError, required, text, type Binding } from './binding.js';

const serverType = 'Microsoft.DBforPostgreSQL/flexibleServers';

const postgresServer = armBinding({
  terraformType: 'azurerm_postgresql_flexible_server',
  type: serverType,
  id: inGroup(serverType),
  learn(attributes, id, context, config) {
    const name = text(attributes, 'name');
    if (context.world.resources.list(serverType).some((server) => server.name === name)) {
      throw new ProviderError(
        `creating Flexible Server (${id}): unexpected status 409 (409 Conflict) with error: ServerNameAlreadyExists: Specified server name is already used.`,
      );
    }
    const passwords = block(attributes, 'authentication')?.password_auth_enabled !== false;
    const password = optionalText(config, 'administrator_password_wo') ?? optionalText(config, 'administrator_password');
    if (passwords && password === undefined) {
      throw new ProviderError(
        '`administrator_password_wo` or `administrator_password` is required when `create_mode` is `Default` and `authentication.password_auth_enabled` is set to `true`',
      );
    }
    const subnet = optionalText(attributes, 'delegated_subnet_id');
    if (subnet !== undefined) required(context, subnet);
    const administrator = optionalText(attributes, 'administrator_login');
    context.world.dataStores.add({
      kind: 'postgres',
      host: `${name}.postgres.database.azure.com`,
      ports: [5432],
      resourceId: id,
      ...(administrator === undefined ? {} : { user: administrator }),
      passwords: password === undefined ? [] : [password],
      tls: true,
    });
    return {
      fqdn: `${name}.postgres.database.azure.com`,
      version: optionalText(attributes, 'version') ?? '16',
      sku_name: optionalText(attributes, 'sku_name') ?? 'GP_Standard_D2ds_v5',
      storage_mb: attributes.storage_mb ?? 32_768,
      storage_tier: optionalText(attributes, 'storage_tier') ?? 'P4',
      backup_retention_days: attributes.backup_retention_days ?? 7,
      administrator_login: optionalText(attributes, 'administrator_login') ?? null,
      ...(subnet === undefined ? {} : { public_network_access_enabled: false }),
      ...(block(attributes, 'authentication')
        ? {}
        : { authentication: [{ active_directory_auth_enabled: false, password_auth_enabled: true, tenant_id: '' }] }),
    };
  },
  properties: (attributes) => ({
    fullyQualifiedDomainName: attributes.fqdn,
    version: attributes.version,
    administratorLogin: attributes.administrator_login,
    ...network(attributes, 'delegated_subnet_id'),
  }),
  /** A write-only password counts when its version rises, an ordinary one when it differs. */
  onUpdate({ context, prior, planned, config }) {
    const store = context.world.dataStores.ofResource(text(prior, 'id'));
    const rewritten = prior.administrator_password_wo_version !== planned.administrator_password_wo_version;
    const password =
      (rewritten ? optionalText(config, 'administrator_password_wo') : undefined) ?? optionalText(config, 'administrator_password');
    if (store && password !== undefined) context.world.dataStores.add({ ...store, passwords: [password] });
    return {};
  },
});

/** Where a data store answers, as its ARM property bag says it. */
function network(attributes: ValueObject, subnet: string): Record<string, unknown> {
  const subnetId = optionalText(attributes, subnet);
  const closed = attributes.public_network_access === 'Disabled' || attributes.public_network_access_enabled === false;
  return { publicNetworkAccess: closed ? 'Disabled' : 'Enabled', ...(subnetId === undefined ? {} : { subnetId }) };
}

/** An access key of 32 bytes, as base64 has it. Every one holds characters that mean something in a URL, which most real ones do. */
function accessKey(ledger: Ledger, seed: string): string {
  const key = Buffer.from(ledger.hex(seed, 64), 'hex').toString('base64');
  return `${key.slice(0, 5)}/${key.slice(6, 11)}+${key.slice(12)}`;
}

/** Real tenants without a cache before April 2026 are refused; `world.faults.terraformCreate` can say so. */
const redisCache = armBinding({
  terraformType: 'azurerm_redis_cache',
  type: 'Microsoft.Cache/redis',
  id: inGroup('Microsoft.Cache/redis'),
  learn(attributes, id, { ledger, world }) {
    const hostname = `${text(attributes, 'name')}.redis.cache.windows.net`;
    const [primary, secondary] = [accessKey(ledger, `${id} primary`), accessKey(ledger, `${id} secondary`)];
    world.dataStores.add({ kind: 'redis', host: hostname, ports: [6380], resourceId: id, passwords: [primary, secondary], tls: true });
    const connection = (key: string) => `${hostname}:6380,password=${key},ssl=true,abortConnect=False`;
    return {
      hostname,
      port: 6379,
      ssl_port: 6380,
      primary_access_key: primary,
      secondary_access_key: secondary,
      primary_connection_string: connection(primary),
      secondary_connection_string: connection(secondary),
      ...(block(attributes, 'redis_configuration')
        ? {}
        : { redis_configuration: [{ maxmemory_policy: 'volatile-lru', authentication_enabled: true }] }),
    };
  },
  properties: (attributes) => ({ hostName: attributes.hostname, sslPort: attributes.ssl_port, ...network(attributes, 'subnet_id') }),
});

const managedRedis = armBinding({
  terraformType: 'azurerm_managed_redis',
  type: 'Microsoft.Cache/redisEnterprise',
  id: inGroup('Microsoft.Cache/redisEnterprise'),
  learn(attributes, id, { ledger, world }) {
    const database = block(attributes, 'default_database');
    const keys = database?.access_keys_authentication_enabled === true;
    const [primary, secondary] = keys ? [accessKey(ledger, `${id} primary`), accessKey(ledger, `${id} secondary`)] : ['', ''];
    const hostname = `${text(attributes, 'name')}.${text(attributes, 'location')}.redis.azure.net`;
    world.dataStores.add({
      kind: 'redis',
      host: hostname,
      ports: [10_000],
      resourceId: id,
      passwords: keys ? [primary, secondary] : [],
      tls: database?.client_protocol !== 'Plaintext',
      clusterOnly: (optionalText(database ?? {}, 'clustering_policy') ?? 'OSSCluster') === 'OSSCluster',
    });
    return {
      hostname,
      ...(database
        ? {
            default_database: [
              { id: `${id}/databases/default`, port: 10_000, primary_access_key: primary, secondary_access_key: secondary },
            ],
          }
        : {}),
    };
  },
  properties: (attributes) => ({ hostName: attributes.hostname, ...network(attributes, '') }),
});

/** azurerm_* types of Postgres and Redis. */
export const DATABASES: Readonly<Record<string, Binding>> = {
  azurerm_postgresql_flexible_server: postgresServer,
  azurerm_postgresql_flexible_server_database: armBinding({
    terraformType: 'azurerm_postgresql_flexible_server_database',
    type: `${serverType}/databases`,
    id: under('server_id', 'databases'),
  }),
  azurerm_postgresql_flexible_server_configuration: armBinding({
    terraformType: 'azurerm_postgresql_flexible_server_configuration',
    type: `${serverType}/configurations`,
    id: under('server_id', 'configurations'),
    ...mirrored({ value: 'value' }),
  }),
  azurerm_managed_redis: managedRedis,
  azurerm_redis_cache: redisCache,
};
