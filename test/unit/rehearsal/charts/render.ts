import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { CHART_SOURCES } from '../../../../rehearsal/charts/index.js';
import { fetchTools, type HelmMajor } from '../../../../rehearsal/tools/fetch.js';

const run = promisify(execFile);
const cacheDirectory = path.resolve(import.meta.dirname, '../../../../.cache/tools');

const helms = new Map<HelmMajor, Promise<string>>();

/** Path of one line of Helm, looked for once per test file. */
function helmProgram(major: HelmMajor): Promise<string> {
  const known = helms.get(major) ?? fetchTools({ helm: major, cacheDirectory }).then((tools) => tools.helm);
  helms.set(major, known);
  return known;
}

/** A rendered object, read loosely: the tests say what they expect of it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Rendered = Record<string, any> & {
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
};

export type Values = Record<string, unknown>;

interface RenderOptions {
  readonly helm?: HelmMajor;
  readonly release?: string;
  readonly source?: string;
  readonly namespace?: string;
  /** `path=value` each, as `--set-string` takes it. */
  readonly set?: readonly string[];
}

/**
 * What `helm template <release> <chart>` gives for these values layers; rejects with helm's own message.
 * @param chart name of a stand-in; `options.source` is the directory of any other chart.
 */
export async function render(chart: string, layers: readonly Values[], options: RenderOptions = {}): Promise<Rendered[]> {
  return parseAllDocuments(await renderText(chart, layers, options))
    .map((document) => document.toJS() as Rendered | null)
    .filter((object): object is Rendered => object !== null);
}

/** The same as helm prints it. */
export async function renderText(chart: string, layers: readonly Values[], options: RenderOptions = {}): Promise<string> {
  const helm = await helmProgram(options.helm ?? '4');
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'render-'));
  try {
    const files = await Promise.all(
      layers.map(async (values, index) => {
        const file = path.join(scratch, `${index}.json`);
        await writeFile(file, JSON.stringify(values));
        return ['-f', file];
      }),
    );
    const source = options.source ?? path.join(CHART_SOURCES, chart);
    const argv = ['template', options.release ?? chart, source, '--namespace', options.namespace ?? chart, ...files.flat()];
    argv.push(...(options.set ?? []).map((pair) => `--set-string=${pair}`));
    const { stdout } = await run(helm, argv, { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** `helm lint --strict` of a chart directory with these values; rejects with helm's own message. */
export async function lint(source: string, values: Values, helm: HelmMajor = '4'): Promise<void> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'lint-'));
  try {
    const file = path.join(scratch, 'values.json');
    await writeFile(file, JSON.stringify(values));
    await run(await helmProgram(helm), ['lint', source, '--strict', '--values', file]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export function ofKind(objects: readonly Rendered[], kind: string): Rendered[] {
  return objects.filter((object) => object.kind === kind);
}

export function names(objects: readonly Rendered[], kind: string): string[] {
  return ofKind(objects, kind)
    .map((object) => object.metadata.name)
    .sort();
}

/** The one object of this kind and name. */
export function one(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} objects are ${kind} ${name}`);
  return found[0] as Rendered;
}

/** Environment of the first container of a workload or Job, by variable name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function environment(object: Rendered): Record<string, any> {
  const list = (object.spec.template.spec.containers[0].env ?? []) as { name: string }[];
  return Object.fromEntries(list.map((variable) => [variable.name, variable]));
}
