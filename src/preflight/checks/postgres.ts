import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { textOf, type Settings } from '../settings.js';

/** What a region offers this subscription. */
export interface Capability {
  readonly restricted?: string;
  readonly reason?: string;
  readonly supportedServerEditions?: readonly {
    readonly name: string;
    readonly supportedServerSkus?: readonly { readonly name: string; readonly supportedHaMode?: readonly string[] }[];
  }[];
  readonly supportedServerVersions?: readonly { readonly name: string }[];
}

/** Microsoft.DBforPostgreSQL capabilities by location, API 2024-08-01. */
export const fetchPostgres = (azure: Azure, { location }: Settings): Promise<Fact<readonly Capability[]>> =>
  azure.list<Capability>(`providers/Microsoft.DBforPostgreSQL/locations/${location}/capabilities`, '2024-08-01');

const CHECK = 'PostgreSQL';

/** azurerm's prefix of a SKU -> the edition Azure lists it under. */
const EDITIONS: Readonly<Record<string, string>> = { B: 'Burstable', GP: 'GeneralPurpose', MO: 'MemoryOptimized' };

/** `GP_Standard_D2ds_v5` → `Standard_D2ds_v5`, the VM size behind it. */
export const vmSizeOf = (sku: string): string => sku.replace(/^[A-Z]+_/, '');

/**
 * An empty list is an answer: the offer type of this subscription gets no server in this region (T070). An error is none. A quotaId
 * only explains what the list says (T071).
 */
export function evaluatePostgres(facts: Fact<readonly Capability[]>, settings: Settings, quotaId: Fact<string>): Check[] {
  if (textOf(settings, 'postgres_source') !== 'external') return [];
  const { location } = settings;
  if ('unknown' in facts) return [unknown(CHECK, `what ${location} offers cannot be read: ${facts.unknown}`)];
  const elsewhere =
    'Choose another location, or ask Azure support to open the region to this subscription (quota type: Azure Database for PostgreSQL)';
  const closed = facts.known.find(({ restricted }) => restricted === 'Enabled');
  if (facts.known.length === 0 || closed !== undefined) {
    const offer = 'known' in quotaId ? `, whose offer is ${quotaId.known}` : '';
    return [
      blocker(
        CHECK,
        `${location} offers no flexible server to this subscription${offer}${closed?.reason ? `: ${closed.reason}` : ''}`,
        elsewhere,
      ),
    ];
  }
  const version = textOf(settings, 'postgres_version');
  const sku = textOf(settings, 'postgres_sku_name');
  const versions = facts.known.flatMap(({ supportedServerVersions = [] }) => supportedServerVersions.map(({ name }) => name));
  const edition = EDITIONS[sku.split('_')[0] ?? ''];
  const skus = facts.known
    .flatMap(({ supportedServerEditions = [] }) => supportedServerEditions)
    .filter(({ name }) => name === edition)
    .flatMap(({ supportedServerSkus = [] }) => supportedServerSkus);
  const chosen = skus.find(({ name }) => name.toLowerCase() === vmSizeOf(sku).toLowerCase());
  const wantsZones = settings.variables['postgres_high_availability'] === true;
  const checks = [
    ...(versions.includes(version)
      ? []
      : [
          blocker(
            CHECK,
            `${location} offers no PostgreSQL ${version}, only ${versions.join(', ')}`,
            `Set postgres_version to one of ${versions.join(', ')}`,
          ),
        ]),
    ...(chosen === undefined
      ? [
          blocker(
            CHECK,
            `${location} does not offer ${sku}`,
            `Set postgres_sku_name to a size the region has: az postgres flexible-server list-skus --location ${location}`,
          ),
        ]
      : []),
    ...(chosen !== undefined && wantsZones && !(chosen.supportedHaMode ?? []).includes('ZoneRedundant')
      ? [
          blocker(
            CHECK,
            `${location} has no zone-redundant ${sku}`,
            'Set postgres_high_availability to false, or choose another location or size',
          ),
        ]
      : []),
  ];
  if (checks.length > 0) return checks;
  return [ok(CHECK, `${location} offers version ${version} on ${sku}`), ...offerWarning(quotaId)];
}

/** Offers that are known to be closed to some regions without the list saying so in time. */
const RESTRICTED_OFFERS = /^(FreeTrial|MSDN|VisualStudio|AzurePass|MPN|Sponsored)/i;

function offerWarning(quotaId: Fact<string>): Check[] {
  if ('unknown' in quotaId || !RESTRICTED_OFFERS.test(quotaId.known)) return [];
  return [
    warning(
      CHECK,
      `the subscription's offer ${quotaId.known} is often refused servers in busy regions, whatever the list says`,
      'Use a pay-as-you-go or enterprise subscription if the server is refused',
    ),
  ];
}
