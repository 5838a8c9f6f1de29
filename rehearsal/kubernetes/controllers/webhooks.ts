import { ApiError, type KubeObject, type NewObject } from '../api.js';
import type { Runtime } from './runtime.js';
import { readyEndpoints } from './services.js';
import { isAvailable, matches, type Selector } from './types.js';

const CONFIGURATIONS = [
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
];

/** cert-manager's own annotation: who fills in the CA of this configuration, and must run before the webhook is believed. */
const INJECTED = ['cert-manager.io/inject-ca-from-secret', 'cert-manager.io/inject-ca-from'];

interface Webhook {
  name: string;
  failurePolicy?: string;
  timeoutSeconds?: number;
  clientConfig?: { service?: { name: string; namespace: string; path?: string; port?: number }; caBundle?: string };
  rules?: { operations?: string[]; apiGroups?: string[]; apiVersions?: string[]; resources?: string[] }[];
  namespaceSelector?: Selector;
  objectSelector?: Selector;
}

function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (/(s|x|ch)$/.test(word)) return `${word}es`;
  return word.endsWith('y') && !word.endsWith('ay') ? `${word.slice(0, -1)}ies` : `${word}s`;
}

function includes(list: readonly string[] | undefined, word: string): boolean {
  return (list ?? []).some((entry) => entry === '*' || entry === '*/*' || entry === word);
}

function concerns(runtime: Runtime, webhook: Webhook, object: NewObject, operation: string): boolean {
  const [version = '', group = ''] = object.apiVersion.split('/').reverse();
  const ruled = (webhook.rules ?? []).some(
    (rule) =>
      includes(rule.operations, operation) &&
      includes(rule.apiGroups, group) &&
      includes(rule.apiVersions, version) &&
      includes(rule.resources, pluralOf(object.kind)),
  );
  if (!ruled || !matches(webhook.objectSelector ?? {}, object.metadata.labels)) return false;
  const namespace =
    object.metadata.namespace === undefined ? undefined : runtime.store.get('Namespace', undefined, object.metadata.namespace);
  return !namespace || matches(webhook.namespaceSelector ?? {}, namespace.metadata.labels);
}

/** Why calling the webhook fails, in the API server's words; undefined when it answers. */
function callProblem(runtime: Runtime, configuration: KubeObject, webhook: Webhook): string | undefined {
  const service = webhook.clientConfig?.service;
  if (!service) return undefined;
  const url = `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${service.path ?? ''}?timeout=${webhook.timeoutSeconds ?? 10}s`;
  if (!runtime.store.get('Service', service.namespace, service.name))
    return `failed to call webhook: Post "${url}": service "${service.name}" not found`;
  if (readyEndpoints(runtime, service.namespace, service.name) === 0)
    return `failed to call webhook: Post "${url}": no endpoints available for service "${service.name}"`;
  const injector = INJECTED.some((annotation) => configuration.metadata.annotations?.[annotation])
    ? runtime.store.get('apps/Deployment', service.namespace, 'cert-manager-cainjector')
    : undefined;
  if (injector && !isAvailable(injector))
    return `failed to call webhook: Post "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`;
  return undefined;
}

/** The configuration cert-manager's chart installs beside its webhook Service, for charts that render only the Service. */
function certManagerWebhook(service: KubeObject): Webhook {
  const { name, namespace = '' } = service.metadata;
  const rule = {
    operations: ['CREATE', 'UPDATE'],
    apiGroups: ['cert-manager.io', 'acme.cert-manager.io'],
    apiVersions: ['v1'],
    resources: ['*/*'],
  };
  return {
    name: 'webhook.cert-manager.io',
    timeoutSeconds: 30,
    clientConfig: { service: { name, namespace, path: '/validate' } },
    rules: [rule],
  };
}

function* installed(runtime: Runtime): Generator<{ owner: KubeObject; webhook: Webhook }> {
  const configurations = CONFIGURATIONS.flatMap((kind) => runtime.store.list(kind));
  for (const owner of configurations) for (const webhook of (owner['webhooks'] ?? []) as Webhook[]) yield { owner, webhook };
  if (configurations.some((configuration) => configuration.metadata.name === 'cert-manager-webhook')) return;
  for (const owner of runtime.store.list('Service').filter((service) => service.metadata.name === 'cert-manager-webhook'))
    yield { owner, webhook: certManagerWebhook(owner) };
}

/**
 * Admission webhooks of charts answer yes, if they answer: throws ApiError 500 InternalError for an object that concerns a
 * webhook whose pods are not ready yet (unless its failurePolicy is Ignore), as a cluster does right after an install.
 */
export function callWebhooks(runtime: Runtime, object: NewObject, operation: 'CREATE' | 'UPDATE'): void {
  for (const { owner, webhook } of installed(runtime)) {
    if (webhook.failurePolicy === 'Ignore' || !concerns(runtime, webhook, object, operation)) continue;
    const problem = callProblem(runtime, owner, webhook);
    if (problem !== undefined)
      throw new ApiError(500, 'InternalError', `Internal error occurred: failed calling webhook "${webhook.name}": ${problem}`);
  }
}
