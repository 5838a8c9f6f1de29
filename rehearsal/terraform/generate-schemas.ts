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
import { DATA_SOURCE_OVERLAY, EPHEMERAL_RESOURCES, PROVIDER_OVERLAY, RESOURCE_OVERLAY } from './overlay.js';
import type { BlockSchema, ProviderSchemas } from './schema.js';

const CDKTN = '@cdktn/provider-azurerm@16.1.0';
const PULUMI = '@pulumi/azure@6.40.0';
const PROVIDER_VERSION = '4.73.0';
const OUTPUT = new URL('schemas/azurerm.json', import.meta.url);

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
    if (name.endsWith('_wo') && schema.attributes[`${name}_version`]) {
      attribute.writeOnly = true;
      attribute.sensitive = true;
    }
  }
  applyOverlay(schema, overlay ?? {});
  return schema;
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

async function generate(directory: string): Promise<ProviderSchemas> {
  const cdktn = await unpack(CDKTN, await mkdtemp(join(directory, 'cdktn-')));
  const pulumi = await unpack(PULUMI, await mkdtemp(join(directory, 'pulumi-')));
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
    generatedFrom: [CDKTN, PULUMI],
    providerVersion: PROVIDER_VERSION,
    provider: finish(await read('provider'), PROVIDER_OVERLAY),
    resources,
    dataSources,
    ephemeralResources: EPHEMERAL_RESOURCES,
  };
}

const directory = await mkdtemp(join(tmpdir(), 'azurerm-schemas-'));
try {
  await writeFile(OUTPUT, `${JSON.stringify(sorted(await generate(directory)), null, 1)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
