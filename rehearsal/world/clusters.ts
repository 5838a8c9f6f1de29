import type { IncomingMessage, ServerResponse } from 'node:http';

export interface NodePool {
  readonly name: string;
  readonly vmSize: string;
  readonly minCount: number;
  readonly maxCount: number;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect`. */
  readonly taints: readonly string[];
}

export interface Cluster {
  readonly name: string;
  readonly resourceId: string;
  /** Host name of the API server, e.g. `langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io`. */
  readonly fqdn: string;
  /** `https://<region>.oic.prod-aks.azure.com/<tenant>/<uuid>/`. */
  readonly oidcIssuerUrl: string;
  kubernetesVersion: string;
  readonly localAccountDisabled: boolean;
  readonly nodePools: NodePool[];
  /** Answers the Kubernetes API; set by whoever plays the cluster (rehearsal/kubernetes). */
  handle?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A cluster without whoever plays it. */
export type ClusterSnapshot = Omit<Cluster, 'handle'>;

export function clusterSnapshot({ handle: _handle, ...cluster }: Cluster): ClusterSnapshot {
  return cluster;
}
