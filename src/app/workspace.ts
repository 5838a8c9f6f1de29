import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Inputs } from '../phases/inputs.js';
import type { PrivateDirectory } from '../private-directory.js';
import type { FetchedChart } from '../release/chart.js';
import type { ChartPlace } from './files.js';

export const PLATFORM_CHART = 'helm/langsmith-platform';

/**
 * Where Terraform finds the LangSmith chart. A chart on disk is copied beside the root: its path is part of the state, and must be the
 * same in every run.
 */
export async function placeChart(
  source: Inputs['chart'],
  chart: Pick<FetchedChart, 'name' | 'version'>,
  pinned: string,
  directory: PrivateDirectory,
): Promise<ChartPlace> {
  const { name, version } = chart;
  switch (source.kind) {
    case 'default':
      return { repository: pinned, chart: name, version };
    case 'repository':
      return { repository: source.url, chart: name, version };
    case 'oci':
      return { repository: path.posix.dirname(source.reference), chart: path.posix.basename(source.reference), version };
    case 'path': {
      const place = path.join('charts', path.basename(source.path));
      await cp(source.path, path.join(directory.path, place), { recursive: true });
      return { repository: null, chart: path.posix.join('../..', 'charts', path.basename(source.path)), version };
    }
  }
}

/**
 * A private copy of `terraform/app` and of the chart beside it, laid out as in this repository, with `files` by their path in the root.
 * @returns the directory of the root.
 */
export async function prepareAppWorkspace(
  { actionRoot }: Pick<Inputs, 'actionRoot'>,
  directory: PrivateDirectory,
  files: ReadonlyMap<string, string>,
): Promise<string> {
  const root = path.join(directory.path, 'terraform/app');
  await cp(path.join(actionRoot, 'terraform/app'), root, {
    recursive: true,
    // What somebody did by hand in a checkout is not this run's.
    filter: (from) => !/[\\/](\.terraform|values|[^\\/]*\.auto\.tfvars(\.json)?|terraform\.tfvars|[^\\/]*\.tfstate[^\\/]*)$/.test(from),
  });
  await cp(path.join(actionRoot, PLATFORM_CHART), path.join(directory.path, PLATFORM_CHART), { recursive: true });
  await mkdir(path.join(root, 'values/addons'), { recursive: true });
  for (const [name, content] of files) await directory.writeFile(path.join('terraform/app', name), content);
  return root;
}
