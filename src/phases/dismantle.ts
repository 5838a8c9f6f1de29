import {
  addressesOf,
  AGENT_PRODUCTS,
  GATEWAYS,
  held,
  inOrderOfRemoval,
  loadBalancers,
  nameOf,
  retainedVolumes,
} from '../destroy/contents.js';
import type { PlacedRelease, RetainedVolume } from '../destroy/contents.js';
import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { KubeObject } from '../kubernetes/objects.js';
import type { Addon } from '../platform/addons.js';
import { PART_OF } from '../platform/namespaces.js';
import type { Fact } from '../preflight/check.js';
import { until, type Patience } from '../retry.js';
import { CommandFailure } from '../tools/command.js';

/** What was taken out of the cluster, in the order in which it went. */
export interface Dismantled {
  readonly agentProducts: readonly string[];
  readonly releases: readonly string[];
  /** Addresses that Azure had given to Services. */
  readonly addresses: readonly string[];
  readonly addons: readonly string[];
  readonly namespaces: readonly string[];
  /** Volumes that outlive their namespaces. */
  readonly volumes: readonly RetainedVolume[];
}

/** Why nobody looked into the cluster. */
export interface Skipped {
  readonly skipped: string;
  /** Something may be in it all the same. */
  readonly unseen: boolean;
}

export interface DismantleTools {
  /** Every add-on this version knows. */
  readonly addons: readonly Addon[];
  /** Which of these addresses Azure still has. */
  readonly remaining: (addresses: readonly string[]) => Promise<Fact<readonly string[]>>;
  readonly timeoutMinutes: number;
  readonly patience?: Partial<Patience>;
}

/**
 * Empties the cluster while everything that takes part in it still runs: agent products before their operator, the product before the
 * addresses it is reached by, those before the add-ons that made them, namespaces last. Each is awaited; a second run finds less to do.
 * @throws DeployError `destroy-blocked` naming what does not go and what holds it, `platform-forbidden`, `platform-unreachable`.
 */
export async function dismantle(cluster: Cluster, tools: DismantleTools): Promise<Dismantled> {
  const { kubectl, helm, log } = cluster;
  const namespaces = (await kubectl.list('namespaces', undefined, PART_OF)).sort((a, b) => rank(a, tools) - rank(b, tools));
  const names = namespaces.map(({ metadata }) => metadata.name);
  const placed = await Promise.all(
    names.map(async (namespace) => (await helm.releases(namespace)).map((release): PlacedRelease => ({ ...release, namespace }))),
  );
  const releases = inOrderOfRemoval(placed.flat(), tools.addons);
  const home = namespaces[0];
  // A namespace that is going takes no lease any more, and nothing can be installed into it either.
  if (home !== undefined && home.metadata.deletionTimestamp === undefined) await cluster.lease.acquire(home.metadata.name);

  const agentProducts = await deleteAll(cluster, AGENT_PRODUCTS, await kubectl.listServed(AGENT_PRODUCTS), tools);
  for (const release of releases.product) await uninstall(cluster, release, tools);
  await deleteAll(cluster, GATEWAYS, await kubectl.listServed(GATEWAYS), tools);
  const addresses = await releaseAddresses(cluster, tools);
  for (const release of releases.platform) await uninstall(cluster, release, tools);

  await cluster.lease.release();
  await deleteAll(cluster, 'namespaces', namespaces, tools);
  const dismantled = {
    agentProducts,
    releases: releases.product.map(({ name }) => name),
    addresses,
    addons: releases.platform.map(({ name }) => name),
    namespaces: names,
    volumes: retainedVolumes(await kubectl.list('persistentvolumes', undefined), names),
  };
  log.info(describeDismantle(dismantled));
  return dismantled;
}

/** LangSmith's own namespace first: it holds the lease. */
const rank = ({ metadata }: KubeObject, { addons }: DismantleTools): number =>
  addons.some(({ namespace }) => namespace === metadata.name) ? 1 : 0;

const patienceOf = ({ timeoutMinutes, patience = {} }: DismantleTools): Patience => ({
  deadlineMs: timeoutMinutes * 60_000,
  firstPauseMs: 500,
  maximumPauseMs: 5000,
  ...patience,
});

/** Deletes objects of one kind and waits until none of them is left. @returns their names. */
async function deleteAll(cluster: Cluster, resource: string, objects: readonly KubeObject[], tools: DismantleTools): Promise<string[]> {
  const { kubectl, log } = cluster;
  if (objects.length === 0) return [];
  log.info(`deleting ${objects.map(nameOf).join(', ')}`);
  await Promise.all(objects.map(({ metadata }) => kubectl.delete(resource, metadata.name, metadata.namespace)));
  const wanted = new Set(objects.map(({ metadata }) => metadata.uid));
  let left: readonly KubeObject[] = objects;
  const gone = await until(patienceOf(tools), async () => {
    left = (await kubectl.listServed(resource)).filter(({ metadata }) => wanted.has(metadata.uid));
    return left.length === 0 ? true : undefined;
  });
  if (gone === undefined) throw blocked(left, tools);
  return objects.map(({ metadata }) => metadata.name);
}

function blocked(objects: readonly KubeObject[], { timeoutMinutes }: DismantleTools): DeployError {
  const lines = held(objects).map(({ object, by }) => `- ${object}: ${by}`);
  return new DeployError('destroy-blocked', [`still there after ${timeoutMinutes} minutes:`, ...lines].join('\n'));
}

async function uninstall(cluster: Cluster, { name, namespace }: PlacedRelease, { timeoutMinutes }: DismantleTools): Promise<void> {
  cluster.log.info(`uninstalling the release ${namespace}/${name}`);
  try {
    await cluster.helm.uninstall(name, namespace, timeoutMinutes);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw new DeployError('destroy-blocked', `the release ${namespace}/${name}: ${cluster.redact(error.message)}`, { cause: error });
  }
}

/** Terraform knows nothing of what Services got from Azure: with it, the network could not be deleted (T292). */
async function releaseAddresses(cluster: Cluster, tools: DismantleTools): Promise<string[]> {
  const services = loadBalancers(await cluster.kubectl.list('services', undefined));
  const addresses = addressesOf(services);
  await deleteAll(cluster, 'services', services, tools);
  if (addresses.length === 0) return [];
  let answer: Fact<readonly string[]> = { known: addresses };
  const released = await until(patienceOf(tools), async () => {
    answer = await tools.remaining(addresses);
    return 'unknown' in answer || answer.known.length === 0 ? true : undefined;
  });
  const { unknown = '', known = [] } = answer as { readonly unknown?: string; readonly known?: readonly string[] };
  if (released === undefined) {
    throw new DeployError(
      'destroy-blocked',
      `Azure still has the public addresses ${known.join(', ')} after ${tools.timeoutMinutes} minutes`,
    );
  }
  if (unknown !== '') cluster.log.warning(`Whether Azure has released ${addresses.join(', ')} could not be read: ${unknown}`, 'dismantle');
  return addresses;
}

export function describeDismantle(result: Dismantled | Skipped): string {
  if ('skipped' in result) return `skipped: ${result.skipped}`;
  const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;
  return [
    count(result.agentProducts.length, 'agent product', 'agent products'),
    count(result.releases.length + result.addons.length, 'release', 'releases'),
    count(result.addresses.length, 'public address', 'public addresses'),
    `${count(result.namespaces.length, 'namespace', 'namespaces')} removed`,
  ].join(', ');
}
