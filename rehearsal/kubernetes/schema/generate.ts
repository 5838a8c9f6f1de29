/**
 * Writes types.json from Kubernetes' Go sources: every message the stand-in serves, with JSON names, wire numbers, merge keys
 * and list types. Run it by hand when Kubernetes moves on; the sources are the folders `api`, `apimachinery` and
 * `apiextensions-apiserver` of Debian's packages golang-k8s-{api,apimachinery,apiextensions-apiserver}-dev.
 *
 *     tsx rehearsal/kubernetes/schema/generate.ts <folder that holds the three>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Go folder and the apiVersion its structs are named by. */
const PACKAGES: Readonly<Record<string, string>> = {
  'api/core/v1': 'v1',
  'api/apps/v1': 'apps/v1',
  'api/batch/v1': 'batch/v1',
  'api/autoscaling/v1': 'autoscaling/v1',
  'api/autoscaling/v2': 'autoscaling/v2',
  'api/policy/v1': 'policy/v1',
  'api/networking/v1': 'networking.k8s.io/v1',
  'api/rbac/v1': 'rbac.authorization.k8s.io/v1',
  'api/storage/v1': 'storage.k8s.io/v1',
  'api/scheduling/v1': 'scheduling.k8s.io/v1',
  'api/coordination/v1': 'coordination.k8s.io/v1',
  'api/discovery/v1': 'discovery.k8s.io/v1',
  'api/node/v1': 'node.k8s.io/v1',
  'api/admissionregistration/v1': 'admissionregistration.k8s.io/v1',
  'api/authorization/v1': 'authorization.k8s.io/v1',
  'api/authentication/v1': 'authentication.k8s.io/v1',
  'apiextensions-apiserver/pkg/apis/apiextensions/v1': 'apiextensions.k8s.io/v1',
  'apimachinery/pkg/apis/meta/v1': 'meta/v1',
};

const ROOTS = [
  ...['Namespace', 'Node', 'PersistentVolume', 'Pod', 'Service', 'ServiceAccount', 'ConfigMap', 'Secret', 'Event', 'Endpoints'].map(
    (kind) => `v1.${kind}`,
  ),
  ...['PersistentVolumeClaim', 'ResourceQuota', 'LimitRange', 'PodTemplate', 'ReplicationController', 'Binding'].map(
    (kind) => `v1.${kind}`,
  ),
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ControllerRevision'].map((kind) => `apps/v1.${kind}`),
  ...[
    'batch/v1.Job',
    'batch/v1.CronJob',
    'autoscaling/v1.Scale',
    'autoscaling/v2.HorizontalPodAutoscaler',
    'policy/v1.PodDisruptionBudget',
    'policy/v1.Eviction',
  ],
  ...['Ingress', 'IngressClass', 'NetworkPolicy'].map((kind) => `networking.k8s.io/v1.${kind}`),
  ...['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'].map((kind) => `rbac.authorization.k8s.io/v1.${kind}`),
  ...[
    'storage.k8s.io/v1.StorageClass',
    'storage.k8s.io/v1.CSIDriver',
    'scheduling.k8s.io/v1.PriorityClass',
    'coordination.k8s.io/v1.Lease',
  ],
  ...[
    'discovery.k8s.io/v1.EndpointSlice',
    'node.k8s.io/v1.RuntimeClass',
    'apiextensions.k8s.io/v1.CustomResourceDefinition',
    'meta/v1.DeleteOptions',
  ],
  ...[
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ].map((kind) => `admissionregistration.k8s.io/v1.${kind}`),
  ...['SelfSubjectAccessReview', 'SelfSubjectRulesReview'].map((kind) => `authorization.k8s.io/v1.${kind}`),
  ...['SelfSubjectReview', 'TokenRequest'].map((kind) => `authentication.k8s.io/v1.${kind}`),
];

/** Types whose JSON is not their struct. */
const SPECIAL: Readonly<Record<string, string>> = {
  'meta/v1.Time': 'time',
  'meta/v1.MicroTime': 'microtime',
  'meta/v1.Duration': 'duration',
  'meta/v1.FieldsV1': 'json',
  'runtime.RawExtension': 'json',
  'runtime.Object': 'json',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intOrString',
  'apiextensions.k8s.io/v1.JSONSchemaProps': 'json',
  'types.UID': 'string',
  'types.NodeName': 'string',
};

const SCALARS = new Set(['string', 'bool', 'int32', 'int64', 'float64', 'bytes']);

interface Declared {
  readonly fields: readonly { readonly goType: string; readonly tags: string; readonly markers: string }[];
  readonly atomic: boolean;
}

const structs = new Map<string, Declared>();
const aliases = new Map<string, string>();

/** Import names differ by file only for these. */
const IMPORTS: Readonly<Record<string, string>> = {
  v1: 'v1',
  metav1: 'meta/v1',
  apiv1: 'v1',
  corev1: 'v1',
  rbacv1: 'rbac.authorization.k8s.io/v1',
};

