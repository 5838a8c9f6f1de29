/** Writes the chart values of a deployment as the action would make them, for people who want to look, to render or to apply them themselves. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { messageOf } from '../src/errors.js';
import { shapeOf, type Shape } from '../src/passes.js';
import { declaredVariables, readConfigFile } from '../src/phases/inputs-config.js';
import { decodeOutputs, type Outputs } from '../src/phases/outputs.js';
import { buildValues, type ChartValues } from '../src/phases/values.js';
import { readSettings, textOf, type Settings } from '../src/preflight/settings.js';
import { PrivateDirectory } from '../src/private-directory.js';
import { createExec } from '../src/tools/exec.js';
import { ingressFile, type ValuesOutputs } from '../src/values/computed.js';
import { readValuesFiles } from '../src/values/files.js';
import { readUserFiles } from '../src/values/user-files.js';
import { writeTerraformFiles } from './terraform-files.js';
import { type Options, readOptions, USAGE } from './values-options.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const MADE_BY = '# Made by `npm run values`; the next run there replaces it.';
const MADE_UP = [
  '# Without --outputs: names are those that Terraform would give. Where the configuration says nothing, subscription and host are made',
  '# up, and identity and administrator always are.',
].join('\n');
/** Stands for the subscription, which names depend on, and for the identity. */
const MADE_UP_ID = '11111111-1111-4111-8111-111111111111';
const ADMINISTRATOR = 'admin@example.com';

/** @returns the exit code: 0, or 2 with every problem on standard error. */
export async function run(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  if ('problems' in options) return refuse(`${options.problems.join('\n')}\n\n${USAGE}`);
  try {
    const { shape, values, outputs } = await make(options);
    if (options.out !== undefined) {
      await write(options.out, values, outputs === undefined);
      console.log(`${values.layers.length} layers and merged.yaml are in ${options.out}.`);
    }
    if (options.terraform !== undefined && outputs !== undefined) {
      const files = await writeTerraformFiles(ROOT, options.terraform, {
        shape,
        outputs,
        values: values.merged,
        administrator: ADMINISTRATOR,
      });
      console.log(`${files.join(', ')} are in ${options.terraform}.`);
    }
    return 0;
  } catch (error) {
    return refuse(messageOf(error));
  }
}

function refuse(message: string): number {
  console.error(message);
  return 2;
}

interface Made {
  readonly shape: Shape;
  readonly values: ChartValues;
  /** Undefined where they are made up. */
  readonly outputs: Outputs | undefined;
}

async function make(options: Options): Promise<Made> {
  const { topology, pass } = options;
  const config = await readConfig(options);
  const given = options.outputs === undefined ? undefined : await givenOutputs(options, options.outputs);
  const outputs = given ?? (await madeUp(options, config));
  const files = await readValuesFiles(ROOT, { topology, sizing: outputs.sizing_profile, ingress: ingressFile(outputs), pass });
  const userFiles = await readUserFiles(options.values.map((shownAs) => ({ path: path.resolve(shownAs), shownAs })));
  const shape = shapeOf(pass, topology, outputs);
  return { shape, values: buildValues({ shape, outputs, adminEmail: ADMINISTRATOR, files, userFiles }), outputs: given };
}

type Chosen = ValuesOutputs & Pick<Outputs, 'sizing_profile'>;

/** The settings that options name win over the configuration file. */
async function readConfig({ config: file, sizing, ingress }: Options): Promise<Record<string, unknown>> {
  const chosen = {
    ...(sizing === undefined ? {} : { sizing_profile: sizing }),
    ...(ingress === undefined ? {} : { ingress_controller: ingress }),
  };
  if (file === undefined) return { ...assumed(ingress), ...chosen };
  const { values, problems } = await readConfigFile(path.resolve(file), file, await declaredVariables(path.join(ROOT, 'terraform/infra')));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { ...values, ...chosen };
}

/** The least that Terraform asks of a configuration. */
const assumed = (ingress: Options['ingress']): Record<string, unknown> => ({
  langsmith_domain: 'langsmith.example.com',
  letsencrypt_email: ADMINISTRATOR,
  ...(ingress === 'istio-addon' ? { istio_addon_revision: 'asm-1-29' } : {}),
  // A challenge over HTTP needs a controller that answers it.
  ...(ingress === 'istio-addon' || ingress === 'none' ? { tls_certificate_source: 'existing' } : {}),
});

