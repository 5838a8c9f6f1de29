import { DeployError } from '../errors.js';
import { CHART_0_13 } from './chart-contract-0.13.js';
import type { ChartContract } from './contract.js';

/** Lines of the chart that values can be made for. A further line is one more table, and what its passes bring in src/passes.ts. */
export const CHART_LINES: readonly ChartContract[] = [CHART_0_13];

/** @throws DeployError `inputs-invalid` when there is no table for the line of a chart: its keys are others, and it would ignore ours. */
export function refuseOtherLine(version: string): void {
  const known = CHART_LINES.map(({ line }) => line);
  if (known.some((line) => version.startsWith(`${line}.`))) return;
  throw new DeployError(
    'inputs-invalid',
    `chart-version: values are made for chart line ${known.join(' and ')}, and this chart is ${version}`,
    {
      fix: 'Leave chart and chart-version empty for the version this release was verified with.',
    },
  );
}