function readPackage(folder: string, apiVersion: string, root: string): void {
  const names = ['types.go', 'meta.go', 'objectreference.go', 'types_jsonschema.go'];
  for (const name of names) {
    let source: string;
    try {
      source = readFileSync(join(root, folder, name), 'utf8');
    } catch {
      // Most packages have types.go only.
      continue;
    }
    const meaningOfV1 = /\bv1 "k8s.io\/apimachinery\/pkg\/apis\/meta\/v1"/.test(source) ? 'meta/v1' : 'v1';
    const qualify = (type: string) => qualified(type, apiVersion, meaningOfV1);
    for (const match of source.matchAll(/((?:^\/\/.*\n)*)^type (\w+) struct ?\{(?:\n([\s\S]*?)^)?\}/gm)) {
      const [, comment = '', struct = '', body = ''] = match;
      structs.set(`${apiVersion}.${struct}`, { fields: fieldsOf(body, qualify), atomic: /\+structType=atomic/.test(comment) });
    }
    for (const [, alias = '', type = ''] of source.matchAll(/^type (\w+) (?!struct|interface)=?\s*([^\s{]+)\s*$/gm))
      aliases.set(`${apiVersion}.${alias}`, qualify(type));
  }
}

function qualified(type: string, apiVersion: string, meaningOfV1: string): string {
  if (type.startsWith('*')) return `*${qualified(type.slice(1), apiVersion, meaningOfV1)}`;
  if (type === '[]byte') return 'bytes';
  if (type.startsWith('[]')) return `[]${qualified(type.slice(2), apiVersion, meaningOfV1)}`;
  const map = /^map\[([\w.]+)\](.+)$/.exec(type);
  if (map) return `map[]${qualified(map[2] ?? '', apiVersion, meaningOfV1)}`;
  if (SCALARS.has(type)) return type;
  if (type === 'int') return 'int64';
  const dot = type.indexOf('.');
  if (dot < 0) return `${apiVersion}.${type}`;
  const prefix = type.slice(0, dot);
  return `${prefix === 'v1' ? meaningOfV1 : (IMPORTS[prefix] ?? prefix)}.${type.slice(dot + 1)}`;
}

function fieldsOf(body: string, qualify: (type: string) => string): Declared['fields'] {
  let markers = '';
  const fields = [];
  for (const line of body.split('\n')) {
    const text = line.trim();
    if (text.startsWith('//')) markers += `${text}\n`;
    else {
      const match = /^(?:(\w+)\s+)?([*[\]\w.]+)\s+`([^`]*)`/.exec(text);
      if (match) fields.push({ goType: qualify(match[2] ?? ''), tags: match[3] ?? '', markers });
      markers = '';
    }
  }
  return fields;
}

/** Follows aliases down to scalars, messages, and lists and maps of them. */
function resolve(type: string): string {
  const special = SPECIAL[type];
  if (special) return special;
  if (type.startsWith('[]')) return `[]${resolve(type.slice(2).replace(/^\*/, ''))}`;
  if (type.startsWith('map[]')) return `map[]${resolve(type.slice(5).replace(/^\*/, ''))}`;
  const alias = aliases.get(type);
  if (alias) return resolve(alias);
  if (structs.has(type) || SCALARS.has(type)) return type;
  throw new Error(`no declaration found for ${type}`);
}

function markerOf(markers: string, name: string): string[] {
  return [...markers.matchAll(new RegExp(`\\+${name}=(\\S+)`, 'g'))].map((match) => match[1] ?? '');
}

function encode(field: Declared['fields'][number]): [string, string] | undefined {
  const json = /json:"([^"]*)"/.exec(field.tags)?.[1];
  if (json === undefined) return undefined;
  const [name = '', ...options] = json.split(',');
  const wire = /protobuf:"([^"]*)"/.exec(field.tags)?.[1]?.split(',') ?? [];
  const inline = name === '';
  const key = inline ? wire.find((part) => part.startsWith('name='))?.slice(5) : name;
  if (!key || key === '-') return undefined;
  const pointer = field.goType.startsWith('*');
  const [listType] = markerOf(field.markers, 'listType');
  const keys = markerOf(field.markers, 'listMapKey');
  const strategy = /patchStrategy:"([^"]*)"/.exec(field.tags)?.[1]?.split(',') ?? [];
  const mergeKey = /patchMergeKey:"([^"]*)"/.exec(field.tags)?.[1];
  const flags = [
    pointer ? 'pointer' : '',
    options.includes('omitempty') ? 'omitempty' : '',
    inline ? 'inline' : '',
    strategy.includes('merge') ? `merge${mergeKey ? `=${mergeKey}` : ''}` : '',
    strategy.includes('retainKeys') ? 'retainKeys' : '',
    listType ? `list=${listType}${keys.length ? `:${keys.join(',')}` : ''}` : '',
    /\+(mapType|structType)=atomic/.test(field.markers) ? 'atomic' : '',
  ];
  return [key, [wire[1] ?? '0', resolve(field.goType.replace(/^\*/, '')), ...flags.filter(Boolean)].join(' ')];
}

function generate(root: string): Record<string, Record<string, string>> {
  for (const [folder, apiVersion] of Object.entries(PACKAGES)) readPackage(folder, apiVersion, root);
  const messages: Record<string, Record<string, string>> = {};
  const visit = (name: string): void => {
    const declared = structs.get(name);
    if (!declared || messages[name]) return;
    const typed = declared.fields.some((field) => field.goType === 'meta/v1.TypeMeta');
    const pairs = declared.fields
      .filter((field) => field.goType !== 'meta/v1.TypeMeta')
      .map(encode)
      .filter((pair) => pair !== undefined);
    messages[name] = {
      ...(declared.atomic ? { '': 'atomic' } : {}),
      ...(typed ? { apiVersion: '0 string omitempty', kind: '0 string omitempty' } : {}),
      ...Object.fromEntries(pairs),
    };
    for (const [, encoded] of pairs) visit((encoded.split(' ')[1] ?? '').replace(/^(\[\]|map\[\])+/, ''));
  };
  for (const name of ROOTS) {
    if (!structs.has(name)) throw new Error(`no struct ${name} in the sources`);
    visit(name);
  }
  return Object.fromEntries(Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const [root] = process.argv.slice(2);
if (!root)
  throw new Error('usage: tsx rehearsal/kubernetes/schema/generate.ts <folder with api, apimachinery and apiextensions-apiserver>');
writeFileSync(new URL('types.json', import.meta.url), `${JSON.stringify(generate(root), undefined, 2)}\n`);
