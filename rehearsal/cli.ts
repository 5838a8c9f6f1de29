import path from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';
import { readArguments, USAGE, type Arguments } from './cli-options.js';
import { Conversations } from './conversations.js';
import { changesBetween, holdingsOf, summarized } from './holdings.js';
import { Observer } from './observe.js';
import { Progress } from './progress.js';
import { Rehearsal } from './rehearsal.js';
import { claimReportDirectory, writeReport } from './report.js';
import type { RunResult } from './runner/index.js';
import { sceneOf, type Act } from './scenes.js';

/** Where `--keep` keeps the world, below the directory the command is started in. */
const KEPT = '.cache/world';

/** What a deployment brought: AKS's own pods would only hide it. */
const DEPLOYED_PODS = ['--all-namespaces', '--field-selector', 'metadata.namespace!=kube-system'];

const out = process.stdout;
const heading = (text: string): void => void out.write(`\n${pc.bold(text)}\n`);

/** Errors of the run as its annotations say them. */
function failures(result: RunResult): string[] {
  const annotations = result.jobs.flatMap((job) =>
    job.steps.flatMap((step) => step.annotations.filter((annotation) => annotation.level === 'error')),
  );
  return [...result.errors, ...annotations.map((annotation) => `${annotation.title ?? 'error'}\n${annotation.message}`)];
}

/** A phase that takes longer than this part of its job is named. */
const NOTABLE = 0.15;

/** One line for each job, with the phases that its time went to. */
function timesTable({ times }: Progress): string {
  const table = new Table({ head: ['job', 'time', 'most of it'], style: { head: [], border: [], compact: true } });
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
  for (const job of new Set(times.map((time) => time.job))) {
    const phases = times.filter((time) => time.job === job);
    const total = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const notable = phases.filter(({ milliseconds }) => milliseconds > total * NOTABLE);
    notable.sort((one, other) => other.milliseconds - one.milliseconds);
    table.push([job, seconds(total), notable.map(({ phase, milliseconds }) => `${phase} ${seconds(milliseconds)}`).join(', ')]);
  }
  return table.toString();
}

interface Play {
  readonly options: Arguments;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** After each act. */
  readonly afterwards: () => void;
}

/** Plays the acts one after another, up to the first that does not succeed. */
async function play(rehearsal: Rehearsal, acts: readonly Act[], { options, progress, signal, afterwards }: Play): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const act of acts) {
    if (acts.length > 1 || act.before !== undefined) heading(act.title);
    await act.before?.(rehearsal);
    progress.approves = act.rejected !== true;
    await rehearsal.setWorkflow(act.workflow);
    const result = await rehearsal.run({
      event: act.event,
      approve: async () => act.rejected !== true,
      signal,
      onEvent: (event) => {
        progress.show(event);
      },
      variables: { LANGSMITH_CHART: options.chart ?? '', LANGSMITH_CHART_VERSION: options.chartVersion ?? '' },
    });
    const isRejected = act.rejected === true && result.conclusion === 'failure';
    results.push(isRejected ? { ...result, errors: [] } : result);
    afterwards();
    if (result.conclusion !== 'success' && !isRejected) break;
  }
  return results;
}

/** What stands now, as its owner would look at it; the text goes into the report, too. */
async function topology(rehearsal: Rehearsal): Promise<Record<string, string>> {
  const shown: Record<string, string> = {};
  const clusters = [...rehearsal.world.clusters.values()];
  for (const { fqdn, name } of clusters) {
    const observer = await Observer.of(rehearsal, fqdn);
    const [where, file] = clusters.length > 1 ? [` on ${name}`, `-${name}`] : ['', ''];
    const pods = (await observer?.kubectl('get', 'pods', ...DEPLOYED_PODS, '-o', 'wide')) ?? '';
    const releases = (await observer?.helm('list', '--all-namespaces')) ?? '';
    heading(`$ kubectl get pods ${DEPLOYED_PODS.join(' ')}${where}`);
    out.write(`${pods}\n`);
    heading(`$ helm list --all-namespaces${where}`);
    out.write(`${releases}\n`);
    Object.assign(shown, { [`pods${file}.txt`]: pods, [`releases${file}.txt`]: releases });
  }
  return shown;
}

/** What a preflight found, and what a destroy took and left: the parts of the step summary that nothing else here shows. */
function findings(results: readonly RunResult[]): string[] {
  const summaries = results.at(-1)?.jobs.flatMap(({ steps }) => steps.map(({ summary }) => summary)) ?? [];
  return summaries.flatMap((summary) =>
    summary
      .split(/^(?=### )/m)
      .filter((section) => /^### (Preflight|Cluster|Left behind)\b/.test(section))
      // Columns are as wide as the longest cell, which no terminal is.
      .map((section) =>
        section
          .trim()
          .replace(/ {2,}\|/g, ' |')
          .replace(/-{4,}/g, '---'),
      ),
  );
}

/** Shows what was written on GitHub; the texts go into the report, too. */
function showNews(conversations: Conversations): Record<string, string> {
  const news = conversations.news();
  for (const { heading: title, text } of news) {
    heading(title);
    if (text !== '') out.write(`${text}\n`);
  }
  return Object.fromEntries(news.map(({ file, heading: title, text }) => [file, text === '' ? title : text]));
}

async function rehearse(options: Arguments, signal: AbortSignal): Promise<number> {
  const { keep, report, config, helm, kubeconfig } = options;
  await claimReportDirectory(report);
  const rehearsal = await Rehearsal.start({
    helm,
    ...(config === undefined ? {} : { config }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(keep ? { keep: KEPT } : {}),
  });
  try {
    const { world, continues } = rehearsal;
    if (continues !== undefined)
      out.write(`Continuing in the world kept in ${KEPT} by the run of ${continues} (remove that directory to start anew)\n`);
    const scene = await sceneOf(options, world.github.repository);
    const versions = Object.entries(rehearsal.tools.versions).map(([tool, version]) => `${tool} ${version}`);
    out.write(
      `Rehearsing ${scene.name}, ${options.topology}, deploy-path ${options.deployPath}, passes ${options.passes}, with the real ${versions.join(', ')}\n`,
    );
    const progress = new Progress(out);
    const before = continues === undefined ? undefined : await holdingsOf(rehearsal);
    const conversations = new Conversations(world.github);
    const written: Record<string, string> = {};
    const acts = [...(world.clusters.size > 0 ? [] : scene.first), ...scene.acts];
    const afterwards = (): void => {
      Object.assign(written, showNews(conversations));
    };
    const results = await play(rehearsal, acts, { options, progress, signal, afterwards });
    const shown = { ...(await topology(rehearsal)), ...written };
    for (const found of findings(results)) out.write(`\n${found}\n`);
    heading('Times');
    out.write(`${timesTable(progress)}\n`);
    if (before !== undefined) {
      heading('Changes in the kept world');
      out.write(`${changed(summarized(changesBetween(before, await holdingsOf(rehearsal))))}\n`);
    }
    await writeReport(rehearsal, results, shown, report);
    out.write(`\nThe report is in ${path.relative(process.cwd(), report) || '.'}\n`);
    for (const failure of results.flatMap(failures)) process.stderr.write(`\n${pc.red(failure)}\n`);
    return results.at(-1)?.conclusion === 'success' ? 0 : 1;
  } finally {
    await rehearsal.stop();
    if (keep) out.write(`The world is kept in ${KEPT}; run with --keep to continue in it.\n`);
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
