import type { KubeObject } from '../api.js';
import type { Cause } from '../errors.js';
import { labelCauses, whole } from './metadata.js';
import { podSpecCauses } from './pod-validate.js';
import { at, child, children, type Tree } from './tree.js';

/** Secrets and ConfigMaps may hold 1 MiB. */
const DATA_LIMIT = 1024 * 1024;

const DATA_KEY = '[-._a-zA-Z0-9]+';

export function required(field: string, why = ''): Cause {
  return { field, reason: 'FieldValueRequired', message: `Required value${why ? `: ${why}` : ''}` };
}

export function wrong(field: string, value: unknown, why: string): Cause {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

function templateCauses(spec: Tree, field: string, restart: readonly string[]): Cause[] {
  const template = child(spec, 'template');
  const pod = child(template, 'spec') ?? {};
  const policy = String(pod['restartPolicy']);
  const list = restart.map((value) => `"${value}"`).join(', ');
  return [
    ...labelCauses(`${field}.template.labels`, at(template, 'metadata.labels')),
    ...podSpecCauses(
      pod,
      `${field}.template.spec`,
      children(spec, 'volumeClaimTemplates').map((claim) => at(claim, 'metadata.name')),
    ),
    ...(restart.includes(policy)
      ? []
      : restart.length > 1
        ? [required(`${field}.template.spec.restartPolicy`, `valid values: ${list}`)]
        : [
            {
              field: `${field}.template.spec.restartPolicy`,
              reason: 'FieldValueInvalid' as const,
              message: `Unsupported value: "${policy}": supported values: ${list}`,
            },
          ]),
  ];
}

/** Workloads with a selector: it must be there and choose the template's pods. */
function selectorCauses(spec: Tree): Cause[] {
  const selector = child(spec, 'selector');
  if (!selector || Object.keys(selector).length === 0) return [required('spec.selector')];
  const labels = (at(spec, 'template.metadata.labels') ?? {}) as Tree;
  const unmatched = Object.entries(child(selector, 'matchLabels') ?? {}).some(([key, value]) => labels[key] !== value);
  return unmatched ? [wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')] : [];
}

function workload(spec: Tree): Cause[] {
  return [...selectorCauses(spec), ...templateCauses(spec, 'spec', ['Always'])];
}

function dataCauses(object: KubeObject): Cause[] {
  const entries = ['data', 'binaryData'].flatMap((part) =>
    Object.entries(child(object, part) ?? {}).map(([key, value]) => ({ part, key, value: String(value) })),
  );
  const encoded = (part: string) => object.kind === 'Secret' || part === 'binaryData';
  const size = entries.reduce(
    (sum, { part, value }) => sum + (encoded(part) ? Buffer.from(value, 'base64').length : Buffer.byteLength(value)),
    0,
  );
  const causes = entries
    .filter(({ key }) => key.length > 253 || !whole(DATA_KEY).test(key))
    .map(({ part, key }) =>
      wrong(
        `${part}[${key}]`,
        key,
        `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${DATA_KEY}')`,
      ),
    );
  if (size > DATA_LIMIT)
    causes.push({
      field: object.kind === 'Secret' ? 'data' : '',
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${DATA_LIMIT} bytes`,
    });
  return causes;
}

/** Keys a Secret of a given type must carry. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

function secretCauses(object: KubeObject): Cause[] {
  const keys = SECRET_KEYS[String(object['type'])] ?? [];
  return [
    ...dataCauses(object),
    ...keys.filter((key) => child(object, 'data')?.[key] === undefined).map((key) => required(`data[${key}]`)),
  ];
}

function serviceCauses(spec: Tree): Cause[] {
  const ports = children(spec, 'ports');
  const headless = spec['clusterIP'] === 'None';
  if (ports.length === 0 && !headless && spec['type'] !== 'ExternalName') return [required('spec.ports')];
  const names = ports.map((port) => port['name']);
  return ports.flatMap((port, index) => {
    const field = `spec.ports[${index}]`;
    const number = Number(port['port']);
    return [
      ...(Number.isInteger(number) && number > 0 && number < 65_536
        ? []
        : [wrong(`${field}.port`, port['port'] ?? 0, 'must be between 1 and 65535, inclusive')]),
      ...(ports.length > 1 && !port['name'] ? [required(`${field}.name`)] : []),
      ...(port['name'] && names.indexOf(port['name']) !== index
        ? [{ field: `${field}.name`, reason: 'FieldValueInvalid' as const, message: `Duplicate value: ${JSON.stringify(port['name'])}` }]
        : []),
    ];
  });
}

function ingressCauses(spec: Tree): Cause[] {
  const rules = children(spec, 'rules');
  if (rules.length === 0 && !spec['defaultBackend']) return [wrong('spec', spec, 'either `defaultBackend` or `rules` must be specified')];
  return rules.flatMap((rule, index) =>
    children(child(rule, 'http'), 'paths').flatMap((path, position) => {
      const field = `spec.rules[${index}].http.paths[${position}]`;
      const text = path['path'];
      return [
        ...(path['pathType'] === undefined ? [required(`${field}.pathType`, 'pathType must be specified')] : []),
        ...(path['pathType'] !== 'ImplementationSpecific' && !(typeof text === 'string' && text.startsWith('/'))
          ? [wrong(`${field}.path`, text ?? '', 'must be an absolute path')]
          : []),
        ...(child(path, 'backend') ? [] : [required(`${field}.backend`)]),
      ];
    }),
  );
}

function claimCauses(spec: Tree): Cause[] {
  return [
    ...(Array.isArray(spec['accessModes']) && spec['accessModes'].length > 0
      ? []
      : [required('spec.accessModes', 'at least 1 access mode is required')]),
    ...(at(spec, 'resources.requests.storage') === undefined ? [required('spec.resources[storage]')] : []),
  ];
}

function definitionCauses(object: KubeObject, spec: Tree): Cause[] {
  const expected = `${String(at(spec, 'names.plural'))}.${String(spec['group'])}`;
  const versions = children(spec, 'versions');
  return [
    ...(object.metadata.name === expected
      ? []
      : [wrong('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`)]),
    ...(versions.filter((version) => version['storage'] === true).length === 1
      ? []
      : [
          wrong(
            'spec.versions',
            versions.map((version) => version['name']),
            'must have exactly one version marked as storage version',
          ),
        ]),
    ...versions.flatMap((version, index) =>
      at(version, 'schema.openAPIV3Schema') ? [] : [required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required')],
    ),
  ];
}

const RULES: Readonly<Record<string, (object: KubeObject, spec: Tree) => Cause[]>> = {
  Pod: (_object, spec) => podSpecCauses(spec, 'spec'),
  Secret: secretCauses,
  ConfigMap: dataCauses,
  Service: (_object, spec) => serviceCauses(spec),
  PersistentVolumeClaim: (_object, spec) => claimCauses(spec),
  'apps/Deployment': (_object, spec) => workload(spec),
  'apps/ReplicaSet': (_object, spec) => workload(spec),
  'apps/DaemonSet': (_object, spec) => workload(spec),
  'apps/StatefulSet': (_object, spec) => workload(spec),
  'batch/Job': (_object, spec) => templateCauses(spec, 'spec', ['OnFailure', 'Never']),
  'batch/CronJob': (_object, spec) => [
    ...(spec['schedule'] ? [] : [required('spec.schedule')]),
    ...templateCauses((at(spec, 'jobTemplate.spec') ?? {}) as Tree, 'spec.jobTemplate.spec', ['OnFailure', 'Never']),
  ],
  'networking.k8s.io/Ingress': (_object, spec) => ingressCauses(spec),
  'autoscaling/HorizontalPodAutoscaler': (_object, spec) => [
    ...(Number(spec['maxReplicas'] ?? 0) >= 1 ? [] : [wrong('spec.maxReplicas', spec['maxReplicas'] ?? 0, 'must be greater than 0')]),
    ...(Number(spec['maxReplicas']) < Number(spec['minReplicas'])
      ? [wrong('spec.maxReplicas', spec['maxReplicas'], 'must be greater than or equal to `minReplicas`')]
      : []),
  ],
  'policy/PodDisruptionBudget': (_object, spec) =>
    spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined
      ? [wrong('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : [],
  'apiextensions.k8s.io/CustomResourceDefinition': definitionCauses,
};

/** What is wrong with an object of a built-in kind, read after defaulting. */
export function objectCauses(id: string, object: KubeObject): Cause[] {
  return RULES[id]?.(object, (object['spec'] ?? {}) as Tree) ?? [];
}
