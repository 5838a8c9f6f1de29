import type { Offers, VmSize } from '../world/offers.js';
import type { World } from '../world/world.js';
import { ArmError } from './arm-error.js';
import { route, subscriptionOf, type Authorize, type Call, type Route } from './arm-route.js';
import { json, readJson, target } from './reply.js';

/** A quarter of the list per page, so that clients which forget `nextLink` are found out. */
const PAGES = 4;

/** What a region and a subscription offer: providers, VM sizes and their quota, PostgreSQL, Kubernetes, mesh, DNS labels. All reads. */
export function offerRoutes(world: World, authorize: Authorize): Route[] {
  const { offers } = world;
  const region = '/subscriptions/[^/]+/providers/';
  const read = (path: string, action: string, answer: (location: string, call: Call) => unknown): Route =>
    route('GET', path, (call, [location = '']) => {
      authorize(call, action, subscriptionOf(call));
      const namespace = action.split('/')[0] ?? action;
      if (offers.broken.has(namespace)) throw new ArmError(500, 'InternalServerError', `${namespace} cannot answer right now.`);
      json(call.response, 200, answer(location, call));
    });
  return [
    route('POST', `${region}Microsoft\\.DBforPostgreSQL/locations/[^/]+/checkNameAvailability`, async (call) => {
      authorize(call, 'Microsoft.DBforPostgreSQL/locations/checkNameAvailability/action', subscriptionOf(call));
      const { name } = await readJson(call.request);
      json(call.response, 200, serverNameAvailability(world, String(name)));
    }),
    read('/subscriptions/[^/]+/providers', 'Microsoft.Resources/subscriptions/providers/read', (_, call) =>
      paged(
        call,
        [...offers.providers].map(([namespace, registrationState]) => providerView(call, namespace, registrationState)),
      ),
    ),
    read(`${region}Microsoft\\.Compute/skus`, 'Microsoft.Compute/skus/read', (_, call) => ({
      value: offers.sizes.map((size) => sizeView(size, locationFilter(call))),
    })),
    read(`${region}Microsoft\\.Compute/locations/([^/]+)/usages`, 'Microsoft.Compute/locations/usages/read', () => ({
      value: usages(offers),
    })),
    read(
      `${region}Microsoft\\.DBforPostgreSQL/locations/([^/]+)/capabilities`,
      'Microsoft.DBforPostgreSQL/locations/capabilities/read',
      () => ({ value: postgresCapabilities(offers) }),
    ),
    read(
      `${region}Microsoft\\.ContainerService/locations/([^/]+)/kubernetesVersions`,
      'Microsoft.ContainerService/locations/kubernetesVersions/read',
      () => ({ values: kubernetesVersions(offers) }),
    ),
    read(
      `${region}Microsoft\\.ContainerService/locations/([^/]+)/meshRevisionProfiles`,
      'Microsoft.ContainerService/locations/meshRevisionProfiles/read',
      (_, call) => ({
        value: [
          {
            id: `${call.path}/istio`,
            name: 'istio',
            type: 'Microsoft.ContainerService/locations/meshRevisionProfiles',
            properties: { meshRevisions: meshRevisions(offers) },
          },
        ],
      }),
    ),
    read(
      `${region}Microsoft\\.Network/locations/([^/]+)/CheckDnsNameAvailability`,
      'Microsoft.Network/locations/checkDnsNameAvailability/read',
      (location, call) => ({ available: isLabelFree(world, location, target(call.request).searchParams.get('domainNameLabel') ?? '') }),
    ),
  ];
}

/** One page of a list that ARM cuts into pages; `$skiptoken` carries on. */
function paged(call: Call, items: readonly unknown[]): object {
  const url = target(call.request);
  const from = Number(url.searchParams.get('$skiptoken') ?? 0);
  const to = from + Math.ceil(items.length / PAGES);
  if (to >= items.length) return { value: items.slice(from) };
  url.searchParams.set('$skiptoken', String(to));
  return { value: items.slice(from, to), nextLink: `https://management.azure.com${url.pathname}${url.search}` };
}

/** Regions as this list writes them. */
const REGIONS = ['East US', 'West Europe', 'North Europe', 'Sweden Central'];

