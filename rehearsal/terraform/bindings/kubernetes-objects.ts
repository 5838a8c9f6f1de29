import { readFileSync } from 'node:fs';
import type { ProviderDefinition } from '../engine/engine.js';
import type { ProviderSchemas } from '../schema.js';
import { equal, isObject, Unknown, type Value, type ValueObject } from '../values.js';
import { block, ProviderError, text, textMap, type Binding, type Context } from './binding.js';
import { apiObject, ClusterAccess, demand, refuseConnection, refuseUnmodelled, withFiles } from './cluster-access.js';

const schemas = JSON.parse(readFileSync(new URL('../schemas/kubernetes.json', import.meta.url), 'utf8')) as ProviderSchemas;

const MODELLED = ['metadata', 'type', 'data_wo', 'data_wo_revision', 'wait_for_service_account_token'];

const access = (context: Context): ClusterAccess => new ClusterAccess(context, context.config, 'context');

const collection = (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets`;

/** `namespace/name`. */
const pathOf = (id: string): string => {
  const [namespace = '', name = ''] = id.split('/');
  return `${collection(namespace)}/${name}`;
};

const metadataOf = (attributes: ValueObject): ValueObject => block(attributes, 'metadata') ?? {};

/** The provider hides what Kubernetes itself adds; every other key that is there shows as drift. */
function ownKeys(found: Value | undefined): ValueObject | null {
  if (!isObject(found)) return null;
  const own = Object.entries(found).filter(
    ([key]) => !/(^|\.)(kubernetes|k8s)\.io\//.test(key) || /^(app\.kubernetes\.io|service\.beta\.kubernetes\.io)\//.test(key),
  );
  return own.length === 0 ? null : Object.fromEntries(own);
}

/** Attributes as the provider reads them. `data` is not read when the revision says that the data is write-only. */
function attributesOf(secret: ValueObject): ValueObject {
  const metadata = isObject(secret.metadata) ? secret.metadata : {};
  return {
    id: `${text(metadata, 'namespace')}/${text(metadata, 'name')}`,
    type: secret.type ?? null,
    immutable: secret.immutable ?? null,
    metadata: [
      {
        annotations: ownKeys(metadata.annotations),
        generate_name: null,
        generation: typeof metadata.generation === 'number' ? metadata.generation : 0,
        labels: ownKeys(metadata.labels),
        name: metadata.name ?? null,
        namespace: metadata.namespace ?? null,
        resource_version: metadata.resourceVersion ?? null,
        uid: metadata.uid ?? null,
      },
    ],
  };
}

/** Without a revision the provider sends no data at all, and reads it into state: that is not modelled, but refused. */
function demandWriteOnly(config: ValueObject): void {
  refuseUnmodelled('kubernetes_secret_v1', config, MODELLED);
  if (typeof config.data_wo_revision !== 'number')
    throw new ProviderError('the rehearsal does not model kubernetes_secret_v1 without data_wo_revision');
}

const encoded = (config: ValueObject): Record<string, string> =>
  Object.fromEntries(Object.entries(textMap(config, 'data_wo')).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

interface Operation {
  readonly op: 'add' | 'remove';
  readonly path: string;
  readonly value?: Value | Record<string, string>;
}

/** The JSON patch from one metadata to another: only what the configuration says is touched. */
function metadataPatch(prior: ValueObject, planned: ValueObject): Operation[] {
  return ['annotations', 'labels'].flatMap((field): Operation[] => {
    const [before, after] = [textMap(prior, field), textMap(planned, field)];
    if (equal(before, after)) return [];
    return [{ op: 'add', path: `/metadata/${field}`, value: after }];
  });
}

const secret: Binding = {
  plan({ prior, planned, differs }) {
    // What the API server changes with every write is known after it.
    if (prior === null || !differs) return planned;
    const [metadata] = Array.isArray(planned.metadata) ? planned.metadata : [];
    return { ...planned, metadata: [{ ...(isObject(metadata) ? metadata : {}), resource_version: Unknown.value }] };
  },
  async create({ context, planned, config }) {
    demandWriteOnly(config);
    const metadata = metadataOf(planned);
    const namespace = text(metadata, 'namespace');
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: text(planned, 'type'),
      metadata: {
        name: text(metadata, 'name'),
        namespace,
        annotations: textMap(metadata, 'annotations'),
        labels: textMap(metadata, 'labels'),
      },
      data: encoded(config),
    };
    const said = await access(context).run(
      'kubectl',
      ['create', '--raw', `${collection(namespace)}?fieldManager=Terraform`, '--filename=-'],
      {
        stdin: JSON.stringify(body),
      },
    );
    return attributesOf(apiObject(demand(said)));
  },
  async read(context, state) {
    const found = await access(context).get(pathOf(text(state, 'id')));
    return found === undefined ? undefined : attributesOf(found);
  },
  async update({ context, prior, planned, config }) {
    demandWriteOnly(config);
    const rewrite = !equal(prior.data_wo_revision ?? null, planned.data_wo_revision ?? null);
    const operations: Operation[] = [
      ...metadataPatch(metadataOf(prior), metadataOf(planned)),
      ...(rewrite ? [{ op: 'add' as const, path: '/data', value: encoded(config) }] : []),
    ];
    const [namespace = '', name = ''] = text(prior, 'id').split('/');
    const said = await withFiles({ 'patch.json': JSON.stringify(operations) }, (folder) =>
      access(context).run(
        'kubectl',
        [
          'patch',
          'secret',
          name,
          `--namespace=${namespace}`,
          '--type=json',
          `--patch-file=${folder}/patch.json`,
          '--field-manager=Terraform',
          '--output=json',
        ],
        { env: { KUBECACHEDIR: folder } },
      ),
    );
    return attributesOf(apiObject(demand(said)));
  },
  async delete(context, state) {
    const said = await access(context).run('kubectl', ['delete', '--raw', pathOf(text(state, 'id'))]);
    if (said.code !== 0 && !/NotFound|not found/.test(said.stderr)) demand(said);
  },
  believesFailedUpdate: true,
};

/** The stand-in of the kubernetes provider: Secrets with write-only data. */
export const KUBERNETES_OBJECTS: ProviderDefinition = {
  source: 'registry.terraform.io/hashicorp/kubernetes',
  protocol: 5,
  legacySdk: true,
  usesLedger: false,
  configure: (_world, config) => {
    refuseConnection('provider "kubernetes"', config);
  },
  schemas,
  bindings: { kubernetes_secret_v1: secret },
  dataSources: {},
  ephemeralResources: {},
  constraints: {
    kubernetes_secret_v1: { requires: { data_wo_revision: 'data_wo', binary_data_wo_revision: 'binary_data_wo' } },
  },
};
