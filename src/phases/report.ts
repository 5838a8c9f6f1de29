import { markdownTable } from 'markdown-table';
import { FAILURE_REASONS, type DeployError } from '../errors.js';
import type { OutputName } from '../interface.js';
import { describeForgotten, type Forgotten } from '../destroy/app-state.js';
import type { Leftover } from '../destroy/leftovers.js';
import type { PhaseResult } from '../phase.js';
import { describeChecks, type Check } from '../preflight/check.js';
import { isProved, type VerifyRow } from '../verify/rows.js';
import { describeDismantle, type Dismantled, type Skipped } from './dismantle.js';
import type { DriftResult } from './drift.js';
import type { Provisioned } from './provision.js';
import { differencesOf, type DriftReport, sawAll } from '../drift/drift.js';
import { driftSections } from '../report/drift.js';
import { cell, fenced } from '../report/markdown.js';
import { headline, reviewSections } from '../report/review.js';
import { block, fitSections } from '../report/sections.js';
import { countsOf, type Review } from '../review/review.js';
import { countChanges, describeCounts } from '../terraform-changes.js';

/** Everything a report may say. No field has room for a secret: texts come from phases' one-line summaries and failures' details. */
export interface RunReport {
  readonly command: string;
  readonly pass: string;
  readonly topology: string;
  readonly environment: string;
  readonly phases: readonly PhaseResult[];
  /** What a destroy takes away, or Terraform puts into the cluster. */
  readonly terraform?: Provisioned;
  /** What would change, or was about to when the run acted. */
  readonly review?: Review;
  /** What is not as it was deployed or configured, and the issue about it. */
  readonly drift?: DriftResult;
  /** Where review or drift lies as JSON. */
  readonly planJson?: string;
  readonly release?: ReleaseReport;
  readonly workloads?: readonly VerifyRow[];
  /** What preflight found. */
  readonly checks?: readonly Check[];
  /** What destroy took apart and what it left. */
  readonly destroyed?: {
    readonly cluster: Dismantled | Skipped;
    readonly leftovers: readonly Leftover[];
    /** Of the Terraform path. */
    readonly forgotten?: Forgotten;
  };
  readonly url?: string;
  readonly failure?: DeployError;
}

