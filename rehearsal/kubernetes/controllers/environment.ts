import type { ClusterStore, KubeObject } from '../api.js';
import { podSpec, type Container, type EnvVar, type KeyRef } from './types.js';

/** A container's environment as the kubelet would resolve it, or the reason it cannot (its own words). */
export interface Environment {
  readonly values: Readonly<Record<string, string>>;
  readonly problem: string | undefined;
}

type Source = 'Secret' | 'ConfigMap';

function dataOf(source: KubeObject): Record<string, string> {
  const decoded = Object.entries((source['data'] ?? {}) as Record<string, string>).map(([key, value]): [string, string] => [
    key,
    source.kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value,
  ]);
  return Object.fromEntries(decoded);
}

function missing(kind: Source, name: string): string {
  return `${kind.toLowerCase()} "${name}" not found`;
}

class Resolver {
  readonly values: Record<string, string> = {};
  problem: string | undefined;

  constructor(
    private readonly store: ClusterStore,
    private readonly pod: KubeObject,
  ) {}

  all(kind: Source, reference: { name: string; optional?: boolean } | undefined, prefix = ''): void {
    if (!reference) return;
    const source = this.store.get(kind, this.pod.metadata.namespace, reference.name);
    if (source) for (const [key, value] of Object.entries(dataOf(source))) this.values[prefix + key] = value;
    else if (!reference.optional) this.problem ??= missing(kind, reference.name);
  }

  one(variable: EnvVar): void {
    const from = variable.valueFrom;
    if (!from) {
      this.values[variable.name] = this.#expand(variable.value ?? '');
      return;
    }
    const value = from.secretKeyRef
      ? this.#key('Secret', from.secretKeyRef)
      : from.configMapKeyRef
        ? this.#key('ConfigMap', from.configMapKeyRef)
        : from.fieldRef
          ? this.#field(from.fieldRef.fieldPath)
          : '';
    if (value !== undefined) this.values[variable.name] = value;
  }

  #key(kind: Source, reference: KeyRef): string | undefined {
    const namespace = this.pod.metadata.namespace;
    const source = this.store.get(kind, namespace, reference.name);
    const value = source && dataOf(source)[reference.key];
    if (value === undefined && !reference.optional) {
      this.problem ??= source
        ? `couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name}`
        : missing(kind, reference.name);
    }
    return value;
  }

  #field(path: string): string {
    const { metadata } = this.pod;
    const named: Record<string, string | undefined> = {
      'metadata.name': metadata.name,
      'metadata.namespace': metadata.namespace,
      'metadata.uid': metadata.uid,
      'spec.nodeName': podSpec(this.pod).nodeName,
      'spec.serviceAccountName': podSpec(this.pod).serviceAccountName,
    };
    return named[path] ?? '';
  }

  #expand(value: string): string {
    return value.replace(/\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g, (whole, name: string) => this.values[name] ?? whole);
  }
}

export function resolveEnvironment(store: ClusterStore, pod: KubeObject, container: Container): Environment {
  const resolver = new Resolver(store, pod);
  for (const from of container.envFrom ?? []) {
    resolver.all('Secret', from.secretRef, from.prefix);
    resolver.all('ConfigMap', from.configMapRef, from.prefix);
  }
  for (const variable of container.env ?? []) resolver.one(variable);
  return { values: resolver.values, problem: resolver.problem };
}

/** Why the pod's volumes cannot be mounted, as a FailedMount event says it; undefined when they can. */
export function mountProblem(store: ClusterStore, pod: KubeObject): string | undefined {
  const namespace = pod.metadata.namespace;
  const absent = (
    kind: Source,
    from: { name?: string; secretName?: string; optional?: boolean; items?: { key: string }[] } | undefined,
  ): string | undefined => {
    const name = from?.secretName ?? from?.name;
    if (!from || name === undefined || from.optional) return undefined;
    const source = store.get(kind, namespace, name);
    if (!source) return missing(kind, name);
    const known = { ...dataOf(source), ...(source['binaryData'] ?? {}) };
    const lost = from.items?.find((item) => !(item.key in known));
    return lost && `references non-existent ${kind.toLowerCase()} key: ${lost.key}`;
  };
  for (const volume of podSpec(pod).volumes ?? []) {
    const sources = [{ secret: volume.secret, configMap: volume.configMap }, ...(volume.projected?.sources ?? [])];
    const problem = sources.map((source) => absent('Secret', source.secret) ?? absent('ConfigMap', source.configMap)).find(Boolean);
    if (problem) return `MountVolume.SetUp failed for volume "${volume.name}" : ${problem}`;
  }
  return undefined;
}
