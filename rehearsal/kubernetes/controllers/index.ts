import type { Cluster } from '../../world/clusters.js';
import type { Admission, ClusterStore } from '../api.js';
import { admission } from './admission.js';
import { autoscaling } from './autoscaling.js';
import { issuers } from './cert-manager.js';
import { gatewayShim, ingressShim } from './certificate-shims.js';
import { Certificates } from './certificates.js';
import { installDefaults, namespaces } from './cluster-defaults.js';
import { daemonSets } from './daemonsets.js';
import { Deployments } from './deployments.js';
import { disruption } from './disruption.js';
import { envoyGateway } from './envoy-gateway.js';
import { Recorder } from './events.js';
import { ingresses } from './ingresses.js';
import { Jobs } from './jobs.js';
import { Kubelet } from './kubelet.js';
import { langsmithOperator } from './langsmith-operator.js';
import { loadBalancers } from './load-balancers.js';
import { installMeshAddon } from './mesh-addon.js';
import { installNodes } from './nodes.js';
import { PodFactory } from './pods.js';
import { quotaStatus } from './quotas.js';
import { replicaSets } from './replicasets.js';
import { Runtime, type Context } from './runtime.js';
import { Scheduler } from './scheduler.js';
import { services } from './services.js';
import { StatefulSets } from './statefulsets.js';
import { installSystemWorkloads } from './system-workloads.js';
import { volumes } from './volumes.js';

export interface Controllers {
  /** Ends all control loops; no timer is left behind. */
  stop(): void;
  /** To be applied by the API server to what clients create and update. */
  readonly admit: Admission;
}

/**
 * Plays everything behind the API of one AKS cluster: the control plane's loops, scheduler and autoscaler, the nodes with
 * their kubelets, Azure's cloud provider, Workload Identity, the Istio add-on, and cert-manager, ingress controllers and
 * LangSmith's operator where charts install them. Fills the store with what a new cluster has, then follows what is written to it. Throws for a node pool whose VM
 * size is unknown.
 */
export function startControllers(store: ClusterStore, context: Context): Controllers {
  const runtime = new Runtime(store, context);
  const recorder = new Recorder(runtime);
  const admit = admission(runtime);
  const pods = new PodFactory(runtime, admit);
  runtime.add(
    namespaces(runtime),
    quotaStatus(runtime),
    new Deployments(runtime, recorder),
    replicaSets(runtime, recorder, pods),
    new StatefulSets(runtime, recorder, pods),
    daemonSets(runtime, recorder, pods),
    new Jobs(runtime, recorder, pods),
    volumes(runtime, recorder),
    new Scheduler(runtime, recorder),
    new Kubelet(runtime, recorder),
    services(runtime),
    loadBalancers(runtime, recorder),
    ingresses(runtime, recorder),
    ...envoyGateway(runtime, recorder),
    langsmithOperator(runtime, recorder),
    autoscaling(runtime, recorder),
    disruption(runtime),
    issuers(runtime, recorder),
    ingressShim(runtime, recorder),
    gatewayShim(runtime, recorder),
    new Certificates(runtime, recorder),
  );
  installDefaults(runtime);
  installNodes(runtime);
  installSystemWorkloads(runtime);
  installMeshAddon(runtime);
  runtime.start();
  const changed = (cluster: Cluster): void => {
    if (cluster === context.cluster) installMeshAddon(runtime);
  };
  context.world.on('cluster-changed', changed);
  const stop = (): void => {
    context.world.off('cluster-changed', changed);
    runtime.stop();
  };
  return { stop, admit };
}
