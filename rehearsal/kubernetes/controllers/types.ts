import type { KubeObject, ObjectMeta, OwnerReference } from '../api.js';

/** The parts of the built-in kinds that controllers read. Fields nobody reads are absent on purpose. */
export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface KeyRef {
  name: string;
  key: string;
  optional?: boolean;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef; fieldRef?: { fieldPath: string }; resourceFieldRef?: unknown };
}

export interface EnvFrom {
  prefix?: string;
  secretRef?: { name: string; optional?: boolean };
  configMapRef?: { name: string; optional?: boolean };
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  envFrom?: EnvFrom[];
  ports?: { name?: string; containerPort: number; protocol?: string }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  restartPolicy?: string;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface ProjectedItems {
  name?: string;
  secretName?: string;
  optional?: boolean;
  items?: { key: string; path: string }[];
}

export interface Volume {
  name: string;
  secret?: ProjectedItems;
  configMap?: ProjectedItems;
  persistentVolumeClaim?: { claimName: string };
  projected?: { sources: { secret?: ProjectedItems; configMap?: ProjectedItems; serviceAccountToken?: unknown; downwardAPI?: unknown }[] };
  [source: string]: unknown;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

export interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface PodAffinityTerm {
  labelSelector?: Selector;
  topologyKey: string;
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  affinity?: {
    nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] } };
    podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] };
  };
  serviceAccountName?: string;
  restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  hostname?: string;
  subdomain?: string;
  [field: string]: unknown;
}

export interface PodTemplate {
  metadata?: Partial<ObjectMeta>;
  spec: PodSpec;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: string | null;
  observedGeneration?: number;
}

export interface PodStatus {
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  reason?: string;
  message?: string;
  podIP?: string;
  startTime?: string;
  conditions?: Condition[];
  containerStatuses?: { name: string; restartCount: number; ready: boolean }[];
  [field: string]: unknown;
}

/** `spec` of an object, as the caller knows it to be. */
export function specOf<T>(object: KubeObject): T {
  return (object['spec'] ?? {}) as T;
}

/** `status` of an object; an empty object when it has none yet. */
export function statusOf<T>(object: KubeObject): Partial<T> {
  return object['status'] ?? {};
}

export function podSpec(pod: KubeObject): PodSpec {
  return specOf<PodSpec>(pod);
}

export function podStatus(pod: KubeObject): PodStatus {
  return statusOf<PodStatus>(pod);
}

/** `namespace/name`, the key controllers queue; cluster-scoped objects have an empty namespace. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function splitKey(key: string): [namespace: string | undefined, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash) || undefined, key.slice(slash + 1)];
}

/** The reference to the one owner that controls an object. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

export function ownedBy(owner: KubeObject): OwnerReference[] {
  return [
    {
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.metadata.name,
      uid: owner.metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ];
}

/** The keys of an object's controlling owner, if that is a `kind`: for controllers that watch what they own. */
export function ownerKey(kind: string): (object: KubeObject) => string[] {
  return (object) => {
    const owner = controllerOf(object);
    return owner?.kind === kind ? [`${object.metadata.namespace ?? ''}/${owner.name}`] : [];
  };
}

export function isReady(pod: KubeObject): boolean {
  return podStatus(pod).conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** Neither finished nor being deleted. */
export function isActive(pod: KubeObject): boolean {
  const phase = podStatus(pod).phase;
  return phase !== 'Succeeded' && phase !== 'Failed' && !pod.metadata.deletionTimestamp;
}

/** A label selector; an absent one matches nothing, an empty one everything, as in Kubernetes. */
export function matches(selector: Selector | undefined, labels: Record<string, string> = {}): boolean {
  if (!selector) return false;
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every((expression) => matchesExpression(expression, labels));
}

/** One requirement of a label or node selector. Throws on an operator Kubernetes does not have. */
export function matchesExpression(
  expression: { key: string; operator: string; values?: string[] },
  labels: Record<string, string>,
): boolean {
  const value = labels[expression.key];
  const values = expression.values ?? [];
  switch (expression.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      throw new Error(`selector operator ${expression.operator} on ${expression.key} is not one Kubernetes knows`);
  }
}

/** The list of conditions with `next` in it; the transition time moves only when its status does. */
export function withCondition(conditions: Condition[] | undefined, next: Condition, now: string): Condition[] {
  const before = conditions?.find((condition) => condition.type === next.type);
  const lastTransitionTime = before?.status === next.status ? (before.lastTransitionTime ?? now) : now;
  const merged = { ...next, lastTransitionTime };
  return before ? (conditions ?? []).map((condition) => (condition === before ? merged : condition)) : [...(conditions ?? []), merged];
}

export function condition(object: KubeObject, type: string): Condition | undefined {
  return statusOf<{ conditions: Condition[] }>(object).conditions?.find((entry) => entry.type === type);
}

/** Is this Deployment serving: at least one replica wanted, and as many available as rolling updates promise? */
export function isAvailable(deployment: KubeObject | undefined): boolean {
  return (
    deployment !== undefined &&
    condition(deployment, 'Available')?.status === 'True' &&
    (statusOf<{ availableReplicas: number }>(deployment).availableReplicas ?? 0) > 0
  );
}
