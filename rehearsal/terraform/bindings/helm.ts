import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import type { ProviderDefinition } from '../engine/engine.js';
import type { ProviderSchemas } from '../schema.js';
import { isObject, isUnknown, Unknown, type ValueObject } from '../values.js';
import { optionalText, ProviderError, text, texts, type Binding, type Context } from './binding.js';
import { ClusterAccess, refuseConnection, refuseUnmodelled, withFiles, type Said } from './cluster-access.js';

const schemas = JSON.parse(readFileSync(new URL('../schemas/helm.json', import.meta.url), 'utf8')) as ProviderSchemas;

/** Settings that change what this stand-in does. */
const MODELLED = [
  'name',
  'namespace',
  'repository',
  'chart',
  'version',
  'values',
  'set_wo',
  'set_wo_revision',
  'timeout',
  'wait',
  'max_history',
  'create_namespace',
  'upgrade_install',
  'reset_values',
  'description',
  'take_ownership',
];

/** What Helm keeps of a revision, as far as the provider reads it. */
interface StoredRelease {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly info: { readonly status: string; readonly first_deployed: string; readonly last_deployed: string; readonly notes?: string };
  readonly chart: { readonly metadata: { readonly name: string; readonly version: string; readonly appVersion?: string } };
}

const access = (context: Context): ClusterAccess =>
  new ClusterAccess(context, isObject(context.config.kubernetes) ? context.config.kubernetes : {}, 'kube-context');

const kubectl = (context: Context): ClusterAccess =>
  new ClusterAccess(context, isObject(context.config.kubernetes) ? context.config.kubernetes : {}, 'context');

/** The newest revision, out of the Secret in which Helm keeps it; undefined when there is none. */
async function newest(context: Context, name: string, namespace: string): Promise<StoredRelease | undefined> {
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  const list = await kubectl(context).get(`/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`);
  const secrets = Array.isArray(list?.items) ? list.items.filter(isObject) : [];
  const releases = secrets.flatMap(({ data }) => {
    const stored = isObject(data) ? data.release : undefined;
    if (typeof stored !== 'string') return [];
    const zipped = Buffer.from(Buffer.from(stored, 'base64').toString('utf8'), 'base64');
    return [JSON.parse(gunzipSync(zipped).toString('utf8')) as StoredRelease];
  });
  return releases.sort((a, b) => b.version - a.version)[0];
}

const count = (attributes: ValueObject, name: string): number => {
  const value = attributes[name];
  if (typeof value !== 'number') throw new Error(`attribute "${name}" is not a known number`);
  return value;
};

const unixSeconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

/** State after every operation: `values` of the metadata are left out as soon as a write-only value may be among them. */
function attributesOf(release: StoredRelease, model: ValueObject): ValueObject {
  const { metadata } = release.chart;
  const writeOnly = typeof model.set_wo_revision === 'number' && model.set_wo_revision > 0;
  const asConfigured = optionalText(model, 'version');
  const sameVersion = asConfigured?.replace(/^v/, '') === metadata.version.replace(/^v/, '');
  return {
    id: release.name,
    name: release.name,
    namespace: release.namespace,
    status: release.info.status,
    version: sameVersion ? (asConfigured ?? metadata.version) : metadata.version,
    manifest: null,
    resources: null,
    metadata: {
      name: release.name,
      namespace: release.namespace,
      revision: release.version,
      chart: metadata.name,
      version: metadata.version,
      app_version: metadata.appVersion ?? '',
      values: writeOnly ? '{}' : JSON.stringify(release.config ?? {}),
      first_deployed: unixSeconds(release.info.first_deployed),
      last_deployed: unixSeconds(release.info.last_deployed),
      notes: release.info.notes ?? '',
    },
  };
}

