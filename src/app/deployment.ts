import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { demandOf } from '../capacity/demand.js';
import type { Shape } from '../passes.js';
import type { Outputs } from '../phases/outputs.js';
import { factsOf, readAddonValues, readAddons, selectAddons } from '../platform/addons.js';
import { platformValues } from '../platform/values.js';
import type { Tree } from '../values/merge.js';
import type { ChartPlace, Deployment } from './files.js';
import { PLATFORM_CHART } from './workspace.js';

/** What a deployment follows from. */
export interface DeploymentSources {
  readonly shape: Shape;
  readonly outputs: Outputs;
  /** Values of the LangSmith chart. */
  readonly values: Tree;
  readonly langsmith: ChartPlace;
  /** Name → value: what must not be in a file. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Everything the cluster is to hold, as `terraform/app` is told it: with the charts and values files of this repository. */
export async function readDeployment(actionRoot: string, sources: DeploymentSources): Promise<Deployment> {
  const { shape, outputs, values, langsmith, secrets } = sources;
  const demand = demandOf(shape, values);
  const facts = factsOf(shape, outputs, demand);
  const selected = selectAddons(await readAddons(actionRoot), facts);
  const platform = parse(await readFile(path.join(actionRoot, PLATFORM_CHART, 'Chart.yaml'), 'utf8')) as { name: string; version: string };
  return {
    shape,
    outputs,
    addons: await Promise.all(selected.map(async (addon) => ({ addon, values: await readAddonValues(actionRoot, addon, facts) }))),
    platform: {
      name: platform.name,
      version: platform.version,
      chart: `../../${PLATFORM_CHART}`,
      values: platformValues(shape, outputs, demand),
    },
    langsmith: { ...langsmith, values },
    secrets,
  };
}
