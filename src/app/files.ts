import { stringify } from 'yaml';
import { DeployError } from '../errors.js';
import type { Outputs } from '../phases/outputs.js';
import type { Shape } from '../passes.js';
import type { Addon } from '../platform/addons.js';
import { leastHookMinutes } from '../release/bootstrap-job.js';
import { REDIS_KEY } from '../secret-catalogue.js';
import type { Tree } from '../values/merge.js';
import { secretPieces, withoutSecrets } from './pieces.js';

/** The outputs of pass 1 that `terraform/app` reads: each is a variable of its `variables.infra.tf` (a contract test holds both together). */
export const INFRA_VARIABLES = [
  'subscription_id',
  'keyvault_id',
  'langsmith_namespace',
  'langsmith_release_name',
] as const satisfies readonly (keyof Outputs)[];

/** A chart as Terraform finds it: in a repository, or at a path from `terraform/app`. */
export interface ChartPlace {
  readonly repository: string | null;
  readonly chart: string;
  readonly version: string;
}

/** Everything the cluster is to hold. */
export interface Deployment {
  readonly shape: Shape;
  readonly outputs: Outputs;
  readonly addons: readonly { readonly addon: Addon; readonly values: Tree }[];
  readonly platform: { readonly name: string; readonly version: string; readonly chart: string; readonly values: Tree };
  readonly langsmith: ChartPlace & { readonly values: Tree };
  /** Name → value, to keep them out of the files. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Add-ons after those that they come after. */
const WAVES = 3;

/**
 * The files `terraform/app` reads, by their path in its directory. None holds a secret. PURE.
 * @throws DeployError `platform-failed` when add-ons wait for one another more than twice.
 */
export function deploymentFiles(deployment: Deployment): ReadonlyMap<string, string> {
  const { shape, outputs, addons, platform, langsmith, secrets } = deployment;
  const open = withoutSecrets(langsmith.values, secrets);
  const waves = wavesOf(addons.map(({ addon }) => addon));
  const releases = {
    addons: Object.fromEntries(
      addons.map(({ addon }) => [
        addon.name,
        {
          wave: waves.get(addon.name),
          namespace: addon.namespace,
          repository: addon.chart.repository,
          chart: addon.chart.name,
          version: addon.chart.version,
          take_ownership: addon.take_ownership,
        },
      ]),
    ),
    platform: { name: platform.name, chart: platform.chart, version: platform.version },
    langsmith: {
      repository: langsmith.repository,
      chart: langsmith.chart,
      version: langsmith.version,
      least_timeout_minutes: leastHookMinutes(shape.pass),
      write_only: open.writeOnly,
    },
    not_in_vault: [REDIS_KEY],
  };
  const infra = Object.fromEntries(INFRA_VARIABLES.map((name) => [name, outputs[name]]));
  return new Map([
    ['infra.auto.tfvars.json', `${JSON.stringify(infra, null, 2)}\n`],
    ['values/releases.yaml', stringify(releases)],
    ['values/secrets.yaml', stringify(secretPieces({ shape, outputs }), { aliasDuplicateObjects: false })],
    ['values/merged.yaml', stringify(open.values, { aliasDuplicateObjects: false })],
    ['values/platform.yaml', stringify(platform.values, { aliasDuplicateObjects: false })],
    ...addons.map(({ addon, values }) => [`values/addons/${addon.name}.yaml`, stringify(values)] as const),
  ]);
}

/** Add-on → 1 for those that wait for none of the others, 2 for those that wait for these, and so on. */
export function wavesOf(addons: readonly Addon[]): ReadonlyMap<string, number> {
  const waves = new Map<string, number>();
  for (let wave = 1; wave <= WAVES; wave += 1) {
    const ready = addons.filter(
      (addon) =>
        !waves.has(addon.name) && addon.after.every((name) => waves.has(name) || !addons.some((candidate) => candidate.name === name)),
    );
    for (const { name } of ready) waves.set(name, wave);
  }
  const late = addons.filter(({ name }) => !waves.has(name)).map(({ name }) => name);
  if (late.length === 0) return waves;
  throw new DeployError(
    'platform-failed',
    `helm/addons.yaml: ${late.join(', ')} wait for one another, or for more than ${WAVES - 1} others in a row`,
  );
}
