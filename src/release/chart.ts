import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import semver from 'semver';
import { parse } from 'yaml';
import { z } from 'zod';
import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { ChartSource } from '../phases/inputs.js';
import { CommandFailure } from '../tools/command.js';
import type { ChartMetadata, PullRequest } from '../tools/helm.js';

const PIN_FILE = 'helm/chart.yaml';
const pin = z.strictObject({ repository: z.string(), name: z.string(), version: z.string() });
export type ChartPin = Readonly<z.infer<typeof pin>>;

/** The chart line that values, key contract and pass catalogue describe. */
const CHART_LINE = '0.13';

/** A chart on disk, with what its own Chart.yaml says. */
export interface FetchedChart extends ChartMetadata {
  readonly path: string;
  /** Where it came from, for people. */
  readonly source: string;
}

export async function readChartPin(actionRoot: string): Promise<ChartPin> {
  return pin.parse(parse(await readFile(path.join(actionRoot, PIN_FILE), 'utf8')));
}

/**
 * Brings the chart to disk once, so that what is rendered, compared and installed is the same bytes.
 * @throws DeployError `release-chart` when it is not there, `inputs-invalid` when it is of a line this action has no values for.
 */
export async function fetchChart(cluster: Cluster, source: ChartSource, actionRoot: string): Promise<FetchedChart> {
  const pinned = await readChartPin(actionRoot);
  const onDisk =
    source.kind === 'path' ? source.path : await pull(cluster, pullRequest(source, pinned, path.join(cluster.files.path, 'charts')));
  const metadata = await orChartFailure(cluster.helm.showChart(onDisk), onDisk);
  const chart = { ...metadata, path: onDisk, source: describeSource(source, pinned) };
  refuseOtherCharts(chart, pinned);
  return chart;
}

function pullRequest(source: Exclude<ChartSource, { kind: 'path' }>, pinned: ChartPin, destination: string): PullRequest {
  const version = source.version ?? pinned.version;
  switch (source.kind) {
    case 'default':
      return { repository: pinned.repository, chart: pinned.name, version, destination };
    case 'repository':
      return { repository: source.url, chart: pinned.name, version, destination };
    case 'oci':
      return { chart: source.reference, version, destination };
  }
}

async function pull({ helm }: Cluster, request: PullRequest): Promise<string> {
  await mkdir(request.destination, { recursive: true });
  await orChartFailure(helm.pull(request), `${request.chart} ${request.version}`);
  return path.join(request.destination, `${path.posix.basename(request.chart)}-${request.version}.tgz`);
}

async function orChartFailure<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw new DeployError('release-chart', `${what}: ${error.message}`, { cause: error });
  }
}

function describeSource(source: ChartSource, pinned: ChartPin): string {
  switch (source.kind) {
    case 'default':
      return pinned.repository;
    case 'repository':
      return source.url;
    case 'oci':
      return source.reference;
    case 'path':
      return source.path;
  }
}

function refuseOtherCharts(chart: FetchedChart, pinned: ChartPin): void {
  if (chart.name !== pinned.name) {
    throw new DeployError('inputs-invalid', `chart: ${chart.source} holds the chart "${chart.name}", not "${pinned.name}"`);
  }
  if (semver.satisfies(chart.version, `~${CHART_LINE}.0`, { includePrerelease: true })) return;
  throw new DeployError(
    'inputs-invalid',
    `chart-version: ${chart.version} is not of line ${CHART_LINE}, the one this release of the action has values for`,
    {
      fix: `Use ${pinned.version}, or leave chart-version empty.`,
    },
  );
}
