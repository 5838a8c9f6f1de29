import type { KubeObject } from '../api.js';
import type { ResourceType } from '../kinds.js';
import { kindId } from '../kinds.js';
import type { Allocator } from './allocator.js';
import { defaultPodSpec } from './pod-defaults.js';
import { child, children, fill, made, type Tree } from './tree.js';
import { copy } from '../json.js';

type Default = (object: KubeObject, spec: Tree, current: KubeObject | undefined, allocator: Allocator) => void;

function template(spec: Tree): void {
  const pod = made(spec, 'template');
  defaultPodSpec(made(pod, 'spec'));
}

function claim(spec: Tree): void {
  fill(spec, { volumeMode: 'Filesystem' });
}

function rolling(spec: Tree, field: string, parameters: Tree): void {
  const strategy = made(spec, field);
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') fill(made(strategy, 'rollingUpdate'), parameters);
}

function job(object: KubeObject | undefined, spec: Tree): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) fill(spec, { completions: 1 });
  fill(spec, {
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });
  template(spec);
  if (!object || spec['manualSelector'] === true) return;
  fill(spec, { manualSelector: false });
  const { uid, name } = object.metadata;
  fill(made(made(made(spec, 'template'), 'metadata'), 'labels'), {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  });
  fill(spec, { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } } });
}

const service: Default = (object, spec, current, allocator) => {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  const kept = current?.['spec'] as Tree | undefined;
  const exposed = spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
  const keptPorts = children(kept, 'ports');
  for (const port of children(spec, 'ports')) {
    fill(port, { protocol: 'TCP', targetPort: port['port'] });
    const before = keptPorts.find((candidate) => candidate['port'] === port['port'] && candidate['protocol'] === port['protocol']);
    if (exposed) fill(port, { nodePort: before?.['nodePort'] ?? allocator.nodePort() });
  }
  if (spec['type'] !== 'ExternalName') {
    if (spec['clusterIP'] === '') delete spec['clusterIP'];
    fill(spec, {
      clusterIP: kept?.['clusterIP'] ?? allocator.address(),
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
    fill(spec, { clusterIPs: [spec['clusterIP']] });
  }
  if (exposed) fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (spec['type'] === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true });
  fill(object, { status: { loadBalancer: {} } });
};

const definition: Default = (object, spec, current) => {
  const names = made(spec, 'names');
  const kind = String(names['kind']);
  fill(names, { listKind: `${kind}List`, singular: kind.toLowerCase() });
  fill(spec, { conversion: { strategy: 'None' } });
  const stamp = object.metadata.creationTimestamp;
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: stamp,
    reason,
    message,
  });
  const storage = children(spec, 'versions').filter((version) => version['storage'] === true);
  const before = (current?.['status'] as { storedVersions?: unknown[] } | undefined)?.storedVersions ?? [];
  object['status'] = {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: copy(names),
    storedVersions: [...new Set([...before, ...storage.map((version) => version['name'])])],
  };
};

const webhooks: Default = (object) => {
  for (const webhook of children(object, 'webhooks')) {
    fill(webhook, { failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10 });
    if (object.kind.startsWith('Mutating')) fill(webhook, { reinvocationPolicy: 'Never' });
    const target = child(child(webhook, 'clientConfig'), 'service');
    if (target) fill(target, { port: 443 });
    for (const rule of children(webhook, 'rules')) fill(rule, { scope: '*' });
  }
};

const binding: Default = (object) => {
  const group = 'rbac.authorization.k8s.io';
  fill(made(object, 'roleRef'), { apiGroup: group });
  for (const subject of children(object, 'subjects')) if (subject['kind'] !== 'ServiceAccount') fill(subject, { apiGroup: group });
};

const DEFAULTS: Readonly<Record<string, Default>> = {
  Namespace: (object, spec) => {
    fill(made(object.metadata as unknown as Tree, 'labels'), { 'kubernetes.io/metadata.name': object.metadata.name });
    fill(spec, { finalizers: ['kubernetes'] });
    object['spec'] = spec;
    fill(object, { status: { phase: 'Active' } });
  },
  Pod: (object, spec) => {
    fill(spec, { enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0, serviceAccountName: 'default' });
    defaultPodSpec(spec);
    fill(spec, {
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    });
    fill(object, { status: { phase: 'Pending', qosClass: 'Burstable' } });
  },
  Service: service,
  Secret: (object) => {
    fill(object, { type: 'Opaque' });
    const plain = child(object, 'stringData');
    if (!plain) return;
    const data = made(object, 'data');
    for (const [key, value] of Object.entries(plain)) data[key] = Buffer.from(String(value)).toString('base64');
    delete object['stringData'];
  },
  PersistentVolumeClaim: (object, spec) => {
    claim(spec);
    fill(spec, { storageClassName: 'default' });
    fill(object, { status: { phase: 'Pending' } });
  },
  PersistentVolume: (object, spec) => {
    fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    fill(object, { status: { phase: 'Pending' } });
  },
  'apps/Deployment': (_object, spec) => {
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    rolling(spec, 'strategy', { maxUnavailable: '25%', maxSurge: '25%' });
    template(spec);
  },
  'apps/ReplicaSet': (_object, spec) => {
    fill(spec, { replicas: 1 });
    template(spec);
  },
  'apps/StatefulSet': (_object, spec) => {
    fill(spec, {
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    rolling(spec, 'updateStrategy', { partition: 0 });
    template(spec);
    for (const volume of children(spec, 'volumeClaimTemplates')) {
      fill(volume, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
      claim(made(volume, 'spec'));
    }
  },
  'apps/DaemonSet': (_object, spec) => {
    fill(spec, { revisionHistoryLimit: 10 });
    rolling(spec, 'updateStrategy', { maxUnavailable: 1, maxSurge: 0 });
    template(spec);
  },
  'batch/Job': job,
  'batch/CronJob': (_object, spec) => {
    fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
    template(made(made(spec, 'jobTemplate'), 'spec'));
  },
  'autoscaling/HorizontalPodAutoscaler': (_object, spec) => {
    fill(spec, {
      minReplicas: 1,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
    });
  },
  'networking.k8s.io/Ingress': (object) => fill(object, { status: { loadBalancer: {} } }),
  'networking.k8s.io/NetworkPolicy': (_object, spec) => {
    fill(spec, { podSelector: {}, policyTypes: spec['egress'] === undefined ? ['Ingress'] : ['Ingress', 'Egress'] });
    for (const rule of [...children(spec, 'ingress'), ...children(spec, 'egress')])
      for (const port of children(rule, 'ports')) fill(port, { protocol: 'TCP' });
  },
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'storage.k8s.io/StorageClass': (object) => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'scheduling.k8s.io/PriorityClass': (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'apiextensions.k8s.io/CustomResourceDefinition': definition,
  'apiregistration.k8s.io/APIService': (object, spec) => {
    const local = spec['service'] === undefined;
    fill(object, {
      status: {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            lastTransitionTime: object.metadata.creationTimestamp,
            reason: local ? 'Local' : 'Passed',
            message: local ? 'Local APIServices are always available' : 'all checks passed',
          },
        ],
      },
    });
  },
};

/** Completes an object in place as the API server would; `current` is what it replaces. */
export function applyDefaults(type: ResourceType, object: KubeObject, current: KubeObject | undefined, allocator: Allocator): void {
  DEFAULTS[kindId(type.group, type.kind)]?.(object, (object['spec'] ?? {}) as Tree, current, allocator);
}
