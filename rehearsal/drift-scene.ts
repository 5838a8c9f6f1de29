import { Observer } from './observe.js';
import type { Rehearsal } from './rehearsal.js';

/** One night of the scene: what happened by day, or that the deployment was run again. */
export interface Night {
  readonly title: string;
  readonly before?: (rehearsal: Rehearsal) => Promise<void>;
  /** The night after a deployment that sets everything right. */
  readonly deployed?: boolean;
}

const NAMESPACE = '--namespace=langsmith';

/** Somebody with kubectl and every right. Nothing happens while there is no cluster, or nothing in it yet. */
async function byHand(rehearsal: Rehearsal, ...args: string[]): Promise<void> {
  const observer = await Observer.of(rehearsal);
  const names = (await observer?.kubectl('get', 'serviceaccounts', NAMESPACE, '--output=name')) ?? '';
  if (names.includes('langsmith-backend')) await observer?.kubectl(...args, NAMESPACE);
}

/** What Azure does by itself, and nobody has to hear of: a policy tags the cluster, the database adds an endpoint to its subnet. */
async function servicesAtWork({ world }: Rehearsal): Promise<void> {
  for (const cluster of world.resources.list('Microsoft.ContainerService/managedClusters'))
    cluster.tags = { ...cluster.tags, 'policy-cost-center': '4711' };
  for (const subnet of world.resources.list('Microsoft.Network/virtualNetworks/subnets'))
    if (subnet.name.includes('postgres')) subnet.properties['serviceEndpoints'] = ['Microsoft.Storage'];
}

/** From a clean night to a clean night: the issue is opened, left alone, updated and closed. */
export const NIGHTS: readonly Night[] = [
  { title: 'By day only services have been at work: a policy tags the cluster; night falls', before: servicesAtWork },
  {
    title: 'By day somebody opens the Key Vault to one more address, and takes the client id off a service account; night falls',
    before: async (rehearsal) => {
      for (const vault of rehearsal.world.vaults.live.values()) vault.allowedIps.push('198.51.100.7');
      await byHand(rehearsal, 'annotate', 'serviceaccount', 'langsmith-backend', 'azure.workload.identity/client-id-');
    },
  },
  { title: 'Another night, and nothing is new' },
  {
    title: 'By day somebody deletes a Service; night falls',
    before: (rehearsal) => byHand(rehearsal, 'delete', 'service', 'langsmith-playground'),
  },
  { title: 'Night falls over what the deployment has set right', deployed: true },
];
