import semver from 'semver';
import { DeployError } from '../errors.js';
import { FEATURES } from '../passes.js';
import type { ReleaseSummary } from '../tools/helm-output.js';
import { isTree, type Tree } from '../values/merge.js';

/** Version in `<name>-<version>`, or undefined when the release is of another chart. */
export const chartVersionOf = (summary: ReleaseSummary, chartName: string): string | undefined =>
  summary.chart.startsWith(`${chartName}-`) ? summary.chart.slice(chartName.length + 1) : undefined;

/** Schema migrations only go forward, so an older chart would run old code on a newer schema. @throws DeployError `inputs-invalid`. */
export function refuseDowngrade(deployed: string, wanted: string): void {
  if (!semver.valid(deployed) || !semver.lt(wanted, deployed)) return;
  throw new DeployError(
    'inputs-invalid',
    `chart-version: ${wanted} is older than ${deployed}, which is deployed, and database migrations do not go back`,
    {
      fix: `Use ${deployed} or a newer version of its line.`,
    },
  );
}

/**
 * A pass that leaves out a feature an earlier run turned on would have the chart destroy it.
 * @throws DeployError `inputs-invalid` naming the features and the pass that keeps them.
 */
export function refuseFeatureLoss(deployed: Tree, wanted: Tree): void {
  const lost = FEATURES.filter(({ switches }) => switches.some((path) => at(deployed, path) === true && at(wanted, path) !== true));
  if (lost.length === 0) return;
  const pass = Math.max(...lost.map((feature) => feature.pass));
  throw new DeployError(
    'inputs-invalid',
    `pass: this pass would remove what a later one deployed: ${lost.map((feature) => feature.name).join(', ')}`,
    {
      fix: `Run pass ${pass}.`,
    },
  );
}

function at(tree: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isTree(inner) ? inner[key] : undefined), tree);
}
