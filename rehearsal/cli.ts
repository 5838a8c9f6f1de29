import path from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';
import { changesBetween, holdingsOf } from './holdings.js';
import { Observer } from './observe.js';
import { Progress } from './progress.js';
import { PROJECT, Rehearsal } from './rehearsal.js';
import { claimReportDirectory, writeReport } from './report.js';
import type { RunResult } from './runner/index.js';

const USAGE = `npm run rehearse -- [options]

  --topology light      what stands where: light, or production with --passes 1
  --passes 1-2          1, 2 or 1-2
  --config FILE         your own terraform.tfvars
  --workflow FILE       a workflow of your own instead of examples/light.yml
  --chart REF|DIR       the LangSmith chart: oci:// reference, .tgz or directory
  --chart-version V     its version, for an oci:// reference
  --helm 3|4            which Helm
  --kubeconfig FILE     use a real cluster for the cluster part
  --keep                keep the world in .cache/world for the next run with --keep, and continue in a kept one
  --report DIR          where the report goes (default .rehearsal)
  --help`;

/** What is rehearsed for the production topology. */
const PRODUCTION = path.join(PROJECT, 'examples/production.yml');

/** Where `--keep` keeps the world, below the directory the command is started in. */
const KEPT = '.cache/world';

/** What a deployment brought: AKS's own pods would only hide it. */
const DEPLOYED_PODS = ['--all-namespaces', '--field-selector', 'metadata.namespace!=kube-system'];

interface Arguments {
  readonly passes: string;
  readonly helm: '3' | '4';
  readonly keep: boolean;
  readonly report: string;
  readonly config?: string;
  readonly workflow?: string;
  readonly chart?: string;
  readonly chartVersion?: string;
  readonly kubeconfig?: string;
}

/** @throws Error naming every wrong option. */
function readArguments(argv: readonly string[]): Arguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      topology: { type: 'string', default: 'light' },
      passes: { type: 'string', default: '1-2' },
      config: { type: 'string' },
      workflow: { type: 'string' },
      chart: { type: 'string' },
      'chart-version': { type: 'string' },
      helm: { type: 'string', default: '4' },
      kubeconfig: { type: 'string' },
      keep: { type: 'boolean', default: false },
      report: { type: 'string', default: '.rehearsal' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const problems = [
    ['light', 'production'].includes(values.topology) ? '' : `--topology: "${values.topology}" is not one of light, production`,
    ['1', '2', '1-2'].includes(values.passes) ? '' : `--passes: "${values.passes}" is not one of 1, 2, 1-2`,
    values.topology === 'production' && values.passes !== '1' ? '--topology: production needs --passes 1, the only pass of it so far' : '',
    values.helm === '3' || values.helm === '4' ? '' : `--helm: "${values.helm}" is not one of 3, 4`,
  ].filter((problem) => problem !== '');
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const production = values.topology === 'production' ? { workflow: PRODUCTION } : {};
  const absolute = (name: 'config' | 'workflow' | 'kubeconfig'): Partial<Record<typeof name, string>> => {
    const file = values[name];
    return file === undefined ? {} : { [name]: path.resolve(file) };
  };
  return {
    passes: values.passes,
    helm: values.helm as '3' | '4',
    keep: values.keep,
    report: path.resolve(values.report),
    ...production,
    ...absolute('config'),
    ...absolute('workflow'),
    ...absolute('kubeconfig'),
    ...(values.chart === undefined ? {} : { chart: values.chart.startsWith('oci://') ? values.chart : path.resolve(values.chart) }),
    ...(values['chart-version'] === undefined ? {} : { chartVersion: values['chart-version'] }),
  };
}

/** Errors of the run as its annotations say them. */
function failures(result: RunResult): string[] {
  const annotations = result.jobs.flatMap((job) =>
    job.steps.flatMap((step) => step.annotations.filter((annotation) => annotation.level === 'error')),
  );
  return [...result.errors, ...annotations.map((annotation) => `${annotation.title ?? 'error'}\n${annotation.message}`)];
}

function timesTable(progress: Progress): string {
  const table = new Table({ head: ['job', 'phase', 'time'], style: { head: [], border: [] } });
  for (const { job, phase, milliseconds } of progress.times) table.push([job, phase, `${(milliseconds / 1000).toFixed(1)} s`]);
  return table.toString();
}

async function rehearse(options: Arguments, signal: AbortSignal): Promise<number> {
  const out = process.stdout;
  const heading = (text: string): void => void out.write(`\n${pc.bold(text)}\n`);
  const { keep, ...rest } = options;
  await claimReportDirectory(options.report);
  const rehearsal = await Rehearsal.start({ ...rest, ...(keep ? { keep: KEPT } : {}) });
  try {
    if (rehearsal.continues !== undefined)
      out.write(`Continuing in the world kept in ${KEPT} by the run of ${rehearsal.continues} (remove that directory to start anew)\n`);
    const versions = Object.entries(rehearsal.tools.versions).map(([tool, version]) => `${tool} ${version}`);
    out.write(
      `Rehearsing ${path.basename(options.workflow ?? 'examples/light.yml')}, passes ${options.passes}, with the real ${versions.join(', ')}\n`,
    );
    const progress = new Progress(out);
    const before = rehearsal.continues === undefined ? undefined : await holdingsOf(rehearsal);
    const result = await rehearsal.run({
      passes: options.passes,
      signal,
      onEvent: (event) => {
        progress.show(event);
      },
      variables: { LANGSMITH_CHART: options.chart ?? '', LANGSMITH_CHART_VERSION: options.chartVersion ?? '' },
    });
    const observer = await Observer.of(rehearsal);
    const pods = observer === undefined ? '' : await observer.kubectl('get', 'pods', ...DEPLOYED_PODS, '-o', 'wide');
    const releases = observer === undefined ? '' : await observer.helm('list', '--all-namespaces');
    if (pods !== '') {
      heading(`$ kubectl get pods ${DEPLOYED_PODS.join(' ')}`);
      out.write(`${pods}\n`);
      heading('$ helm list --all-namespaces');
      out.write(`${releases}\n`);
    }
    heading('Times');
    out.write(`${timesTable(progress)}\n`);
    if (before !== undefined) {
      heading('Changes in the kept world');
      out.write(`${changed(changesBetween(before, await holdingsOf(rehearsal)))}\n`);
    }
    await writeReport(rehearsal, [result], { 'pods.txt': pods, 'releases.txt': releases }, options.report);
    out.write(`\nThe report is in ${path.relative(process.cwd(), options.report) || '.'}\n`);
    for (const failure of failures(result)) process.stderr.write(`\n${pc.red(failure)}\n`);
    return result.conclusion === 'success' ? 0 : 1;
  } finally {
    await rehearsal.stop();
    if (options.keep) out.write(`The world is kept in ${KEPT}; run with --keep to continue in it.\n`);
  }
}

function changed(lines: readonly string[]): string {
  if (lines.length === 0) return pc.green('  no resource, no Helm revision and no secret has changed');
  return lines.map((line) => `  ${line}`).join('\n');
}

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write('\nStopping: the run gives its locks back first.\n');
    abort.abort(`The rehearsal was stopped by ${signal}`);
  });
}
let options: Arguments | 'help';
try {
  options = readArguments(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
try {
  if (options === 'help') console.log(USAGE);
  else process.exitCode = await rehearse(options, abort.signal);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
