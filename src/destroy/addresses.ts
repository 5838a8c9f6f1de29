import type { Azure } from '../preflight/azure.js';
import type { Fact } from '../preflight/check.js';

/**
 * Which of these public addresses stand in the resource group that AKS keeps for a cluster.
 * Microsoft.ContainerService managedClusters, API 2025-05-01; Microsoft.Network publicIPAddresses, API 2024-05-01.
 * @param clusterId ARM id.
 */
export async function remainingAddresses(azure: Azure, clusterId: string, addresses: readonly string[]): Promise<Fact<readonly string[]>> {
  const cluster = await azure.get<{ properties?: { nodeResourceGroup?: string } }>(clusterId, '2025-05-01');
  if ('unknown' in cluster) return cluster;
  const group = cluster.known.properties?.nodeResourceGroup;
  if (group === undefined) return { unknown: `ARM names no node resource group of ${clusterId}` };
  const path = `resourceGroups/${group}/providers/Microsoft.Network/publicIPAddresses`;
  const found = await azure.list<{ properties?: { ipAddress?: string } }>(path, '2024-05-01');
  if ('unknown' in found) return found;
  const remaining = new Set(found.known.map(({ properties }) => properties?.ipAddress));
  return { known: addresses.filter((address) => remaining.has(address)) };
}
