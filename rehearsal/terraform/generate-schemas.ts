import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tar from 'tar';
import { applyOverlay, type Overlay } from './generate/apply-overlay.js';
import { DATA_SOURCES, RESOURCES } from './generate/catalogue.js';
import { CdktnModule } from './generate/cdktn.js';
import { PulumiDocs } from './generate/pulumi.js';
import {
  DATA_SOURCE_OVERLAY,
  EPHEMERAL_RESOURCES,
  HELM_OVERLAY,
  KUBERNETES_OVERLAY,
  PROVIDER_OVERLAY,
  RESOURCE_OVERLAY,
} from './overlay.js';
import type { AttributeSchema, BlockSchema, ProviderSchemas } from './schema.js';

const AZURERM = { cdktn: '@cdktn/provider-azurerm@16.1.0', pulumi: '@pulumi/azure@6.40.0', version: '4.73.0' };
const KUBERNETES = { cdktf: '@cdktf/provider-kubernetes@12.1.1', version: '2.38.0' };
const HELM = { cdktf: '@cdktf/provider-helm@12.1.2', version: '3.1.1' };

/** Downloads and unpacks a package; returns the folder with its `package.json`. */
async function unpack(spec: string, into: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', into, spec], { cwd: into });
  const archive = join(into, stdout.trim());
  await tar.extract({ file: archive, cwd: into });
  return join(into, 'package');
}

/** Adds what every type has in common and no package says. */
function finish(schema: BlockSchema, overlay: Overlay | undefined): BlockSchema {
  for (const [name, attribute] of Object.entries(schema.attributes)) {
    if (!name.endsWith('_wo')) continue;
    if (schema.attributes[`${name}_version`]) attribute.sensitive = true;
    if (schema.attributes[`${name}_version`] ?? schema.attributes[`${name}_revision`]) writeOnly(attribute);
  }
  applyOverlay(schema, overlay ?? {});
  return schema;
}

/** The protocol wants what is inside a write-only object marked too. */
function writeOnly(attribute: AttributeSchema): void {
  attribute.writeOnly = true;
  for (const member of Object.values(attribute.nested?.attributes ?? {})) writeOnly(member);
}

/** Objects with their keys in order, so that the file depends on nothing but its sources. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

type Unpack = (spec: string) => Promise<string>;

async function azurerm(fetch: Unpack): Promise<ProviderSchemas> {
  const [cdktn, pulumi] = [await fetch(AZURERM.cdktn), await fetch(AZURERM.pulumi)];
  const read = async (folder: string): Promise<BlockSchema> =>
    new CdktnModule(await readFile(join(cdktn, 'lib', folder, 'index.js'), 'utf8')).schema();
  const docs = new PulumiDocs(await readFile(join(pulumi, 'types', 'input.d.ts'), 'utf8'));

  const resources: Record<string, BlockSchema> = {};
  for (const [name, documented] of Object.entries(RESOURCES)) {
    const schema = await read(name.replaceAll('_', '-'));
    const [declaration, compiled] = await Promise.all(
      ['.d.ts', '.js'].map((suffix) => readFile(join(pulumi, `${documented}${suffix}`), 'utf8')),
    );
    docs.annotate(schema, declaration ?? '', compiled ?? '');
    resources[`azurerm_${name}`] = finish(schema, RESOURCE_OVERLAY[name]);
  }
  const dataSources: Record<string, BlockSchema> = {};
  for (const name of DATA_SOURCES)
    dataSources[`azurerm_${name}`] = finish(await read(`data-azurerm-${name.replaceAll('_', '-')}`), DATA_SOURCE_OVERLAY[name]);

  return {
    generatedFrom: [AZURERM.cdktn, AZURERM.pulumi],
    providerVersion: AZURERM.version,
    provider: finish(await read('provider'), PROVIDER_OVERLAY),
    resources,
    dataSources,
    ephemeralResources: EPHEMERAL_RESOURCES,
  };
}

/** Providers of which one resource type is spoken about. */
async function single(
  fetch: Unpack,
  source: { readonly cdktf: string; readonly version: string },
  type: { readonly name: string; readonly folder: string; readonly overlay: Overlay; readonly framework: boolean },
): Promise<ProviderSchemas> {
  const unpacked = await fetch(source.cdktf);
  const read = async (folder: string): Promise<BlockSchema> =>
    new CdktnModule(await readFile(join(unpacked, 'lib', folder, 'index.js'), 'utf8'), type.framework).schema();
  return {
    generatedFrom: [source.cdktf],
    providerVersion: source.version,
    provider: await read('provider'),
    resources: { [type.name]: finish(await read(type.folder), type.overlay) },
    dataSources: {},
    ephemeralResources: {},
  };
}

const directory = await mkdtemp(join(tmpdir(), 'provider-schemas-'));
const fetch: Unpack = async (spec) => unpack(spec, await mkdtemp(join(directory, 'package-')));
const GENERATORS: Readonly<Record<string, () => Promise<ProviderSchemas>>> = {
  azurerm: () => azurerm(fetch),
  kubernetes: () =>
    single(fetch, KUBERNETES, { name: 'kubernetes_secret_v1', folder: 'secret-v1', overlay: KUBERNETES_OVERLAY, framework: false }),
  helm: () => single(fetch, HELM, { name: 'helm_release', folder: 'release', overlay: HELM_OVERLAY, framework: true }),
};
// Names on the command line pick providers: `npm run generate:schemas -- helm`.
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(GENERATORS);
try {
  for (const name of chosen) {
    const generate = GENERATORS[name];
    if (generate === undefined) throw new Error(`${name} is none of ${Object.keys(GENERATORS).join(', ')}`);
    await writeFile(new URL(`schemas/${name}.json`, import.meta.url), `${JSON.stringify(sorted(await generate()), null, 1)}\n`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
