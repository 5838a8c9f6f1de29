import { parse } from 'yaml';
import { ApiError, type KubeObject, type NewObject } from '../api.js';
import type { Recorder } from './events.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { isAvailable, keyOf, ownedBy, podSpec, specOf, splitKey, type Container, type EnvVar, type PodTemplate } from './types.js';

/** An agent deployment, in the words of the operator's custom resource. */
export const LGP = 'apps.langchain.ai/LGP';
export const LGP_DEFINITION = 'lgps.apps.langchain.ai';
export const FINALIZER = 'apps.langchain.ai/finalizer';
const COMPONENT = 'langsmith-operator';

/** What the operator gives a database of its own when nothing else is asked for. */
const DATABASE = { max_connections: 150, storage_gi: 10 };

export interface LgpSpec {
  image: string;
  replicas: number;
  maxReplicas: number;
  env: EnvVar[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  /** Suffix of the database's name: `lg-<hash>`. */
  hash: string;
}

/** The operator that watches a namespace, once it runs: its environment. */
function operatorFor(runtime: Runtime, namespace: string): { namespace: string; environment: Record<string, string> } | undefined {
  for (const deployment of runtime.store.list('apps/Deployment')) {
    const { template } = specOf<{ template: PodTemplate }>(deployment);
    const [container] = template.spec.containers;
    const environment = Object.fromEntries((container?.env ?? []).map((variable) => [variable.name, variable.value ?? '']));
    if (environment['TEMPLATES_CONFIG_MAP'] === undefined || !isAvailable(deployment)) continue;
    const watched = (environment['WATCH_NAMESPACES'] ?? '').split(',').map((entry) => entry.trim());
    if (watched.join('') === '' || watched.includes(namespace))
      return { namespace: deployment.metadata.namespace ?? 'default', environment };
  }
  return undefined;
}

/**
 * LangSmith's operator: makes of each LGP the Deployments, the database and the Service of its templates, and takes an LGP's
 * finalizer away when it is deleted. Without a running operator nothing of this happens, so such an LGP stays.
 */
export function langsmithOperator(runtime: Runtime, recorder: Recorder): Controller {
  const { store } = runtime;
  const all = (): string[] => store.list(LGP).map(keyOf);
  const owned = (object: KubeObject): string[] =>
    (object.metadata.ownerReferences ?? [])
      .filter((owner) => owner.kind === 'LGP')
      .map((owner) => `${object.metadata.namespace}/${owner.name}`);
  const controller: Controller = {
    name: COMPONENT,
    watches: {
      [LGP]: itself,
      'apps/Deployment': (deployment) => {
        const isOperator = podSpec({ ...deployment, spec: specOf<{ template: PodTemplate }>(deployment).template.spec }).containers.some(
          (container) => container.env?.some((variable) => variable.name === 'TEMPLATES_CONFIG_MAP'),
        );
        return isOperator ? all() : owned(deployment);
      },
      'apps/StatefulSet': owned,
      ConfigMap: (object) => (object.metadata.name.endsWith('-operator-config') ? all() : []),
    },
    reconcile(key) {
      const [namespace = 'default', name] = splitKey(key);
      const lgp = store.get(LGP, namespace, name);
      const operator = operatorFor(runtime, namespace);
      if (!lgp || !operator) return;
      if (lgp.metadata.deletionTimestamp) {
        runtime.change(LGP, namespace, name, (fresh) => void (fresh.metadata.finalizers = []));
        return;
      }
      try {
        const wanted = objectsOf(runtime, lgp, operator);
        for (const object of wanted) put(object);
        report(lgp, wanted.every(serves) ? 'Running' : 'Pending', '');
      } catch (error) {
        // A refusal, or a template that is none: the operator says so and tries again.
        const message = error instanceof Error ? error.message : String(error);
        recorder.warning(lgp, 'ReconcileError', message, COMPONENT);
        report(lgp, 'Failed', message);
        runtime.after(controller, key, runtime.scaled(30));
      }
    },
  };
  return controller;

  function put(object: NewObject & { metadata: { name: string } }): void {
    const kind = `${object.apiVersion.includes('/') ? `${object.apiVersion.split('/')[0]}/` : ''}${object.kind}`;
    const { namespace, name } = object.metadata;
    const known = store.get(kind, namespace, name);
    if (!known) store.create(object);
    // Claims of a StatefulSet cannot change; everything else follows the template.
    else if (object.kind !== 'StatefulSet')
      runtime.change(
        kind,
        namespace,
        name,
        (fresh) => void (fresh['spec'] = { ...(fresh['spec'] as object), ...(object['spec'] as object) }),
      );
  }

  function serves(object: NewObject & { metadata: { name: string } }): boolean {
    const { namespace, name } = object.metadata;
    if (object.kind === 'Deployment') return isAvailable(store.get('apps/Deployment', namespace, name));
    if (object.kind !== 'StatefulSet') return true;
    const status = (store.get('apps/StatefulSet', namespace, name)?.['status'] ?? {}) as { readyReplicas?: number };
    return (status.readyReplicas ?? 0) > 0;
  }

  function report(lgp: KubeObject, phase: string, message: string): void {
    runtime.setStatus(LGP, lgp, { phase, ...(message === '' ? {} : { message }) });
  }
}

function objectsOf(
  runtime: Runtime,
  lgp: KubeObject,
  operator: { namespace: string; environment: Record<string, string> },
): (NewObject & { metadata: { name: string } })[] {
  const { name, namespace = 'default' } = lgp.metadata;
  const spec = specOf<LgpSpec>(lgp);
  const configMap = operator.environment['TEMPLATES_CONFIG_MAP'] ?? '';
  const templates = (runtime.store.get('ConfigMap', operator.namespace, configMap)?.['data'] ?? {}) as Record<string, string>;
  const from = (template: string, values: Record<string, string | number>): NewObject & { metadata: { name: string } } => {
    const made = fill(templates[`${template}.yaml`], `${configMap}/${template}.yaml`, { namespace, ...values });
    return { ...made, metadata: { ...made.metadata, namespace, ownerReferences: ownedBy(lgp) } };
  };
  const server = (own: string) => withSettings(from('deployment', { name: own, replicas: spec.replicas, image: spec.image }), spec);
  const objects = [
    from('db', { service_name: `lg-${spec.hash}`, ...DATABASE }),
    from('redis', { service_name: `${name}-redis` }),
    server(name),
    server(`${name}-queue`),
    from('service', { name }),
  ];
  if (operator.environment['KEDA_ENABLED'] !== 'true') return objects;
  if (!runtime.store.get('apiextensions.k8s.io/CustomResourceDefinition', undefined, 'scaledobjects.keda.sh'))
    throw new ApiError(404, 'NotFound', 'no matches for kind "ScaledObject" in version "keda.sh/v1alpha1"');
  const scaled = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: `${name}-queue`, namespace, ownerReferences: ownedBy(lgp) },
    spec: {
      scaleTargetRef: { name: `${name}-queue` },
      minReplicaCount: spec.replicas,
      maxReplicaCount: spec.maxReplicas,
      triggers: [{ type: 'cpu', metricType: 'Utilization', metadata: { value: '75' } }],
    },
  };
  return [...objects, scaled];
}

