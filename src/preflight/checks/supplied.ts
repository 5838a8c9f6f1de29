import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { textOf, type Settings } from '../settings.js';

/** Something of the user's own that the configuration names by its resource id. */
interface Supplied {
  /** Variable of `terraform/infra`. */
  readonly variable: string;
  readonly what: string;
  readonly apiVersion: string;
}

const NETWORK = '2024-05-01';
const PRIVATE_DNS = '2020-06-01';

const SUPPLIED: readonly Supplied[] = [
  { variable: 'vnet_id', what: 'virtual network', apiVersion: NETWORK },
  { variable: 'aks_subnet_id', what: 'subnet of the nodes', apiVersion: NETWORK },
  { variable: 'postgres_subnet_id', what: 'subnet of PostgreSQL', apiVersion: NETWORK },
  { variable: 'redis_subnet_id', what: 'subnet of Redis', apiVersion: NETWORK },
  { variable: 'bastion_subnet_id', what: 'subnet of Bastion', apiVersion: NETWORK },
  { variable: 'application_gateway_subnet_id', what: 'subnet of the Application Gateway', apiVersion: NETWORK },
  { variable: 'application_gateway_id', what: 'Application Gateway', apiVersion: NETWORK },
  { variable: 'postgres_private_dns_zone_id', what: 'private DNS zone of PostgreSQL', apiVersion: PRIVATE_DNS },
  { variable: 'redis_private_dns_zone_id', what: 'private DNS zone of Redis', apiVersion: PRIVATE_DNS },
];

/** Variables whose values are looked up; a contract test holds them against the root. */
export const SUPPLIED_VARIABLES = SUPPLIED.map(({ variable }) => variable);

/** What a subnet says of itself; other resources leave these out. */
interface Found {
  readonly properties?: { readonly delegations?: readonly { readonly properties?: { readonly serviceName?: string } }[] };
}

export interface SuppliedFact extends Supplied {
  readonly id: string;
  /** Undefined: ARM says that there is no such thing. */
  readonly found: Fact<Found | undefined>;
}

/** Looks up every supplied resource (T140), and the resource group, which every plan reads (T136). */
export async function fetchSupplied(azure: Azure, settings: Settings, group: string): Promise<SuppliedFact[]> {
  const named = SUPPLIED.flatMap((supplied) => {
    const id = textOf(settings, supplied.variable);
    return id === '' ? [] : [{ ...supplied, id }];
  });
  const look = async (supplied: Supplied & { readonly id: string }): Promise<SuppliedFact> => {
    const exists = await azure.exists(supplied.id, supplied.apiVersion);
    if ('unknown' in exists) return { ...supplied, found: exists };
    return { ...supplied, found: exists.known ? await azure.get<Found>(supplied.id, supplied.apiVersion) : { known: undefined } };
  };
  return Promise.all([...named, { variable: '', what: 'resource group', apiVersion: '2021-04-01', id: group }].map(look));
}

export function evaluateSupplied(facts: readonly SuppliedFact[]): Check[] {
  return facts.flatMap((fact) => {
    const { variable, what, id, found } = fact;
    const check = variable === '' ? what : `${what} (${variable})`;
    if ('unknown' in found) {
      return [
        /^HTTP 403\b/.test(found.unknown)
          ? blocker(
              check,
              `${id} may not be read, which even a plan does: ${found.unknown}`,
              `Give the deploying identity the role Reader on ${id}; if it holds a time-bound role, activate it again`,
            )
          : unknown(check, `${id} cannot be looked up: ${found.unknown}`),
      ];
    }
    // A resource group that is not there yet is made; what it is to hold needs no word.
    if (variable === '') return [];
    if (found.known === undefined) return [blocker(check, `${id} does not exist`, `Correct ${variable} in the configuration file`)];
    return [delegation(fact, check, found.known) ?? ok(check, `${id} is there`)];
  });
}

const POSTGRES = 'Microsoft.DBforPostgreSQL/flexibleServers';
const GATEWAY = 'Microsoft.Network/applicationGateways';

/** azurerm does not read delegations of a subnet (T034): what is missing would show only when the service is made. */
function delegation({ variable, id }: SuppliedFact, check: string, { properties }: Found): Check | undefined {
  const delegated = (properties?.delegations ?? []).flatMap((entry) => entry.properties?.serviceName ?? []);
  const has = (service: string): boolean => delegated.some((name) => name.toLowerCase() === service.toLowerCase());
  const delegate = (service: string): string => `az network vnet subnet update --ids ${id} --delegations ${service}`;
  if (variable === 'postgres_subnet_id' && !has(POSTGRES))
    return blocker(check, `${id} is not delegated to ${POSTGRES}`, delegate(POSTGRES));
  if (variable === 'redis_subnet_id' && delegated.length > 0)
    return blocker(check, `${id} is delegated to ${delegated.join(', ')}; Redis takes no delegated subnet`, `Correct ${variable}`);
  // Gateways from before the rule go on without it.
  if (variable === 'application_gateway_subnet_id' && !has(GATEWAY))
    return warning(check, `${id} is not delegated to ${GATEWAY}, which a new gateway needs`, delegate(GATEWAY));
  return undefined;
}
