import { at, child, children, isTree, type Tree } from '../admission/tree.js';
import type { KubeObject } from '../api.js';
import { humanDuration, since } from './age.js';

/** One column of `kubectl get`; those with priority 1 show with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer';
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => string | number;
}

type Cell = Column['cell'];

export function column(name: string, cell: Cell | string, type: Column['type'] = 'string'): Column {
  const read: Cell = typeof cell === 'string' ? (object) => shown(at(object, cell), type) : cell;
  return { name, type, priority: 0, cell: read };
}

export function wide(name: string, cell: Cell | string): Column {
  return { ...column(name, cell), priority: 1 };
}

export function shown(value: unknown, type: Column['type'] = 'string'): string | number {
  if (type === 'integer') return Number(value ?? 0);
  if (value === undefined || value === null || value === '') return '<none>';
  return isTree(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}

export const NAME = column('Name', (object) => object.metadata.name);
export const AGE = column('Age', (object, now) => since(object.metadata.creationTimestamp, now));

export function integer(name: string, path: string): Column {
  return column(name, path, 'integer');
}

export function size(name: string, path: string): Column {
  return column(name, (object) => Object.keys(at(object, path) ?? {}).length, 'integer');
}

export function list(values: readonly unknown[]): string {
  return values.length > 0 ? values.map(String).join(',') : '<none>';
}

export function pairs(labels: unknown): string {
  return list(Object.entries((labels ?? {}) as Tree).map(([key, value]) => `${key}=${String(value)}`));
}

export function selector(path: string): Cell {
  return (object) => {
    const found = at(object, path) as Tree | undefined;
    return pairs(found?.['matchLabels'] ?? (found?.['matchExpressions'] ? undefined : found));
  };
}

export function containers(path: string): Column[] {
  const all = (object: KubeObject) => children(at(object, path) as Tree | undefined, 'containers');
  return [
    wide('Containers', (object) => list(all(object).map((container) => container['name']))),
    wide('Images', (object) => list(all(object).map((container) => container['image']))),
  ];
}

export function ratio(ready: string, wanted: string, fallback = 0): Cell {
  return (object) => `${Number(at(object, ready) ?? 0)}/${Number(at(object, wanted) ?? fallback)}`;
}

export function jobStatus(job: KubeObject): string {
  const conditions = children(job['status'] as Tree | undefined, 'conditions').filter((condition) => condition['status'] === 'True');
  const found = ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) =>
    conditions.some((condition) => condition['type'] === type),
  );
  return found ?? (job.metadata.deletionTimestamp ? 'Terminating' : 'Running');
}

export function jobDuration(job: KubeObject, now: number): string {
  const start = at(job, 'status.startTime');
  const end = at(job, 'status.completionTime');
  if (typeof start !== 'string') return '';
  return humanDuration((typeof end === 'string' ? Date.parse(end) : now) - Date.parse(start));
}

export function externalAddress(service: KubeObject): string {
  if (at(service, 'spec.type') === 'ExternalName') return shown(at(service, 'spec.externalName')) as string;
  const external = (at(service, 'spec.externalIPs') ?? []) as string[];
  if (at(service, 'spec.type') !== 'LoadBalancer') return list(external);
  const ingress = children(at(service, 'status.loadBalancer') as Tree | undefined, 'ingress').map(
    (entry) => entry['ip'] ?? entry['hostname'],
  );
  return ingress.length > 0 ? list([...ingress, ...external]) : external.length > 0 ? list(external) : '<pending>';
}

export function servicePorts(service: KubeObject): string {
  return list(
    children(service['spec'] as Tree, 'ports').map(
      (port) => `${String(port['port'])}${port['nodePort'] ? `:${String(port['nodePort'])}` : ''}/${String(port['protocol'] ?? 'TCP')}`,
    ),
  );
}

export function nodeStatus(node: KubeObject): string {
  const ready = children(node['status'] as Tree | undefined, 'conditions').find((condition) => condition['type'] === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'];
  if (at(node, 'spec.unschedulable') === true) words.push('SchedulingDisabled');
  return words.join(',');
}

export function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  return list(
    Object.keys(node.metadata.labels ?? {})
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length)),
  );
}

export function nodeAddress(type: string): Cell {
  return (node) =>
    shown(children(node['status'] as Tree | undefined, 'addresses').find((address) => address['type'] === type)?.['address']);
}

export function ingressHosts(ingress: KubeObject): string {
  const hosts = children(ingress['spec'] as Tree | undefined, 'rules').map((rule) => rule['host'] ?? '*');
  return hosts.length > 0 ? hosts.map(String).join(',') : '*';
}

export function claimAccess(claim: KubeObject): string {
  const short: Readonly<Record<string, string>> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  const modes = (at(claim, 'status.accessModes') ?? at(claim, 'spec.accessModes') ?? []) as string[];
  return modes.map((mode) => short[mode] ?? mode).join(',');
}

export function hpaTargets(scaler: KubeObject): string {
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

export function eventObject(event: KubeObject): string {
  return `${String(at(event, 'involvedObject.kind')).toLowerCase()}/${String(at(event, 'involvedObject.name'))}`;
}

export function eventSeen(event: KubeObject, now: number): string {
  const last = event['lastTimestamp'] ?? at(event, 'series.lastObservedTime') ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  const first = event['firstTimestamp'];
  const count = Number(event['count'] ?? 1);
  return count > 1 ? `${since(last, now)} (x${count} over ${since(first, now)})` : since(last, now);
}

export function bindingRole(binding: KubeObject): string {
  return `${String(at(binding, 'roleRef.kind'))}/${String(at(binding, 'roleRef.name'))}`;
}