const TYPES: Readonly<Record<string, readonly string[]>> = {
  'Microsoft.Cache': ['Redis', 'redisEnterprise'],
  'Microsoft.ContainerService': ['managedClusters'],
  'Microsoft.DBforPostgreSQL': ['flexibleServers'],
};

function providerView(call: Call, namespace: string, registrationState: string): object {
  return {
    id: `${subscriptionOf(call)}/providers/${namespace}`,
    namespace,
    registrationState,
    registrationPolicy:
      namespace === 'Microsoft.Resources' || namespace === 'Microsoft.Authorization' ? 'RegistrationFree' : 'RegistrationRequired',
    resourceTypes: (TYPES[namespace] ?? []).map((resourceType) => ({ resourceType, locations: REGIONS, apiVersions: [] })),
  };
}

/** Without the filter the list is that of every region, which nobody here asks for. */
function locationFilter(call: Call): string {
  const location = /^location eq '([a-z0-9]+)'$/.exec(target(call.request).searchParams.get('$filter') ?? '')?.[1];
  if (location === undefined)
    throw new ArmError(400, 'InvalidFilter', "The rehearsal lists VM sizes with $filter=location eq '<region>' only.");
  return location;
}

function sizeView({ name, family, vcpus, zones, closed }: VmSize, location: string): object {
  const whole = closed === 'region';
  const restriction = {
    type: whole ? 'Location' : 'Zone',
    values: [location],
    restrictionInfo: { locations: [location], ...(whole ? {} : { zones: closed }) },
    reasonCode: 'NotAvailableForSubscription',
  };
  return {
    resourceType: 'virtualMachines',
    name,
    tier: 'Standard',
    size: name.replace(/^Standard_/, ''),
    family,
    locations: [location],
    locationInfo: [{ location, zones, zoneDetails: [] }],
    capabilities: [{ name: 'vCPUs', value: String(vcpus) }],
    restrictions: closed === undefined ? [] : [restriction],
  };
}

function usages({ quotas }: Offers): object[] {
  return [...quotas].map(([value, { label, current, limit }]) => ({
    unit: 'Count',
    currentValue: current,
    limit,
    name: { value, localizedValue: label },
  }));
}

function postgresCapabilities({ postgres }: Offers): object[] {
  if (postgres === undefined) return [];
  const editions = [...new Set(postgres.skus.values())];
  return [
    {
      name: 'FlexibleServerCapabilities',
      restricted: 'Disabled',
      supportedServerEditions: editions.map((name) => ({
        name,
        supportedServerSkus: [...postgres.skus]
          .filter(([, edition]) => edition === name)
          .map(([sku]) => ({ name: sku, supportedHaMode: name === 'Burstable' ? [] : ['SameZone', 'ZoneRedundant'] })),
      })),
      supportedServerVersions: postgres.versions.map((name) => ({ name, supportedVersionsToUpgrade: [] })),
    },
  ];
}

function kubernetesVersions({ kubernetes, previews }: Offers): object[] {
  return [...kubernetes].map(([version, supportPlan]) => ({
    version,
    capabilities: { supportPlan },
    isPreview: previews.has(version) ? true : null,
    patchVersions: { [`${version}.1`]: { upgrades: [] } },
  }));
}

function meshRevisions({ mesh }: Offers): object[] {
  return [...mesh].map(([revision, versions]) => ({ revision, upgrades: [], compatibleWith: [{ name: 'kubernetes', versions }] }));
}

function serverNameAvailability({ offers, resources }: World, name: string): object {
  const taken =
    offers.takenNames.has(name) || resources.list('Microsoft.DBforPostgreSQL/flexibleServers').some((server) => server.name === name);
  return taken
    ? { name, nameAvailable: false, reason: 'AlreadyExists', message: 'Specified server name is already used.' }
    : { name, nameAvailable: true };
}

function isLabelFree({ offers, resources }: World, location: string, label: string): boolean {
  const ours = resources.list('Microsoft.Network/publicIPAddresses').some((address) => {
    const settings = address.properties['dnsSettings'] as { domainNameLabel?: string } | undefined;
    return settings?.domainNameLabel === label && address.location === location;
  });
  return !ours && !offers.takenLabels.has(label);
}
