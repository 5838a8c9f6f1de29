import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { neededProviders } from '../needs.js';
import type { Settings } from '../settings.js';
import { allows, type Permission } from './permissions.js';

/** A resource provider of the subscription. */
export interface Provider {
  readonly namespace: string;
  readonly registrationState: string;
  readonly resourceTypes?: readonly { readonly resourceType: string; readonly locations?: readonly string[] }[];
}

const CHECK = 'resource providers';

/** All providers in one list (T141). Microsoft.Resources, API 2022-12-01. */
export const fetchProviders = (azure: Azure): Promise<Fact<readonly Provider[]>> => azure.list<Provider>('providers', '2022-12-01');

/** Only those this configuration uses. Terraform registers them itself where the identity may; it takes some minutes each. */
export function evaluateProviders(facts: Fact<readonly Provider[]>, permissions: Fact<readonly Permission[]>, settings: Settings): Check[] {
  if ('unknown' in facts) return [unknown(CHECK, `the list of resource providers cannot be read: ${facts.unknown}`)];
  const needed = neededProviders(settings);
  const missing = needed.filter((namespace) => provider(facts.known, namespace)?.registrationState !== 'Registered');
  if (missing.length === 0) return [ok(CHECK, `${needed.join(', ')} are registered`)];
  const state = (namespace: string): string => provider(facts.known, namespace)?.registrationState ?? 'unknown to the subscription';
  const stated = `not registered: ${missing.map((namespace) => `${namespace} (${state(namespace)})`).join(', ')}`;
  const fix = missing.map((namespace) => `az provider register --namespace ${namespace} --wait`).join(' && ');
  if ('unknown' in permissions) return [unknown(CHECK, `${stated}; whether the identity may register them is not known`, fix)];
  const may = missing.every((namespace) => permissions.known.some((permission) => allows(permission, `${namespace}/register/action`)));
  return [
    may
      ? warning(CHECK, `${stated}; the first apply registers them, which takes some minutes`, fix)
      : blocker(CHECK, `${stated}, and the identity may not register them`, fix),
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
