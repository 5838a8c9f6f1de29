import { at, child, children, isTree, type Tree } from '../admission/tree.js';
import type { KubeObject } from '../api.js';
import { humanDuration, since } from './age.js';
import { podReady, podRestarts, podStatus } from './pods.js';

/** One column of `kubectl get`; those with priority 1 show with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer';
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => string | number;
}

type Cell = Column['cell'];

function column(name: string, cell: Cell | string, type: Column['type'] = 'string'): Column {
  const read: Cell = typeof cell === 'string' ? (object) => shown(at(object, cell), type) : cell;
  return { name, type, priority: 0, cell: read };
}

function wide(name: string, cell: Cell | string): Column {
  return { ...column(name, cell), priority: 1 };
}

function shown(value: unknown, type: Column['type'] = 'string'): string | number {
  if (type === 'integer') return Number(value ?? 0);
  if (value === undefined || value === null || value === '') return '<none>';
  return isTree(value) || Array.isArray(value) ? JSON.stringify(value) : String(value as string | number | boolean);
}

const NAME = column('Name', (object) => object.metadata.name);
const AGE = column('Age', (object, now) => since(object.metadata.creationTimestamp, now));

function integer(name: string, path: string): Column {
  return column(name, path, 'integer');
}

function size(name: string, path: string): Column {
  return column(name, (object) => Object.keys((at(object, path) ?? {}) as Tree).length, 'integer');
}

function list(values: readonly unknown[]): string {
  return values.length > 0 ? values.map(String).join(',') : '<none>';
}

function pairs(labels: unknown): string {
  return list(Object.entries((labels ?? {}) as Tree).map(([key, value]) => `${key}=${String(value)}`));
}

function selector(path: string): Cell {
  return (object) => {
    const found = at(object, path) as Tree | undefined;
    return pairs(found?.['matchLabels'] ?? (found?.['matchExpressions'] ? undefined : found));
  };
}

function containers(path: string): Column[] {
  const all = (object: KubeObject) => children(at(object, path) as Tree | undefined, 'containers');
  return [
    wide('Containers', (object) => list(all(object).map((container) => container['name']))),
    wide('Images', (object) => list(all(object).map((container) => container['image']))),
  ];
}

function ratio(ready: string, wanted: string, fallback = 0): Cell {
  return (object) => `${Number(at(object, ready) ?? 0)}/${Number(at(object, wanted) ?? fallback)}`;
}

function jobStatus(job: KubeObject): string {
  const conditions = children(job['status'] as Tree | undefined, 'conditions').filter((condition) => condition['status'] === 'True');
  const found = ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) =>
    conditions.some((condition) => condition['type'] === type),
  );
  return found ?? (job.metadata.deletionTimestamp ? 'Terminating' : 'Running');
}

function jobDuration(job: KubeObject, now: number): string {
  const start = at(job, 'status.startTime');
  const end = at(job, 'status.completionTime');
  if (typeof start !== 'string') return '';
  return humanDuration((typeof end === 'string' ? Date.parse(end) : now) - Date.parse(start));
}

function externalAddress(service: KubeObject): string {
  if (at(service, 'spec.type') === 'ExternalName') return shown(at(service, 'spec.externalName')) as string;
  const external = (at(service, 'spec.externalIPs') ?? []) as string[];
  if (at(service, 'spec.type') !== 'LoadBalancer') return list(external);
  const ingress = children(at(service, 'status.loadBalancer') as Tree | undefined, 'ingress').map(
    (entry) => entry['ip'] ?? entry['hostname'],
  );
  return ingress.length > 0 ? list([...ingress, ...external]) : external.length > 0 ? list(external) : '<pending>';
}

function servicePorts(service: KubeObject): string {
  return list(
    children(service['spec'] as Tree, 'ports').map(
      (port) => `${String(port['port'])}${port['nodePort'] ? `:${String(port['nodePort'])}` : ''}/${String(port['protocol'] ?? 'TCP')}`,
    ),
  );
}

function nodeStatus(node: KubeObject): string {
  const ready = children(node['status'] as Tree | undefined, 'conditions').find((condition) => condition['type'] === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'];
  if (at(node, 'spec.unschedulable') === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  return list(
    Object.keys(node.metadata.labels ?? {})
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length)),
  );
}

function nodeAddress(type: string): Cell {
  return (node) =>
    shown(children(node['status'] as Tree | undefined, 'addresses').find((address) => address['type'] === type)?.['address']);
}

function ingressHosts(ingress: KubeObject): string {
  const hosts = children(ingress['spec'] as Tree | undefined, 'rules').map((rule) => rule['host'] ?? '*');
  return hosts.length > 0 ? hosts.map(String).join(',') : '*';
}

function claimAccess(claim: KubeObject): string {
  const short: Readonly<Record<string, string>> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  const modes = (at(claim, 'status.accessModes') ?? at(claim, 'spec.accessModes') ?? []) as string[];
  return modes.map((mode) => short[mode] ?? mode).join(',');
}

function hpaTargets(scaler: KubeObject): string {
  const current = children(scaler['status'] as Tree | undefined, 'currentMetrics');
  const shownMetrics = children(scaler['spec'] as Tree | undefined, 'metrics').map((metric, index) => {
    const source = child(metric, 'resource') ?? child(metric, 'external') ?? child(metric, 'pods') ?? {};
    const target = child(source, 'target') ?? {};
    const seen = child(child(current[index], 'resource'), 'current');
    const percent = target['averageUtilization'];
    const now = seen?.['averageUtilization'] === undefined ? '<unknown>' : `${String(seen['averageUtilization'])}%`;
    const name = source['name'] ? `${String(source['name'])}: ` : '';
    return percent === undefined
      ? `${name}<unknown>/${String(target['averageValue'] ?? target['value'])}`
      : `${name}${now}/${String(percent)}%`;
  });
  return list(shownMetrics);
}

function eventObject(event: KubeObject): string {
  return `${String(at(event, 'involvedObject.kind')).toLowerCase()}/${String(at(event, 'involvedObject.name'))}`;
}

function eventSeen(event: KubeObject, now: number): string {
  const last = event['lastTimestamp'] ?? at(event, 'series.lastObservedTime') ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  const first = event['firstTimestamp'];
  const count = Number(event['count'] ?? 1);
  return count > 1 ? `${since(last, now)} (x${count} over ${since(first, now)})` : since(last, now);
}

function bindingRole(binding: KubeObject): string {
  return `${String(at(binding, 'roleRef.kind'))}/${String(at(binding, 'roleRef.name'))}`;
}

/** The columns of every built-in kind that has more than a name and an age, by store kind. */
export const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    NAME,
    column('Ready', podReady),
    column('Status', podStatus),
    column('Restarts', podRestarts),
    AGE,
    wide('IP', 'status.podIP'),
    wide('Node', 'spec.nodeName'),
    wide('Nominated Node', 'status.nominatedNodeName'),
    wide('Readiness Gates', () => '<none>'),
  ],
  'apps/Deployment': [
    NAME,
    column('Ready', ratio('status.readyReplicas', 'spec.replicas')),
    integer('Up-to-date', 'status.updatedReplicas'),
    integer('Available', 'status.availableReplicas'),
    AGE,
    ...containers('spec.template.spec'),
    wide('Selector', selector('spec.selector')),
  ],
  'apps/StatefulSet': [NAME, column('Ready', ratio('status.readyReplicas', 'spec.replicas')), AGE, ...containers('spec.template.spec')],
  'apps/ReplicaSet': [
    NAME,
    integer('Desired', 'spec.replicas'),
    integer('Current', 'status.replicas'),
    integer('Ready', 'status.readyReplicas'),
    AGE,
    ...containers('spec.template.spec'),
    wide('Selector', selector('spec.selector')),
  ],
  'apps/DaemonSet': [
    NAME,
    integer('Desired', 'status.desiredNumberScheduled'),
    integer('Current', 'status.currentNumberScheduled'),
    integer('Ready', 'status.numberReady'),
    integer('Up-to-date', 'status.updatedNumberScheduled'),
    integer('Available', 'status.numberAvailable'),
    column('Node Selector', (object) => pairs(at(object, 'spec.template.spec.nodeSelector'))),
    AGE,
    ...containers('spec.template.spec'),
    wide('Selector', selector('spec.selector')),
  ],
  'batch/Job': [
    NAME,
    column('Status', jobStatus),
    column('Completions', ratio('status.succeeded', 'spec.completions', 1)),
    column('Duration', jobDuration),
    AGE,
    ...containers('spec.template.spec'),
    wide('Selector', selector('spec.selector')),
  ],
  'batch/CronJob': [
    NAME,
    column('Schedule', 'spec.schedule'),
    column('Timezone', 'spec.timeZone'),
    column('Suspend', (object) => (at(object, 'spec.suspend') === true ? 'True' : 'False')),
    column('Active', (object) => children(object['status'] as Tree | undefined, 'active').length, 'integer'),
    column('Last Schedule', (object, now) =>
      at(object, 'status.lastScheduleTime') ? since(at(object, 'status.lastScheduleTime'), now) : '<none>',
    ),
    AGE,
    ...containers('spec.jobTemplate.spec.template.spec'),
  ],
  Service: [
    NAME,
    column('Type', 'spec.type'),
    column('Cluster-IP', 'spec.clusterIP'),
    column('External-IP', externalAddress),
    column('Port(s)', servicePorts),
    AGE,
    wide('Selector', selector('spec.selector')),
  ],
  PersistentVolumeClaim: [
    NAME,
    column('Status', 'status.phase'),
    column('Volume', (object) => String(at(object, 'spec.volumeName') ?? '')),
    column('Capacity', (object) => String(at(object, 'status.capacity.storage') ?? '')),
    column('Access Modes', claimAccess),
    column('StorageClass', (object) => String(at(object, 'spec.storageClassName') ?? '')),
    column('VolumeAttributesClass', () => '<unset>'),
    AGE,
    wide('VolumeMode', 'spec.volumeMode'),
  ],
  PersistentVolume: [
    NAME,
    column('Capacity', 'spec.capacity.storage'),
    column('Access Modes', claimAccess),
    column('Reclaim Policy', 'spec.persistentVolumeReclaimPolicy'),
    column('Status', 'status.phase'),
    column('Claim', (object) =>
      at(object, 'spec.claimRef') ? `${String(at(object, 'spec.claimRef.namespace'))}/${String(at(object, 'spec.claimRef.name'))}` : '',
    ),
    column('StorageClass', (object) => String(at(object, 'spec.storageClassName') ?? '')),
    AGE,
  ],
  'networking.k8s.io/Ingress': [
    NAME,
    column('Class', 'spec.ingressClassName'),
    column('Hosts', ingressHosts),
    column('Address', (object) =>
      children(at(object, 'status.loadBalancer') as Tree | undefined, 'ingress')
        .map((entry) => String(entry['ip'] ?? entry['hostname']))
        .join(','),
    ),
    column('Ports', (object) => (children(object['spec'] as Tree | undefined, 'tls').length > 0 ? '80, 443' : '80')),
    AGE,
  ],
  'networking.k8s.io/IngressClass': [NAME, column('Controller', 'spec.controller'), column('Parameters', 'spec.parameters.name'), AGE],
  'networking.k8s.io/NetworkPolicy': [NAME, column('Pod-Selector', selector('spec.podSelector')), AGE],
  Secret: [NAME, column('Type', 'type'), size('Data', 'data'), AGE],
  ConfigMap: [NAME, size('Data', 'data'), AGE],
  ServiceAccount: [NAME, column('Secrets', (object) => children(object as unknown as Tree, 'secrets').length, 'integer'), AGE],
  Namespace: [NAME, column('Status', 'status.phase'), AGE],
  Node: [
    NAME,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    AGE,
    column('Version', 'status.nodeInfo.kubeletVersion'),
    wide('Internal-IP', nodeAddress('InternalIP')),
    wide('External-IP', nodeAddress('ExternalIP')),
    wide('OS-Image', 'status.nodeInfo.osImage'),
    wide('Kernel-Version', 'status.nodeInfo.kernelVersion'),
    wide('Container-Runtime', 'status.nodeInfo.containerRuntimeVersion'),
  ],
  Event: [
    column('Last Seen', eventSeen),
    column('Type', 'type'),
    column('Reason', 'reason'),
    column('Object', eventObject),
    column('Message', (object) => String((object['message'] as string | undefined) ?? '').trim()),
    { ...NAME, priority: 1 },
  ],
  Endpoints: [
    NAME,
    column('Endpoints', (object) =>
      list(
        children(object as unknown as Tree, 'subsets').flatMap((subset) => children(subset, 'addresses').map((address) => address['ip'])),
      ),
    ),
    AGE,
  ],
  'autoscaling/HorizontalPodAutoscaler': [
    NAME,
    column('Reference', (object) => `${String(at(object, 'spec.scaleTargetRef.kind'))}/${String(at(object, 'spec.scaleTargetRef.name'))}`),
    column('Targets', hpaTargets),
    column('MinPods', (object) => String(at(object, 'spec.minReplicas') ?? '<unset>')),
    integer('MaxPods', 'spec.maxReplicas'),
    integer('Replicas', 'status.currentReplicas'),
    AGE,
  ],
  'policy/PodDisruptionBudget': [
    NAME,
    column('Min Available', (object) => String(at(object, 'spec.minAvailable') ?? 'N/A')),
    column('Max Unavailable', (object) => String(at(object, 'spec.maxUnavailable') ?? 'N/A')),
    integer('Allowed Disruptions', 'status.disruptionsAllowed'),
    AGE,
  ],
  'rbac.authorization.k8s.io/RoleBinding': [NAME, column('Role', bindingRole), AGE],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [NAME, column('Role', bindingRole), AGE],
  'rbac.authorization.k8s.io/Role': [NAME, column('Created At', (object) => object.metadata.creationTimestamp)],
  'rbac.authorization.k8s.io/ClusterRole': [NAME, column('Created At', (object) => object.metadata.creationTimestamp)],
  'storage.k8s.io/StorageClass': [
    column(
      'Name',
      (object) =>
        `${object.metadata.name}${object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ? ' (default)' : ''}`,
    ),
    column('Provisioner', 'provisioner'),
    column('ReclaimPolicy', 'reclaimPolicy'),
    column('VolumeBindingMode', 'volumeBindingMode'),
    column('AllowVolumeExpansion', (object) => String(object['allowVolumeExpansion'] === true)),
    AGE,
  ],
  'scheduling.k8s.io/PriorityClass': [
    NAME,
    integer('Value', 'value'),
    column('Global-Default', (object) => String(object['globalDefault'] === true)),
    AGE,
    column('PreemptionPolicy', 'preemptionPolicy'),
  ],
  'coordination.k8s.io/Lease': [NAME, column('Holder', 'spec.holderIdentity'), AGE],
  'apiextensions.k8s.io/CustomResourceDefinition': [NAME, column('Created At', (object) => object.metadata.creationTimestamp)],
  'apiregistration.k8s.io/APIService': [
    NAME,
    column('Service', (object) =>
      at(object, 'spec.service') ? `${String(at(object, 'spec.service.namespace'))}/${String(at(object, 'spec.service.name'))}` : 'Local',
    ),
    column('Available', (object) =>
      shown(
        children(object['status'] as Tree | undefined, 'conditions').find((condition) => condition['type'] === 'Available')?.['status'],
      ),
    ),
    AGE,
  ],
};

/** For kinds without columns of their own. */
export const PLAIN: readonly Column[] = [NAME, AGE];