export interface ReleaseReport {
  readonly name: string;
  readonly chart: string;
  readonly action: string;
  readonly revision: number | undefined;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** GitHub drops a step summary beyond 1 MiB; a little is left for the runner's own. */
const SUMMARY_LIMIT = 2 ** 20 - 4096;

/** The step summary of one run, as Markdown. */
export function summaryMarkdown(report: RunReport): string {
  const blocks = [
    `## LangSmith on Azure: ${cell(report.environment)}, ${report.pass === '' ? '' : `pass ${cell(report.pass)}, `}${cell(report.command)}`,
    report.failure === undefined ? undefined : failureBlock(report.failure),
    markdownTable([
      ['Phase', 'Result', 'Time', ''],
      ...report.phases.map((phase) => [phase.phase, phase.status, seconds(phase.durationMs), cell(phase.summary)]),
    ]),
    report.checks === undefined ? undefined : checksBlock(report.checks),
    report.terraform === undefined ? undefined : changesBlock(report.terraform),
    report.destroyed === undefined ? undefined : destroyedBlock(report.destroyed),
    report.release === undefined ? undefined : releaseBlock(report.release),
    report.workloads === undefined ? undefined : workloadsBlock(report.workloads),
    report.url === undefined ? undefined : `LangSmith answers at ${report.url}`,
  ];
  const review = report.review === undefined ? [] : [block(`### Plan: ${headline(report.review)}`), ...reviewSections(report.review)];
  const drift = report.drift === undefined ? [] : driftSections(report.drift.drift, issueUrl(report));
  const room = { limit: SUMMARY_LIMIT, measure: (text: string) => Buffer.byteLength(text) };
  return `${fitSections([...blocks.filter((text) => text !== undefined).map(block), ...review, ...drift], room, 'The file named by the output `plan-json` has it.')}\n`;
}

const issueUrl = ({ drift }: RunReport): string | undefined =>
  drift?.issue !== undefined && 'url' in drift.issue ? drift.issue.url : undefined;

function failureBlock(failure: DeployError): string {
  return `### ${failure.reason}: ${FAILURE_REASONS[failure.reason].title}\n\n${fenced(failure.detail)}\n\n**Fix:**\n\n${fenced(failure.fix)}`;
}

function checksBlock(checks: readonly Check[]): string {
  const rows = checks.map(({ check, status, detail, fix }) => [
    status === 'blocker' ? 'BLOCKER' : status,
    cell(check),
    cell(detail),
    cell(fix),
  ]);
  return `### Preflight: ${describeChecks(checks)}\n\n${markdownTable([['', 'Check', 'Found', 'What to do'], ...rows])}`;
}

function changesBlock({ changes, irreversible, applied }: Provisioned): string {
  const heading = `### Infrastructure: ${describeCounts(countChanges(changes))}${applied ? ' (applied)' : ''}`;
  if (changes.length === 0) return heading;
  const table = markdownTable([['Action', 'Resource'], ...changes.map((change) => [change.action, cell(change.address)])]);
  const warning = irreversible
    .map(({ address, what }) => `> - ${cell(address)} ${applied ? what.replace('would be', 'was') : what}\n`)
    .join('');
  return `${heading}\n\n${warning === '' ? '' : `> **Cannot be undone:**\n>\n${warning}\n`}<details><summary>${changes.length} resources</summary>\n\n${table}\n\n</details>`;
}

function destroyedBlock({ cluster, leftovers, forgotten }: NonNullable<RunReport['destroyed']>): string {
  const went =
    'skipped' in cluster
      ? []
      : Object.entries({
          'Agent products': cluster.agentProducts,
          Releases: cluster.releases,
          'Public addresses': cluster.addresses,
          'Add-ons': cluster.addons,
          Namespaces: cluster.namespaces,
        }).flatMap(([what, names]) => (names.length === 0 ? [] : [`- ${what}: ${names.map(cell).join(', ')}`]));
  const left = leftovers.map(({ kind, name, detail, fix }) => [kind, cell(name), cell(detail), cell(fix)]);
  return [
    `### Cluster: ${cell(describeDismantle(cluster))}`,
    ...(went.length === 0 ? [] : [went.join('\n')]),
    ...(forgotten === undefined ? [] : [`### Terraform path: ${cell(describeForgotten(forgotten))}`]),
    ...(left.length === 0 ? [] : ['### Left behind', markdownTable([['What', 'Name', '', 'To be rid of it'], ...left])]),
  ].join('\n\n');
}

function releaseBlock(release: ReleaseReport): string {
  const revision = release.revision === undefined ? '' : `, revision ${release.revision}`;
  return `### Release ${cell(release.name)}: ${release.action}${revision} (${cell(release.chart)})`;
}

function workloadsBlock(rows: readonly VerifyRow[]): string {
  return markdownTable([
    ['', 'Kind', 'Name', 'Ready', 'Workload Identity', ''],
    ...rows.map((row) => [
      row.status === 'ok' || row.status === 'unknown' ? row.status : 'FAILED',
      row.kind,
      cell(row.name),
      `${row.ready}/${row.wanted}`,
      row.identity === 'none' ? '' : row.identity,
      cell(row.detail),
    ]),
  ]);
}

/** The action's outputs. */
export function outputsOf(report: RunReport): Record<OutputName, string> {
  const { review } = report;
  const terraform = report.terraform?.changes ?? [];
  const differences = report.drift === undefined ? undefined : differencesOf(report.drift.drift).length;
  const released = report.release !== undefined && report.release.action !== 'unchanged';
  return {
    'has-changes': String(review?.hasChanges === true || terraform.length > 0 || released || (differences ?? 0) > 0),
    changes: JSON.stringify(review === undefined || report.terraform !== undefined ? countChanges(terraform) : countsOf(review)),
    destructive: String(
      (review?.destructive.length ?? 0) > 0 || terraform.some(({ action }) => action === 'delete' || action === 'replace'),
    ),
    fingerprint: review?.fingerprint ?? '',
    'plan-json': report.planJson ?? '',
    drifted: report.drift === undefined ? '' : driftedOutput(report.drift.drift),
    'drift-count': differences === undefined ? '' : String(differences),
    'issue-url': issueUrl(report) ?? '',
    'langsmith-url': report.url ?? '',
    'release-revision': report.release?.revision === undefined ? '' : String(report.release.revision),
    verified: String(report.failure === undefined && report.workloads !== undefined && isProved(report.workloads)),
    verification: report.workloads === undefined ? '' : JSON.stringify(report.workloads.map(verificationRow)),
    leftovers: report.destroyed === undefined ? '' : JSON.stringify(report.destroyed.leftovers),
    preflight: report.checks === undefined ? '' : JSON.stringify(report.checks),
    'failure-reason': report.failure?.reason ?? '',
  };
}

/** Nothing was found, and not everything was looked at: nobody can say. */
const driftedOutput = (drift: DriftReport): string => (differencesOf(drift).length > 0 ? 'true' : sawAll(drift) ? 'false' : '');

/** A row of the output `verification`; when time was up, what still waited has failed. */
const verificationRow = ({ kind, name, status, wanted, ready, identity, detail }: VerifyRow): object => ({
  kind,
  name,
  status: status === 'waiting' ? 'failed' : status,
  wanted,
  ready,
  identity,
  detail,
});