/** `--set-string` without the command line: `a.b\.c` → `{ a: { 'b.c': … } }`, and `\,` is a comma. */
function writeOnlyValues(config: ValueObject): object {
  const given = Array.isArray(config.set_wo) ? config.set_wo.filter(isObject) : [];
  const tree: Record<string, unknown> = {};
  for (const item of given) {
    if (item.type !== 'string') throw new ProviderError('the rehearsal models helm_release.set_wo of type "string" only');
    const keys = text(item, 'name')
      .split(/(?<!\\)\./)
      .map((key) => key.replaceAll('\\.', '.'));
    const value = text(item, 'value');
    if (/(?<!\\)[,{}[\]]/.test(value))
      throw new ProviderError(`failed parsing string value: key "${keys.join('.')}" holds an unescaped comma or bracket`);
    let place = tree;
    for (const key of keys.slice(0, -1)) place = (place[key] ??= {}) as Record<string, unknown>;
    place[keys.at(-1) ?? ''] = value.replace(/\\(.)/g, '$1');
  }
  return tree;
}

/** Where the chart is: a path from where terraform runs, or a repository and an exact version. */
async function chartArguments(context: Context, attributes: ValueObject): Promise<string[]> {
  const repository = optionalText(attributes, 'repository');
  const chart = text(attributes, 'chart');
  const version = optionalText(attributes, 'version');
  if (repository === undefined && !chart.startsWith('oci://'))
    return [isAbsolute(chart) ? chart : resolve(await context.workingDirectory(), chart)];
  const pinned = version === undefined ? [] : [`--version=${version}`];
  if (repository?.startsWith('oci://') === true) return [`${repository}/${chart}`, ...pinned];
  return [chart, ...(repository === undefined ? [] : [`--repo=${repository}`]), ...pinned];
}

