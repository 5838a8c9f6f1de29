import { createHash } from 'node:crypto';
import type { KubeObject } from '../api.js';
import { resolveEnvironment } from './environment.js';
import { FINALIZER, LGP, LGP_DEFINITION, type LgpSpec } from './langsmith-operator.js';
import type { Program } from './programs.js';
import type { Runtime } from './runtime.js';
import { accountRefusal } from './service-account-rights.js';
import { controllerOf, isAvailable, podSpec, specOf, statusOf, type Container, type EnvVar } from './types.js';

type End = NonNullable<Program['ends']>;

/** Product → its entry in the configuration, which also names its agent. */
const PRODUCTS: Readonly<Record<string, string>> = { agent_builder: 'agent-builder', insights: 'clio', smith_polly: 'smith-polly' };
const LABEL = 'langchain.ai/bundled-product';

/** Seconds the program waits for the host back end, and for each agent. */
const PATIENCE_SECONDS = 900;

interface Product {
  image: string;
  configmap_name: string;
  restart_deployments: string[];
  cpu: number;
  cpu_limit: number;
  memory_mb: number;
  memory_limit_mb: number;
  min_scale: number;
  max_scale: number;
  extra_env: EnvVar[];
}

/** Is the container the one of the chart's agent-bootstrap Job? */
export function isAgentBootstrap(pod: KubeObject, container: Container): boolean {
  return controllerOf(pod)?.kind === 'Job' && container.command?.some((word) => word.includes('deploy_bundled_agents')) === true;
}

/**
 * What chart 0.13's bootstrap does each time it is looked at: destroys and creates the products of its arguments as LGPs, waits
 * for the operator to run them, then writes each product's ConfigMap and restarts the Deployments that read it, as far as its
 * own Role lets it. Undefined while it waits; else how it ends.
 */
export function advanceBootstrap(runtime: Runtime, pod: KubeObject, container: Container, startedAt: number): End | undefined {
  const { store } = runtime;
  const namespace = pod.metadata.namespace ?? 'default';
  const ends = (exitCode: number, ...log: string[]): End => ({ afterMs: 0, exitCode, log });
  const options = argumentsOf(container);
  let config: Record<string, Product>;
  try {
    config = JSON.parse(options['config'] ?? '{}') as Record<string, Product>;
  } catch (error) {
    return ends(1, `json.decoder.JSONDecodeError: argument --config: ${error instanceof Error ? error.message : ''}`);
  }
  if (!store.get('apiextensions.k8s.io/CustomResourceDefinition', undefined, LGP_DEFINITION))
    return ends(1, `ERROR agent-bootstrap: ${LGP_DEFINITION}: the server could not find the requested resource`);

  const late = runtime.now() - startedAt > runtime.scaled(PATIENCE_SECONDS);
  const waiting = (why: string): End | undefined => (late ? ends(1, `ERROR agent-bootstrap: timed out: ${why}`) : undefined);
  const absent = ['host-backend', 'listener'].find(
    (part) => !store.list('apps/Deployment', namespace).some((deployment) => isPart(deployment, part) && isAvailable(deployment)),
  );
  if (absent !== undefined) return waiting(`${absent} does not answer: [Errno 111] Connection refused`);

  const destroyed = list(options['destroy-products']).flatMap((product) => agentsOf(runtime, namespace, product));
  for (const lgp of destroyed) if (!lgp.metadata.deletionTimestamp) store.remove(LGP, namespace, lgp.metadata.name);
  const staying = list(options['destroy-products']).flatMap((product) => agentsOf(runtime, namespace, product));
  if (staying.length > 0) return waiting(`${staying.map((lgp) => lgp.metadata.name).join(', ')} still being deleted`);

  const blob = blobEnvironment(resolveEnvironment(store, pod, container).values);
  const made: { product: string; settings: Product; lgp: KubeObject }[] = [];
  for (const product of list(options['create-products'])) {
    const settings = config[PRODUCTS[product] ?? ''];
    if (!settings) return ends(1, `ERROR agent-bootstrap: KeyError: '${PRODUCTS[product] ?? product}' is not in --config`);
    made.push({ product, settings, lgp: agent(runtime, namespace, product, settings, blob) });
  }
  for (const { lgp } of made) {
    const { phase, message } = statusOf<{ phase: string; message: string }>(lgp);
    if (phase !== 'Running') return waiting(`${lgp.metadata.name} is ${phase ?? 'Unknown'}${message ? `: ${message}` : ''}`);
  }
  const log = made.flatMap(({ settings, lgp }) => publish(runtime, pod, settings, lgp));
  return ends(0, ...made.map(({ lgp }) => `INFO ${lgp.metadata.name} is healthy`), ...log, 'INFO agent-bootstrap finished');
}

