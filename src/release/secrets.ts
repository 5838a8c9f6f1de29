import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { ofKind, type Replicated, type Secret } from '../kubernetes/objects.js';
import { CONFIG_SECRET, configSecretKeysOf, objectName, type SecretName, type Shape, workloadsOf } from '../passes.js';
import type { Outputs } from '../phases/outputs.js';
import { storeSecretsOf } from './store-secrets.js';

/** A Kubernetes Secret as it should be. Never leaves this file and the stdin of kubectl. */
export interface SecretSpec {
  readonly name: SecretName;
  readonly data: Readonly<Record<string, string>>;
  /** Keys whose value must never change once written. */
  readonly fixedKeys: readonly string[];
}

/** What became of a Secret; holds no value. */
export interface SecretResult {
  readonly name: SecretName;
  readonly change: 'created' | 'changed' | 'unchanged';
  /** Counts the changes of its data, from 1. */
  readonly dataVersion: number;
}

export interface SecretRequest {
  readonly shape: Shape;
  /** Where the data stores are, and what release and namespace are called. */
  readonly outputs: Outputs;
  /** Key Vault name → value. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * On the Secret: how often its data changed. On a pod template: which of those the pods started with. A number tells nothing about
 * the values, and comparing both finds a restart that a run which died still owes. Absent on a pod template means 1: what Helm
 * installs fresh has read the first.
 */
const VERSION_ANNOTATION = 'langsmith-azure/data-version';
const readVersionAnnotation = (secret: SecretName): string => `langsmith-azure/${secret}-version`;

/**
 * The Secrets of a pass. PURE.
 * @throws DeployError `secrets-missing` naming what Key Vault has not.
 */
export function secretSpecs({ shape, outputs, values }: SecretRequest): SecretSpec[] {
  const config = configSecretKeysOf(shape.pass);
  const stores = storeSecretsOf(shape);
  const needed = [...config.map((key) => key.vaultName), ...stores.map((store) => store.password)];
  const missing = needed.filter((name) => (values.get(name) ?? '') === '');
  if (missing.length > 0) throw new DeployError('secrets-missing', `there is no value for ${missing.join(', ')}`);
  const value = (name: string): string => values.get(name) ?? '';
  return [
    {
      name: CONFIG_SECRET,
      data: Object.fromEntries(config.map((key) => [key.key, value(key.vaultName)])),
      fixedKeys: config.filter((key) => key.rotation === 'never').map((key) => key.key),
    },
    ...stores.map((store) => store.spec(shape, outputs, value(store.password))),
  ];
}

/**
 * Writes the Secrets whose data differs, by server-side apply from standard input.
 * @throws DeployError `secrets-lost` before anything is written when a value that must not change would.
 */
export async function applySecrets(cluster: Cluster, request: SecretRequest): Promise<SecretResult[]> {
  const specs = secretSpecs(request);
  const results = await judgeSecrets(cluster, request);
  const objects = specs.flatMap((spec, index) => {
    const result = results[index];
    if (result === undefined || result.change === 'unchanged') return [];
    return [secretObject(spec, request.outputs.langsmith_namespace, result.dataVersion)];
  });
  if (objects.length > 0) await cluster.kubectl.apply(objects);
  return results;
}

/**
 * What would become of each Secret; changes nothing.
 * @throws DeployError `secrets-lost` when a value that must not change would.
 */
export async function judgeSecrets({ kubectl }: Cluster, request: SecretRequest): Promise<SecretResult[]> {
  const specs = secretSpecs(request);
  const namespace = request.outputs.langsmith_namespace;
  const present = await Promise.all(specs.map((spec) => kubectl.get<Secret>('secret', spec.name, namespace)));
  const lost = specs.flatMap((spec, index) => changedFixedKeys(spec, present[index]));
  if (lost.length > 0) {
    throw new DeployError('secrets-lost', `the cluster runs with another value of ${lost.join(', ')} than Key Vault has`, {
      fix: 'Make the earlier version of that Key Vault secret current again. The data was written with it and cannot be read with a new one.',
    });
  }
  return specs.map((spec, index) => judge(spec, present[index]));
}

const decoded = (secret: Secret): Record<string, string> =>
  Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));

function changedFixedKeys(spec: SecretSpec, present: Secret | undefined): string[] {
  if (present === undefined) return [];
  const before = decoded(present);
  return spec.fixedKeys.filter((key) => before[key] !== undefined && before[key] !== spec.data[key]).map((key) => `${spec.name}.${key}`);
}

function judge(spec: SecretSpec, present: Secret | undefined): SecretResult {
  if (present === undefined) return { name: spec.name, change: 'created', dataVersion: 1 };
  const version = Number(present.metadata.annotations?.[VERSION_ANNOTATION] ?? '0');
  const before = decoded(present);
  // Keys that others added are theirs: server-side apply leaves them, and they must not count as a change for ever.
  const isSame = version > 0 && Object.entries(spec.data).every(([key, value]) => before[key] === value);
  return isSame
    ? { name: spec.name, change: 'unchanged', dataVersion: version }
    : { name: spec.name, change: 'changed', dataVersion: version + 1 };
}

const secretObject = (spec: SecretSpec, namespace: string, dataVersion: number): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: spec.name,
    namespace,
    labels: { 'app.kubernetes.io/managed-by': 'langsmith-azure' },
    annotations: { [VERSION_ANNOTATION]: String(dataVersion) },
  },
  type: 'Opaque',
  data: Object.fromEntries(Object.entries(spec.data).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')])),
});

/**
 * Restarts every workload whose pods started with other data than its Secrets hold now. The chart cannot: its checksums cover only
 * Secrets it makes itself.
 * @returns names of the workloads restarted.
 */
export async function restartReaders({ kubectl }: Cluster, request: SecretRequest, secrets: readonly SecretResult[]): Promise<string[]> {
  const { langsmith_namespace: namespace, langsmith_release_name: release } = request.outputs;
  const objects = await kubectl.list('deployments,statefulsets', namespace);
  const readers = workloadsOf(request.shape).filter((workload) => workload.secrets.length > 0);
  const stale = readers.flatMap((workload) => {
    const name = objectName(release, workload.suffix);
    const object = ofKind<Replicated>(objects, workload.kind).find((candidate) => candidate.metadata.name === name);
    const started = object?.spec.template.metadata?.annotations ?? {};
    const annotations = Object.fromEntries(
      secrets
        .filter(
          (secret) =>
            workload.secrets.includes(secret.name) && (started[readVersionAnnotation(secret.name)] ?? '1') !== String(secret.dataVersion),
        )
        .map((secret) => [readVersionAnnotation(secret.name), String(secret.dataVersion)]),
    );
    return object === undefined || Object.keys(annotations).length === 0 ? [] : [{ kind: workload.kind.toLowerCase(), name, annotations }];
  });
  await Promise.all(
    stale.map(({ kind, name, annotations }) =>
      kubectl.patch(kind, name, namespace, 'merge', { spec: { template: { metadata: { annotations } } } }),
    ),
  );
  return stale.map(({ name }) => name);
}
