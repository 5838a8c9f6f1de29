import { DEPLOYING, LOOKING, proveAccess } from '../kubernetes/access.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { type FeatureName, type Shape, shapeOf } from '../passes.js';
import { deployedFeatures, keepFeatures } from '../release/features.js';
import type { Inputs } from './inputs.js';
import type { Outputs } from './outputs.js';

/** The cluster as this run finds it, and what the deployment is to be. */
export interface ClusterState {
  /** User the API server sees. */
  readonly user: string;
  /** `v4.1.4`. */
  readonly helmVersion: string;
  /** What the deployment has after this run: never less than it has now, but for what the user gives up by name. */
  readonly shape: Shape;
  /** What the run takes away because the user gave it up. */
  readonly lost: readonly FeatureName[];
}

type ClusterInputs = Pick<Inputs, 'command' | 'pass' | 'topology' | 'approvedIrreversible' | 'timeoutMinutes'>;

/**
 * Proves access to the cluster and reads which features are deployed there: passes are cumulative, so a run of an earlier pass keeps
 * what later ones brought.
 * @throws DeployError `cluster-unreachable`, `cluster-forbidden`.
 */
export async function readCluster(cluster: Cluster, inputs: ClusterInputs, outputs: Outputs): Promise<ClusterState> {
  const isLooking = inputs.command === 'verify';
  const user = await proveAccess(cluster.kubectl, inputs.timeoutMinutes, isLooking ? LOOKING : DEPLOYING);
  const { helm, log } = cluster;
  const [helmVersion, newest] = await Promise.all([
    helm.version(),
    helm.newest(outputs.langsmith_release_name, outputs.langsmith_namespace),
  ]);
  const values = newest === undefined ? {} : await helm.userValues(outputs.langsmith_release_name, outputs.langsmith_namespace);
  // Who only looks gives nothing up.
  const { pass, lost } = keepFeatures(inputs.pass, deployedFeatures(values), isLooking ? [] : inputs.approvedIrreversible);
  log.info(`The cluster ${outputs.aks_cluster_name} knows us as ${user}; Helm ${helmVersion}.`);
  if (pass > inputs.pass) log.info(`Pass ${pass} is deployed and stays: this run includes it.`);
  return { user, helmVersion, shape: shapeOf(pass, inputs.topology, outputs), lost };
}

/** One line for the step summary. */
export function describeCluster({ user, shape, lost }: ClusterState): string {
  const losses = lost.length === 0 ? '' : `; gives up ${lost.join(', ')}`;
  return `the cluster knows us as ${user}; the deployment is that of pass ${shape.pass}${losses}`;
}
