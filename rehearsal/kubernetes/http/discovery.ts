import { apiVersionOf, type Kinds, type ResourceType } from '../kinds.js';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Verbs of each subresource and what it answers with. */
const SUBRESOURCES: Readonly<Record<string, { verbs: readonly string[]; kind?: readonly [string, string, string] }>> = {
  status: { verbs: ['get', 'patch', 'update'] },
  scale: { verbs: ['get', 'patch', 'update'], kind: ['autoscaling', 'v1', 'Scale'] },
  log: { verbs: ['get'] },
  eviction: { verbs: ['create'], kind: ['policy', 'v1', 'Eviction'] },
  token: { verbs: ['create'], kind: ['authentication.k8s.io', 'v1', 'TokenRequest'] },
};

/** Kinds that can only be posted: they answer a question and are not stored. */
export const REVIEWS: readonly { group: string; version: string; resource: string; kind: string }[] = [
  { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
  { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' },
  { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
];

interface Entry {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
}

interface Group {
  readonly name: string;
  readonly versions: { readonly version: string; readonly entries: Entry[] }[];
}

/** Subresources a kind is served with, those of pods and service accounts included. */
export function subresourcesOf(type: ResourceType): string[] {
  const extra = type.group !== '' ? [] : type.kind === 'Pod' ? ['log', 'eviction'] : type.kind === 'ServiceAccount' ? ['token'] : [];
  return [...type.subresources, ...extra];
}

function groupsOf(kinds: Kinds): Group[] {
  const groups = new Map<string, Group>();
  const add = (name: string, version: string, entry: Entry): void => {
    const group = groups.get(name) ?? { name, versions: [] };
    groups.set(name, group);
    const known = group.versions.find((candidate) => candidate.version === version);
    if (known) known.entries.push(entry);
    else group.versions.push({ version, entries: [entry] });
  };
  for (const type of kinds.all())
    for (const version of type.versions) add(type.group, version, { ...type, verbs: VERBS, subresources: subresourcesOf(type) });
  for (const { group, version, resource, kind } of REVIEWS) {
    add(group, version, {
      plural: resource,
      singular: kind.toLowerCase(),
      kind,
      namespaced: false,
      verbs: ['create'],
      shortNames: [],
      categories: [],
      subresources: [],
    });
  }
  return [...groups.values()];
}

function aggregatedResource(group: Group, version: string, entry: Entry): Record<string, unknown> {
  const own = { group: group.name, version, kind: entry.kind };
  const subresources = entry.subresources.map((name) => {
    const [subgroup, subversion, kind] = SUBRESOURCES[name]?.kind ?? [group.name, version, entry.kind];
    return { subresource: name, responseKind: { group: subgroup, version: subversion, kind }, verbs: SUBRESOURCES[name]?.verbs };
  });
  return {
    resource: entry.plural,
    responseKind: own,
    scope: entry.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: entry.singular,
    verbs: entry.verbs,
    ...(entry.shortNames.length > 0 ? { shortNames: entry.shortNames } : {}),
    ...(entry.categories.length > 0 ? { categories: entry.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

function aggregated(groups: readonly Group[]): Record<string, unknown> {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group.name ? { name: group.name } : {}), creationTimestamp: null },
      versions: group.versions.map(({ version, entries }) => ({
        version,
        freshness: 'Current',
        resources: entries.map((entry) => aggregatedResource(group, version, entry)),
      })),
    })),
  };
}

function apiGroup(group: Group): Record<string, unknown> {
  const versions = group.versions.map(({ version }) => ({ groupVersion: apiVersionOf(group.name, version), version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

function resourceList(group: Group, version: string): Record<string, unknown> | undefined {
  const found = group.versions.find((candidate) => candidate.version === version);
  if (!found) return undefined;
  const resources = found.entries.flatMap((entry) => {
    const { plural, singular, kind, namespaced, verbs, shortNames, categories } = entry;
    const subresources = entry.subresources.map((name) => {
      const [subgroup, subversion, subkind] = SUBRESOURCES[name]?.kind ?? [undefined, undefined, kind];
      return {
        name: `${plural}/${name}`,
        singularName: '',
        namespaced,
        kind: subkind,
        verbs: SUBRESOURCES[name]?.verbs,
        ...(subgroup === undefined ? {} : { group: subgroup, version: subversion }),
      };
    });
    return [{ name: plural, singularName: singular, namespaced, kind, verbs, shortNames, categories }, ...subresources];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(group.name, version), resources };
}

/** An answer and the media type it must carry. */
export interface DiscoveryAnswer {
  readonly contentType: string;
  readonly body: Record<string, unknown>;
}

/** Answers `/api`, `/apis` and what lies under them down to a version; undefined for every other path. */
export function discover(kinds: Kinds, pathname: string, accept: string): DiscoveryAnswer | undefined {
  const words = pathname.split('/').filter(Boolean);
  const core = words[0] === 'api';
  if (!core && words[0] !== 'apis') return undefined;
  const groups = groupsOf(kinds);
  const wanted = core ? groups.filter((group) => group.name === '') : groups.filter((group) => group.name !== '');
  const plain = (body: Record<string, unknown> | undefined) => body && { contentType: 'application/json', body };
  if (words.length === 1) {
    if (accept.includes('as=APIGroupDiscoveryList') && accept.includes('v=v2;'))
      return { contentType: AGGREGATED, body: aggregated(wanted) };
    if (core) return plain({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
    return plain({ kind: 'APIGroupList', apiVersion: 'v1', groups: wanted.map(apiGroup) });
  }
  const group = core ? wanted[0] : wanted.find((candidate) => candidate.name === words[1]);
  if (!group) return undefined;
  if (core) return words.length === 2 ? plain(resourceList(group, words[1] ?? '')) : undefined;
  if (words.length === 2) return plain({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) });
  return words.length === 3 ? plain(resourceList(group, words[2] ?? '')) : undefined;
}
