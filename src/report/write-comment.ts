import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { RunReport } from '../phases/report.js';
import { openComments, writePlan } from '../tools/github-comments.js';
import { pullRequestOf, runOf } from './event.js';

/** Long enough for a write of another job to arrive, and never twice equally long. */
const pause = (): Promise<void> => delay(300 + Math.random() * 700);

/**
 * Keeps the plan's part of the pull request's comment. What goes wrong here is a warning: the plan itself is made.
 * @param token '' when there is none.
 */
export async function writeComment(
  report: RunReport,
  environment: Readonly<Record<string, string | undefined>>,
  token: string,
  log: Log,
): Promise<void> {
  // Inputs that are wrong may name no environment, and their failure is seen at once.
  if (report.command !== 'plan' || report.failure?.reason === 'inputs-invalid') return;
  const { review, failure } = report;
  const result = failure !== undefined ? { failure: failure.reason } : review === undefined ? undefined : { review };
  if (result === undefined) return;
  try {
    const pullRequest = await pullRequestOf(environment);
    if (pullRequest === undefined) return;
    if (token === '') throw new Error('there is no GitHub token (input github-token)');
    const comments = await openComments(pullRequest.repository, pullRequest.number, token);
    const part = { environment: report.environment, pass: report.pass, run: runOf(environment), result };
    const written = await writePlan(comments, part, pause);
    if (written.kind === 'refused') log.warning(`the plan was not written to the pull request: ${written.why}`, 'comment');
    if (written.kind === 'newer') log.info('A newer run has written its plan to the pull request already.');
  } catch (error) {
    log.warning(`the plan was not written to the pull request: ${messageOf(error)}`, 'comment');
  }
}
