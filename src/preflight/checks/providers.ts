import type { Azure } from '../azure.js';
import { blocker, ok, unknown, type Check, type Fact } from '../check.js';
import { neededProviders } from '../needs.js';
import type { Settings } from '../settings.js';

/** A resource provider of the subscription. */
export interface Provider {
  readonly namespace: string;
  readonly registrationState: string;
  readonly resourceTypes?: readonly { readonly resourceType: string; readonly locations?: readonly string[] }[];
}

const CHECK = 'resource providers';

/** All providers in one list (T141). Microsoft.Resources, API 2022-12-01. */
export const fetchProviders = (azure: Azure): Promise<Fact<readonly Provider[]>> => azure.list<Provider>('providers', '2022-12-01');

/** Only those this configuration uses. */
export function evaluateProviders(facts: Fact<readonly Provider[]>, settings: Settings): Check[] {
  if ('unknown' in facts) return [unknown(CHECK, `the list of resource providers cannot be read: ${facts.unknown}`)];
  const needed = neededProviders(settings);
  const missing = needed.filter((namespace) => provider(facts.known, namespace)?.registrationState !== 'Registered');
  if (missing.length === 0) return [ok(CHECK, `${needed.join(', ')} are registered`)];
  const state = (namespace: string): string => provider(facts.known, namespace)?.registrationState ?? 'unknown to the subscription';
  return [
    blocker(
      CHECK,
      `not registered: ${missing.map((namespace) => `${namespace} (${state(namespace)})`).join(', ')}`,
      missing.map((namespace) => `az provider register --namespace ${namespace} --wait`).join(' && '),
    ),
  ];
}

const provider = (providers: readonly Provider[], namespace: string): Provider | undefined =>
  providers.find((candidate) => candidate.namespace.toLowerCase() === namespace.toLowerCase());

/** Is a resource type offered in a region? undefined when the list does not say. Regions come as display names ("West Europe"). */
export function isOffered(providers: readonly Provider[], namespace: string, type: string, location: string): boolean | undefined {
  const locations = provider(providers, namespace)?.resourceTypes?.find(
    ({ resourceType }) => resourceType.toLowerCase() === type.toLowerCase(),
  )?.locations;
  return locations?.some((name) => name.toLowerCase().replaceAll(' ', '') === location);
}
