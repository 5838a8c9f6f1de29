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

/** The Istio add-on of AKS, where it is switched on. */
export interface ServiceMesh {
  /** `asm-1-29`. */
  readonly revisions: readonly string[];
  readonly externalIngressGateway: boolean;
  readonly internalIngressGateway: boolean;
}

/** How a connection to one of a cluster's public addresses begins. */
export type Greeting =
  | { readonly is: 'refused' }
  /** The TLS handshake, or whatever comes first, ends with a reset. */
  | { readonly is: 'reset' }
  | { readonly is: 'plain' }
  | { readonly is: 'tls'; readonly certificate: string; readonly key: string };

export interface FrontDoorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the internet sees of a cluster: its load balancers, and through them its ingress controllers and pods. */
export interface FrontDoor {
  /** Undefined when the address is none of this cluster's. `host` is the name the client asks for. */
  greet(address: string, port: number, host: string): Greeting | undefined;
  /** `path` without a query. Undefined for what no rehearsed program answers. */
  answer(address: string, port: number, host: string, method: string, path: string): FrontDoorAnswer | undefined;
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
  /** Emit `cluster-changed` on the world after a change. */
  serviceMesh?: ServiceMesh | undefined;
  /** Answers the Kubernetes API; set by whoever plays the cluster (rehearsal/kubernetes). */
  handle?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Set by whoever plays the cluster. */
  frontDoor?: FrontDoor;
}

/** A cluster without whoever plays it. */
export type ClusterSnapshot = Omit<Cluster, 'handle' | 'frontDoor'>;

export function clusterSnapshot({ handle: _handle, frontDoor: _frontDoor, ...cluster }: Cluster): ClusterSnapshot {
  return cluster;
}
