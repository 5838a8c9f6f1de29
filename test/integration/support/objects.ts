import type { KubeObject } from '../../../rehearsal/kubernetes/api.js';
import type { Rehearsal } from '../../../rehearsal/rehearsal.js';
import { plantedIn } from './planted.js';

/** Kinds that controllers make and remake, and those of the machinery: what they come from is compared instead. */
const MADE = new Set([
  'Pod',
  'ReplicaSet',
  'ControllerRevision',
  'Event',
  'Endpoints',
  'EndpointSlice',
  'Lease',
  'Node',
  'PersistentVolume',
  'Job',
]);

/** What says who wrote an object and when, and what the cluster draws by lot. Everything else of it must be the same on both paths. */
const DRAWN = ['managedFields', 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'ownerReferences'];

export type Leaves = ReadonlyMap<string, unknown>;

/** Every field of an object by its path, but for those. */
function leavesOf(object: KubeObject): Leaves {
  const leaves = new Map<string, unknown>();
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) leaves.set(at, value);
    else for (const [key, inner] of Object.entries(value)) walk(inner, at === '' ? key : `${at}.${key}`);
  };
  const { status: _status, metadata, ...rest } = object as unknown as Record<string, unknown>;
  walk({ ...rest, metadata: Object.fromEntries(Object.entries(metadata as object).filter(([name]) => !DRAWN.includes(name))) }, '');
  return leaves;
}

/** Fields whose value is of one world: secrets and keys, disks and their nodes, addresses in the order of asking, the identity in Entra. */
const OF_ONE_WORLD = new RegExp(
  [
    '^Secret .* data\\.',
    '^PersistentVolumeClaim .* (spec\\.volumeName|metadata\\.annotations\\.volume\\.kubernetes\\.io/selected-node)$',
    '^Service .* spec\\.(clusterIPs?|ports\\.\\d+\\.nodePort)',
    // Digests of what agents are called, and when they made others restart.
    '^Deployment .* spec\\.template\\.metadata\\.annotations\\.(kubectl\\.kubernetes\\.io/restartedAt|langsmith-azure/[a-z-]+-config-digest)$',
    '^ServiceAccount .* metadata\\.annotations\\.azure\\.workload\\.identity/client-id$',
  ].join('|'),
);

/** `Deployment langsmith/langsmith-backend` → what it says. */
export function objectsOf(rehearsal: Rehearsal): Map<string, Leaves> {
  const [server] = [...rehearsal.clusters.servers.values()];
  const objects = [...(server?.store.snapshot().objects.values() ?? [])].flat();
  return new Map(
    objects
      .filter(({ kind, metadata }) => !MADE.has(kind) && !metadata.name.startsWith('sh.helm.release.v1.'))
      .map((object) => [`${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, leavesOf(object)]),
  );
}

/** The same with what is of one world, and every secret in a text, made unrecognisable. */
export function sharedObjectsOf(rehearsal: Rehearsal): Map<string, Leaves> {
  const secrets = plantedIn(rehearsal).flatMap(({ forms }) => forms);
  const objects = objectsOf(rehearsal);
  // An agent is called by its product and a number drawn by lot, and so is everything of it.
  const agents = [...objects.keys()].map((name) => /^LGP [^/]*\/(?<product>.+)-(?<number>[0-9a-f]{8})$/.exec(name)?.groups);
  const named = (text: string): string =>
    agents.reduce((all, agent) => (agent === undefined ? all : all.replaceAll(agent['number'] ?? '', agent['product'] ?? '')), text);
  const blank = (name: string, path: string, value: unknown): unknown => {
    if (OF_ONE_WORLD.test(`${name} ${path}`)) return '…';
    if (typeof value !== 'string') return value;
    return secrets.some((secret) => value.includes(secret)) ? '…' : named(value);
  };
  return new Map(
    [...objects].map(([name, leaves]) => [named(name), new Map([...leaves].map(([path, value]) => [path, blank(name, path, value)]))]),
  );
}

/** `Service langsmith/langsmith-redis spec.clusterIP` for each field that is not the same. */
export function differing(before: ReadonlyMap<string, Leaves>, after: ReadonlyMap<string, Leaves>): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [left, right] = [before.get(name) ?? new Map<string, unknown>(), after.get(name) ?? new Map<string, unknown>()];
    return [...new Set([...left.keys(), ...right.keys()])]
      .filter((path) => left.get(path) !== right.get(path))
      .map((path) => `${name} ${path}`);
  });
}

/** Pods that stay: those of hooks run anew with every upgrade. */
export const podsOf = (rehearsal: Rehearsal, namespace: string): string[] =>
  [...rehearsal.clusters.servers.values()].flatMap((server) =>
    server.store
      .list('Pod', namespace)
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'Job') !== true)
      .map(({ metadata }) => `${metadata.name} ${metadata.uid}`),
  );
