import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { textOf, type Settings } from '../settings.js';
import { isOffered, type Provider } from './providers.js';

const CHECK = 'Managed Redis';

/**
 * Azure answers neither whether a name is free (T013) nor whether a region has room (T096): only whether the region has the service can
 * be known, from the list of resource providers.
 */
export function evaluateRedis(providers: Fact<readonly Provider[]>, settings: Settings): Check[] {
  if (textOf(settings, 'redis_source') !== 'external') return [];
  if (textOf(settings, 'redis_kind') === 'premium') {
    return [
      warning(
        'Azure Cache for Redis',
        'Azure retires it on 2028-09-30 and creates no new one for tenants that had none before 2026-04-01 (T090)',
        'Set redis_kind to managed unless this tenant has such a cache already',
      ),
    ];
  }
  const location = textOf(settings, 'redis_location') || settings.location;
  const sku = textOf(settings, 'redis_sku_name');
  const offered = 'known' in providers ? isOffered(providers.known, 'Microsoft.Cache', 'redisEnterprise', location) : undefined;
  return [
    offered === false
      ? blocker(
          CHECK,
          `${location} has no Azure Managed Redis`,
          'Set redis_location to a region that has it; the private endpoint stays with the network',
        )
      : offered
        ? ok(CHECK, `${location} has the service`)
        : unknown(CHECK, `which regions have the service is not known${'unknown' in providers ? `: ${providers.unknown}` : ''}`),
    unknown(
      `${CHECK} capacity`,
      `Azure does not say in advance whether ${location} has room for ${sku || 'the size chosen'}, or whether the name is free; if the apply says InsufficientCapacity, a bigger size does not help, another redis_location does`,
    ),
    ...(sku === 'Balanced_B0'
      ? [
          warning(
            CHECK,
            'Balanced_B0 often cannot be allocated and cannot be made highly available (T094)',
            'Set redis_sku_name to Balanced_B1 or larger',
          ),
        ]
      : []),
  ];
}