/** One object from the text of a template; throws when the text is missing, leaves a placeholder open or is no YAML object. */
function fill(
  template: string | undefined,
  where: string,
  values: Readonly<Record<string, string | number>>,
): NewObject & { metadata: { name: string } } {
  if (template === undefined) throw new Error(`template ${where} is missing`);
  const text = template.replace(/\$\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  const [open] = /\$\{\w+\}/.exec(text) ?? [];
  if (open !== undefined) throw new Error(`template ${where}: nothing is known of ${open}`);
  const made: unknown = parse(text);
  const { kind, metadata } = (made ?? {}) as Partial<NewObject>;
  if (kind === undefined || metadata?.name === undefined) throw new Error(`template ${where} makes no object with a kind and a name`);
  return made as NewObject & { metadata: { name: string } };
}

/** The agent's own environment and resources, in the first container of its template. */
function withSettings<T extends NewObject>(deployment: T, spec: LgpSpec): T {
  const body = deployment['spec'] as { template: PodTemplate };
  const [first, ...rest] = body.template.spec.containers;
  if (!first) return deployment;
  const known = new Set((first.env ?? []).map((variable) => variable.name));
  const agent: Container = {
    ...first,
    env: [...(first.env ?? []), ...spec.env.filter((variable) => !known.has(variable.name))],
    resources: first.resources ?? spec.resources,
  };
  const template = { ...body.template, spec: { ...body.template.spec, containers: [agent, ...rest] } };
  return { ...deployment, spec: { ...body, template } };
}
