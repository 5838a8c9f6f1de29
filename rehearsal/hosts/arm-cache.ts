import type { World } from '../world/world.js';
import { ArmError } from './arm-error.js';
import { route, type Authorize, type Call, type Route } from './arm-route.js';
import { json } from './reply.js';

const MANAGED = 'Microsoft.Cache/redisEnterprise';
const CLASSIC = 'Microsoft.Cache/redis';

/**
 * listKeys of both kinds of Redis cache. The answer has had the same two fields in every api-version; callers ask with 2025-07-01
 * (redisEnterprise, whose keys belong to the database) and 2024-11-01 (redis), and any version is taken.
 */
export function cacheRoutes(world: World, authorize: Authorize): Route[] {
  const keys = (call: Call, cache: string, scope: string, type: string): void => {
    authorize(call, `${type}/listKeys/action`, scope);
    const store = world.dataStores.ofResource(cache);
    if (!store) throw new ArmError(404, 'ResourceNotFound', `The Resource '${cache.split('/').slice(6).join('/')}' was not found.`);
    const [primaryKey, secondaryKey] = store.passwords;
    if (primaryKey === undefined)
      throw new ArmError(400, 'BadRequest', 'Access keys authentication is disabled for this database, so it has no keys to list.');
    json(call.response, 200, { primaryKey, secondaryKey });
  };
  const group = '/subscriptions/[^/]+/resourceGroups/[^/]+/providers';
  return [
    route('POST', `((${group}/Microsoft\\.Cache/redisEnterprise/[^/]+)/databases/default)/listKeys`, (call, [database = '', cache = '']) =>
      keys(call, cache, database, `${MANAGED}/databases`),
    ),
    route('POST', `(${group}/Microsoft\\.Cache/redis/[^/]+)/listKeys`, (call, [cache = '']) => keys(call, cache, cache, CLASSIC)),
  ];
}
