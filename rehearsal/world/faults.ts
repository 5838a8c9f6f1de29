/**
 * What can be made to go wrong. Everything is off in a fresh world; a scene or a test switches one on.
 * Each fault is what Azure, GitHub or the cluster really does, so its text is the vendor's, not ours.
 */
export interface Faults {
  /** Connections to the Entra token endpoint are refused by the proxy. */
  entraUnreachable: boolean;
  /** Requests whose `METHOD host/path` matches are taken and never answered, as by a server that hangs; `seen` is told of each. */
  unanswered: { match: RegExp; seen: () => void } | undefined;
  /** API servers of clusters answer no connection, as when the cluster is stopped or this address is not among those it admits. */
  clusterUnreachable: boolean;
  /** The next N Key Vault requests are answered 429 with Retry-After 1. */
  vaultThrottledRequests: number;
  /** Key Vault answers 403 ForbiddenByFirewall to every data-plane request, whatever the vault's own rules say. */
  vaultFirewallClosed: boolean;
  /** Pods whose image matches cannot pull it (ImagePullBackOff). Running pods are left alone. */
  imagePull: RegExp | undefined;
  /** Jobs whose name matches fail. */
  jobFails: RegExp | undefined;
  /** Pods whose name matches crash after starting. */
  podCrashes: RegExp | undefined;
  /** Containers of pods whose name matches are killed for taking more memory than their limit (OOMKilled). */
  outOfMemory: RegExp | undefined;
  /** VM families or regions have no machine left: node pools do not grow beyond the nodes they have. */
  noMoreNodes: boolean;
  /** Chart repositories answer 404 for these `chart` names. */
  chartMissing: Set<string>;
  /** DNS zones of the subscription whose parent does not point to them: nobody outside sees what is in them. */
  zonesNotDelegated: Set<string>;
  /** Terraform creates whose `TYPE` or `TYPE NAME` matches fail with this text. */
  terraformCreate: { match: RegExp; message: string } | undefined;
  /** Terraform creates whose type matches never answer: the run has to be killed. */
  terraformHang: RegExp | undefined;
}

export function noFaults(): Faults {
  return {
    entraUnreachable: false,
    unanswered: undefined,
    clusterUnreachable: false,
    vaultThrottledRequests: 0,
    vaultFirewallClosed: false,
    imagePull: undefined,
    jobFails: undefined,
    podCrashes: undefined,
    outOfMemory: undefined,
    noMoreNodes: false,
    chartMissing: new Set(),
    zonesNotDelegated: new Set(),
    terraformCreate: undefined,
    terraformHang: undefined,
  };
}
