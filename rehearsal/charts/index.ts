import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { create } from 'tar';
import { parse } from 'yaml';

/** The part of Chart.yaml that Helm repositories and registries repeat. */
export interface ChartMetadata {
  readonly apiVersion: string;
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  readonly type: string;
}

/** A chart as a repository hands it out. */
export interface PackagedChart {
  readonly metadata: ChartMetadata;
  /** Absolute path of `<name>-<version>.tgz`. */
  readonly file: string;
  /** Lower-case hex digest of the file. */
  readonly sha256: string;
}

/** Where the charts' sources lie, a directory each. */
export const CHART_SOURCES = import.meta.dirname;

/**
 * Packages every stand-in chart into `directory`. The same sources always give the same bytes, so that a digest names a chart
 * across runs and machines.
 */
export async function packageCharts(directory: string): Promise<PackagedChart[]> {
  const target = path.resolve(directory);
  await mkdir(target, { recursive: true });
  const names = (await readdir(CHART_SOURCES, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => packageChart(name, target)));
}

async function packageChart(name: string, target: string): Promise<PackagedChart> {
  const metadata = parse(await readFile(path.join(CHART_SOURCES, name, 'Chart.yaml'), 'utf8')) as ChartMetadata;
  const file = path.join(target, `${metadata.name}-${metadata.version}.tgz`);
  const members = await filesBelow(path.join(CHART_SOURCES, name));
  await create(
    { file, cwd: CHART_SOURCES, gzip: true, portable: true, mtime: new Date(0) },
    members.map((member) => path.posix.join(name, member)),
  );
  return {
    metadata,
    file,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  };
}

/** Relative paths of all files, in an order of their own: the file system's differs between machines. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true });
  const files: string[] = [];
  for (const entry of entries) if ((await stat(path.join(directory, entry))).isFile()) files.push(entry.split(path.sep).join('/'));
  return files.sort();
}