/** `--name value` pairs. */
function argumentsOf(container: Container): Record<string, string> {
  const words = container.args ?? [];
  return Object.fromEntries(words.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), words[index + 1] ?? '']] : [])));
}

const list = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

function isPart(deployment: KubeObject, part: string): boolean {
  return deployment.metadata.labels?.['app.kubernetes.io/component']?.endsWith(`-${part}`) === true;
}

function agentsOf(runtime: Runtime, namespace: string, product: string): KubeObject[] {
  return runtime.store.list(LGP, namespace).filter((lgp) => lgp.metadata.labels?.[LABEL] === product);
}

function blobEnvironment(values: Readonly<Record<string, string>>): EnvVar[] {
  const names = ['BLOB_STORAGE_ENGINE', 'AZURE_STORAGE_ACCOUNT_NAME', 'AZURE_STORAGE_CONTAINER_NAME'];
  return names.flatMap((name) => (values[name] ? [{ name, value: values[name] }] : []));
}

/** The product's agent as it should be, created or brought up to date. */
function agent(runtime: Runtime, namespace: string, product: string, settings: Product, blob: EnvVar[]): KubeObject {
  const uid = runtime.store.get('Namespace', undefined, namespace)?.metadata.uid ?? '';
  const hash = createHash('sha256').update(`${uid} ${product}`).digest('hex').slice(0, 8);
  const name = `${PRODUCTS[product]}-${hash}`;
  const spec: LgpSpec = {
    image: settings.image,
    replicas: settings.min_scale,
    maxReplicas: settings.max_scale,
    env: [...blob, ...settings.extra_env],
    resources: {
      requests: { cpu: String(settings.cpu), memory: `${settings.memory_mb}Mi` },
      limits: { cpu: String(settings.cpu_limit), memory: `${settings.memory_limit_mb}Mi` },
    },
    hash,
  };
  const known = runtime.change(LGP, namespace, name, (fresh) => void (fresh['spec'] = spec));
  if (known) return known;
  return runtime.store.create({
    apiVersion: 'apps.langchain.ai/v1alpha1',
    kind: 'LGP',
    metadata: { name, namespace, labels: { [LABEL]: product }, finalizers: [FINALIZER] },
    spec,
  });
}

/** Writes where the agent answers, and restarts who reads it when that is new. Refusals are said and not fatal. */
function publish(runtime: Runtime, pod: KubeObject, settings: Product, lgp: KubeObject): string[] {
  const { store } = runtime;
  const namespace = pod.metadata.namespace ?? 'default';
  const account = podSpec(pod).serviceAccountName ?? 'default';
  const may = (verb: string, group: string, resource: string, name: string) =>
    accountRefusal(store, namespace, account, { verb, group, resource, name });
  const data = { AGENT_DEPLOYMENT_NAME: lgp.metadata.name, AGENT_URL: `http://${lgp.metadata.name}.${namespace}.svc.cluster.local:8000` };
  const name = settings.configmap_name;
  const known = store.get('ConfigMap', namespace, name);
  if (known && JSON.stringify(known['data']) === JSON.stringify(data)) return [];
  const refused = known ? may('patch', '', 'configmaps', name) : may('create', '', 'configmaps', name);
  if (refused !== undefined) return [`WARN agent-bootstrap: ${refused}`];
  if (known) runtime.change('ConfigMap', namespace, name, (fresh) => void (fresh['data'] = data));
  else runtime.ensure({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
  return settings.restart_deployments.map((deployment) => {
    const denied = may('get', 'apps', 'deployments', deployment) ?? may('patch', 'apps', 'deployments', deployment);
    if (denied !== undefined) return `WARN agent-bootstrap: could not restart deployment ${deployment}: ${denied}`;
    const restarted = runtime.change('apps/Deployment', namespace, deployment, (fresh) => {
      const { template } = specOf<{ template: { metadata?: { annotations?: Record<string, string> } } }>(fresh);
      const annotations = { ...template.metadata?.annotations, 'kubectl.kubernetes.io/restartedAt': runtime.timestamp() };
      template.metadata = { ...template.metadata, annotations };
    });
    return restarted ? `INFO restarted deployment ${deployment}` : `WARN agent-bootstrap: deployments.apps "${deployment}" not found`;
  });
}
