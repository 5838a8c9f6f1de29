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
  }),
});

/** Real tenants without a cache before April 2026 are refused; `world.faults.terraformCreate` can say so. */
const redisCache = armBinding({
  terraformType: 'azurerm_redis_cache',
  type: 'Microsoft.Cache/redis',
  id: inGroup('Microsoft.Cache/redis'),
  learn(attributes, id, { ledger }) {
    const hostname = `${text(attributes, 'name')}.redis.cache.windows.net`;
    const [primary = '', secondary = ''] = ['primary', 'secondary'].map((which) =>
      Buffer.from(ledger.hex(`${id} ${which}`, 64), 'hex').toString('base64'),
    );
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
  properties: (attributes) => ({ hostName: attributes.hostname, sslPort: attributes.ssl_port }),
});

const managedRedis = armBinding({
  terraformType: 'azurerm_managed_redis',
  type: 'Microsoft.Cache/redisEnterprise',
  id: inGroup('Microsoft.Cache/redisEnterprise'),
  learn(attributes, id, { ledger }) {
    const database = block(attributes, 'default_database');
    const keys = database?.access_keys_authentication_enabled === true;
    const key = (which: string) => (keys ? Buffer.from(ledger.hex(`${id} ${which}`, 64), 'hex').toString('base64') : '');
    return {
      hostname: `${text(attributes, 'name')}.${text(attributes, 'location')}.redis.azure.net`,
      ...(database
        ? {
            default_database: [
              { id: `${id}/databases/default`, port: 10_000, primary_access_key: key('primary'), secondary_access_key: key('secondary') },
            ],
          }
        : {}),
    };
  },
  properties: (attributes) => ({ hostName: attributes.hostname }),
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