async function givenOutputs(options: Options, file: string): Promise<Outputs> {
  const outputs = decodeOutputs(JSON.parse(await readFile(file, 'utf8')));
  return {
    ...outputs,
    ...(options.sizing === undefined ? {} : { sizing_profile: options.sizing }),
    ...(options.ingress === undefined ? {} : { ingress_controller: options.ingress }),
  };
}

/** Outputs as a pass 1 would have them. Terraform itself merges the settings, judges them and says the names; it asks nobody. */
async function madeUp({ topology }: Options, config: Record<string, unknown>): Promise<Chosen> {
  const directory = await PrivateDirectory.create(os.tmpdir(), () => undefined);
  try {
    const configFile = await directory.writeFile('config.tfvars.json', JSON.stringify({ subscription_id: MADE_UP_ID, ...config }));
    const quiet = { info: () => undefined, warning: () => undefined, debug: () => undefined };
    const inputs = { actionRoot: ROOT, topology, configFile, subscriptionId: MADE_UP_ID };
    return outputsOf(await readSettings(inputs, createExec(process.env), directory, quiet));
  } finally {
    await rm(directory.path, { recursive: true, force: true });
  }
}

function outputsOf(settings: Settings): Chosen {
  const { variables, names, location } = settings;
  const variable = (name: string): never => variables[name] as never;
  const label = textOf(settings, 'dns_label');
  const hostname =
    textOf(settings, 'langsmith_domain') || (label === '' ? 'langsmith.example.com' : `${label}.${location}.cloudapp.azure.com`);
  const isTls = textOf(settings, 'tls_certificate_source') !== 'none' || textOf(settings, 'application_gateway_certificate_name') !== '';
  const pools = Object.entries((variables['additional_node_pools'] ?? {}) as Record<string, Omit<Outputs['node_pools'][number], 'name'>>);
  return {
    langsmith_namespace: variable('langsmith_namespace'),
    langsmith_release_name: variable('langsmith_release_name'),
    langsmith_hostname: hostname,
    langsmith_url: `${isTls ? 'https' : 'http'}://${hostname}`,
    storage_account_name: names['storage_account'] ?? '',
    storage_container_name: names['storage_container'] ?? '',
    workload_identity_client_id: MADE_UP_ID,
    ingress_controller: variable('ingress_controller'),
    tls_certificate_source: variable('tls_certificate_source'),
    postgres_source: variable('postgres_source'),
    redis_source: variable('redis_source'),
    clickhouse_source: variable('clickhouse_source'),
    enable_polly: variable('enable_polly'),
    sizing_profile: variable('sizing_profile'),
    // A plan shows a variable as it was given, without the defaults of what it leaves out.
    node_pools: pools.map(([name, { labels, taints, ...pool }]) => ({ name, ...pool, labels: labels ?? {}, taints: taints ?? [] })),
  };
}

async function write(out: string, { layers, merged }: ChartValues, isMadeUp: boolean): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const name of await readdir(out)) {
    const isOurs = /^(\d\d-[\w-]+|merged)\.yaml$/.test(name) && (await readFile(path.join(out, name), 'utf8')).startsWith(MADE_BY);
    if (isOurs) await rm(path.join(out, name));
  }
  const head = isMadeUp ? `${MADE_BY}\n${MADE_UP}` : MADE_BY;
  const file = (name: string, source: string, tree: unknown): Promise<void> =>
    writeFile(path.join(out, `${name}.yaml`), `${head}\n# ${source}\n${stringify(tree, { aliasDuplicateObjects: false })}`, { flag: 'wx' });
  await Promise.all([
    ...layers.map(({ name, source, values }, index) =>
      file(`${String(index + 1).padStart(2, '0')}-${name}`, `Layer ${name}: ${source}`, values),
    ),
    file('merged', `All layers merged: ${layers.map(({ name }) => name).join(', ')}`, merged),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await run(process.argv.slice(2));
