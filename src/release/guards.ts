import semver from 'semver';
import { DeployError } from '../errors.js';
import type { ReleaseSummary } from '../tools/helm-output.js';
import type { Tree } from '../values/merge.js';
import { deployedFeatures } from './features.js';
import { approvalOf, describeMove, type StoreMove } from './stores.js';

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
 * Values that turn off a deployed feature would have the chart destroy what it runs.
 * @param givenUp lines of the input `approve-irreversible`.
 * @throws DeployError `inputs-invalid` naming the features.
 */
export function refuseFeatureLoss(deployed: Tree, wanted: Tree, givenUp: readonly string[]): void {
  const wantedFeatures = deployedFeatures(wanted);
  const lost = deployedFeatures(deployed).filter((name) => !wantedFeatures.includes(name) && !givenUp.includes(name));
  if (lost.length === 0) return;
  throw new DeployError('inputs-invalid', `this run would take away what is deployed: ${lost.join(', ')}`, {
    fix: `Leave it on in the configuration. If you mean to lose it with all it holds, name it in approve-irreversible: ${lost.join(', ')}.`,
  });
}

/**
 * Data that LangSmith would no longer find is left behind only when the user says so.
 * @param approved lines of the input `approve-irreversible`.
 * @throws DeployError `plan-guarded` naming each store and the line that approves it.
 */
export function refuseStoreMoves(moves: readonly StoreMove[], release: string, approved: readonly string[]): void {
  const refused = moves.flatMap((move) => {
    const approval = approvalOf(move);
    return approval === undefined || approved.includes(approval) ? [] : [{ approval, what: describeMove(move, release) }];
  });
  if (refused.length === 0) return;
  const names = refused.map(({ approval }) => approval).join(', ');
  throw new DeployError('plan-guarded', refused.map(({ approval, what }) => `- ${approval} ${what}`).join('\n'), {
    fix: `Leave the store where it is, or move its data as docs/moving-data.md says and then name it in approve-irreversible: ${names}.`,
  });
}
