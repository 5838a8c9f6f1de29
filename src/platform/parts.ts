import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { demandOf } from '../capacity/demand.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { Shape } from '../passes.js';
import type { Inputs } from '../phases/inputs.js';
import type { Outputs } from '../phases/outputs.js';
import type { Tree } from '../values/merge.js';
import { type Addon, factsOf, readAddons, readAddonValues, selectAddons } from './addons.js';
import type { Wanted } from './install.js';
import { platformValues } from './values.js';

export type PlatformInputs = Pick<Inputs, 'actionRoot' | 'timeoutMinutes'>;

/** The deployment that the cluster is made ready for. */
export interface PlatformRequest {
  readonly shape: Shape;
  readonly outputs: Outputs;
  /** Merged values of the LangSmith chart: what it asks for decides the bounds of the namespace. */
  readonly values: Tree;
}

/** All that a deployment needs of its cluster. */
export interface PlatformParts {
  /** LangSmith's own first. */
  readonly namespaces: readonly string[];
  /** In the order of helm/addons.yaml. */
  readonly addons: readonly { readonly addon: Addon; readonly wanted: Wanted }[];
  /** The action's own chart. */
  readonly own: Wanted;
  /** Add-ons of other deployments. */
  readonly others: readonly Addon[];
}

const CHART = 'helm/langsmith-platform';

/** Reads files of the action and asks nobody. */
export async function platformParts(cluster: Cluster, inputs: PlatformInputs, request: PlatformRequest): Promise<PlatformParts> {
  const { shape, outputs } = request;
  const { actionRoot, timeoutMinutes } = inputs;
  const demand = demandOf(shape, request.values);
  const facts = factsOf(shape, outputs, demand);
  const all = await readAddons(actionRoot);
  const selected = selectAddons(all, facts);
  const directory = path.join(actionRoot, CHART);
  const [addons, metadata] = await Promise.all([
    Promise.all(
      selected.map(async (addon) => {
        const { name, namespace, chart, take_ownership: takeOwnership } = addon;
        const values = await readAddonValues(actionRoot, addon, facts);
        const fetch = (): Promise<string> => pull(cluster, addon);
        return { addon, wanted: { name, namespace, chart, values, fetch, immutable: true, takeOwnership, timeoutMinutes } };
      }),
    ),
    readFile(path.join(directory, 'Chart.yaml'), 'utf8'),
  ]);
  const { name, version } = parse(metadata) as { name: string; version: string };
  return {
    namespaces: [...new Set([outputs.langsmith_namespace, ...selected.map((addon) => addon.namespace)])],
    addons,
    own: {
      name,
      namespace: outputs.langsmith_namespace,
      chart: { name, version },
      values: platformValues(shape, outputs, demand),
      fetch: () => Promise.resolve(directory),
      immutable: false,
      // Objects of this chart that an earlier version of the action applied by itself become the release's.
      takeOwnership: true,
      timeoutMinutes,
    },
    others: all.filter((addon) => !selected.includes(addon)),
  };
}

async function pull({ helm, files }: Cluster, { chart: { repository, name, version } }: Addon): Promise<string> {
  const destination = path.join(files.path, 'charts');
  await mkdir(destination, { recursive: true });
  const source = repository.startsWith('oci://') ? { chart: `${repository}/${name}` } : { repository, chart: name };
  await helm.pull({ ...source, version, destination });
  return path.join(destination, `${name}-${version}.tgz`);
}
