import { setTimeout as delay } from 'node:timers/promises';
import { differencesOf, type DriftReport, ignoredOf } from '../drift/drift.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { driftHeadline } from '../report/drift.js';
import { runOf } from '../report/event.js';
import { type IssueResult, openIssues, writeIssue } from '../tools/github-issues.js';

/** What a run found, and what became of the issue. */
export interface DriftResult {
  readonly drift: DriftReport;
  /** Undefined when none is wanted. */
  readonly issue: IssueResult | undefined;
}

export interface DriftTools {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** '' when there is none. */
  readonly token: string;
  /** False: the user wants none. */
  readonly writes: boolean;
  readonly log: Log;
}

/** Long enough for a write of another job to arrive, and never twice equally long. */
const pause = (): Promise<void> => delay(300 + Math.random() * 700);

/** Says what was found, and keeps the issue. What goes wrong with that is a warning: the step summary has everything. */
export async function tellDrift(drift: DriftReport, tools: DriftTools): Promise<DriftResult> {
  const { log } = tools;
  const issue = tools.writes ? await keepIssue(drift, tools) : undefined;
  if (issue?.kind === 'refused') log.warning(`the issue was not written: ${issue.why}`, 'drift');
  if (issue?.kind === 'newer') log.info('A newer run has written to the issue already.');
  if (differencesOf(drift).length > 0) {
    const where = issue !== undefined && 'url' in issue ? issue.url : 'the step summary';
    log.warning(`${drift.environment} is not what its configuration says: ${driftHeadline(drift)}. ${where} lists it.`, 'Drift');
  }
  return { drift, issue };
}

async function keepIssue(drift: DriftReport, { environment, token }: DriftTools): Promise<IssueResult> {
  try {
    if (token === '') throw new Error('there is no GitHub token (input github-token)');
    return await writeIssue(await openIssues(environment['GITHUB_REPOSITORY'] ?? '', token), drift, runOf(environment), pause);
  } catch (error) {
    return { kind: 'refused', why: messageOf(error) };
  }
}

/** One line for log and step summary. */
export function describeDrift({ drift, issue }: DriftResult): string {
  const ignored = ignoredOf(drift).length;
  return [
    driftHeadline(drift),
    ...(ignored === 0 ? [] : [`${ignored} ${ignored === 1 ? 'attribute' : 'attributes'} that services manage ignored`]),
    ...(issue === undefined || issue.kind === 'none' || issue.kind === 'refused' ? [] : [`issue ${issue.kind}: ${issue.url}`]),
  ].join('; ');
}