/** Runs Helm with a home of its own, as the library in the provider has no user's settings. `<home>` in arguments is where `files` are. */
const helm = (context: Context, args: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Said> =>
  withFiles(files, (home) =>
    access(context).run(
      'helm',
      args.map((argument) => argument.replace('<home>', home)),
      { env: { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home } },
    ),
  );

async function majorVersion(context: Context): Promise<number> {
  return Number(/^v(\d+)/.exec((await helm(context, ['version', '--template={{.Version}}'])).stdout)?.[1]);
}

const lastWords = ({ stderr }: Said): string =>
  stderr
    .trim()
    .split('\n')
    .filter((line) => !/^(level=|WARNING|[IWE]\d{4} )/.test(line))
    .join('\n')
    .replace(/^Error: (UPGRADE FAILED: |INSTALLATION FAILED: )?/m, '');

/** `helm install` or `helm upgrade` as the provider calls its library. `secrets`: whether write-only values are handed over. */
async function deploy(
  context: Context,
  verb: 'install' | 'upgrade',
  planned: ValueObject,
  config: ValueObject,
  secrets: boolean,
): Promise<Said> {
  const values = texts(planned, 'values');
  const files = Object.fromEntries(values.map((value, index) => [`values-${index}.yaml`, value]));
  if (secrets) files['write-only.yaml'] = stringify(writeOnlyValues(config));
  const description = optionalText(planned, 'description');
  // Helm 3, which the provider has inside, leaves a namespace alone that is there; Helm 4 would put a label on it.
  const namespace = text(planned, 'namespace');
  const makesNamespace =
    planned.create_namespace === true &&
    verb === 'install' &&
    (await kubectl(context).get(`/api/v1/namespaces/${namespace}`)) === undefined;
  return helm(
    context,
    [
      verb,
      text(planned, 'name'),
      ...(await chartArguments(context, planned)),
      `--namespace=${text(planned, 'namespace')}`,
      `--timeout=${count(planned, 'timeout')}s`,
      ...Object.keys(files).map((name) => `--values=<home>/${name}`),
      ...(makesNamespace ? ['--create-namespace'] : []),
      ...(planned.reset_values === true && verb === 'upgrade' ? ['--reset-values'] : []),
      ...(verb === 'upgrade' ? [`--history-max=${count(planned, 'max_history')}`] : []),
      ...(description === undefined ? [] : [`--description=${description}`]),
      ...(planned.take_ownership === true ? ['--take-ownership'] : []),
      ...(planned.wait === true ? ['--wait'] : (await majorVersion(context)) === 3 ? [] : ['--wait=hookOnly']),
    ],
    files,
  );
}

const revisionOf = (attributes: ValueObject): number => (typeof attributes.set_wo_revision === 'number' ? attributes.set_wo_revision : 0);

async function stateAfter(context: Context, planned: ValueObject): Promise<ValueObject> {
  const release = await newest(context, text(planned, 'name'), text(planned, 'namespace'));
  if (release === undefined) throw new Error('Helm succeeded and left no release');
  return attributesOf(release, planned);
}

const release: Binding = {
  async plan({ context, prior, planned, config, differs }) {
    refuseUnmodelled('helm_release', config, MODELLED);
    const settled = {
      ...planned,
      status: 'deployed',
      manifest: null,
      resources: null,
      description: optionalText(config, 'description') ?? prior?.description ?? null,
    };
    // The provider looks the chart up while it plans; a version that is not there fails here.
    if (!isUnknown(config.chart) && !isUnknown(config.version)) {
      const said = await helm(context, ['show', 'chart', ...(await chartArguments(context, planned))]);
      if (said.code !== 0)
        throw new ProviderError('Error locating chart', `Unable to locate chart ${text(planned, 'chart')}: ${lastWords(said)}`);
    }
    return prior === null || differs ? { ...settled, id: Unknown.value, metadata: Unknown.value } : settled;
  },
  async create({ context, planned, config }) {
    const exists = (await newest(context, text(planned, 'name'), text(planned, 'namespace'))) !== undefined;
    const adopts = exists && planned.upgrade_install === true;
    const said = await deploy(context, adopts ? 'upgrade' : 'install', planned, config, revisionOf(planned) > 0);
    // A release that was installed and failed is left out of the state.
    if (said.code !== 0) throw new ProviderError(exists ? 'Helm release error' : 'installation failed', lastWords(said));
    return stateAfter(context, planned);
  },
  async read(context, state) {
    const found = await newest(context, text(state, 'name'), text(state, 'namespace'));
    return found === undefined ? undefined : attributesOf(found, state);
  },
  async update({ context, prior, planned, config }) {
    // The provider hands write-only values over only when their revision rises: any other upgrade loses them.
    const said = await deploy(context, 'upgrade', planned, config, revisionOf(planned) > revisionOf(prior));
    if (said.code !== 0) throw new ProviderError('Error upgrading chart', `Upgrade failed: ${lastWords(said)}`);
    return stateAfter(context, planned);
  },
  async delete(context, state) {
    const namespace = text(state, 'namespace');
    if ((await newest(context, text(state, 'name'), namespace)) === undefined) return;
    const said = await helm(context, [
      'uninstall',
      text(state, 'name'),
      `--namespace=${namespace}`,
      `--timeout=${count(state, 'timeout')}s`,
    ]);
    if (said.code !== 0)
      throw new ProviderError('Error uninstalling release', `Unable to uninstall Helm release ${text(state, 'name')}: ${lastWords(said)}`);
  },
};

/**
 * The stand-in of the helm provider. Where the provider has Helm as a library, this one runs the real program; `experiments` are off,
 * so no manifest is in the state.
 */
export const HELM: ProviderDefinition = {
  source: 'registry.terraform.io/hashicorp/helm',
  protocol: 6,
  legacySdk: false,
  usesLedger: false,
  configure: (_world, config) => {
    refuseUnmodelled('provider "helm"', config, ['kubernetes']);
    if (isObject(config.kubernetes)) refuseConnection('provider "helm".kubernetes', config.kubernetes);
  },
  schemas,
  bindings: { helm_release: release },
  dataSources: {},
  ephemeralResources: {},
  constraints: {},
};
