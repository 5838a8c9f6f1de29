import { differencesOf, type DriftReport, sawAll } from '../drift/drift.js';
import { isNewer, type RunRef } from '../report/comment.js';
import { changeComment, closingComment, duplicateComment, issueBody, issueTitle, parseIssue } from '../report/drift-issue.js';
import { type Author, isBy, openRepository, refusalOf, statusOf } from './github-api.js';

/** An issue of the repository; pull requests are none. */
export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body?: string | null;
  /** Its page. */
  readonly html_url: string;
  readonly user?: Author | null;
}

/** REST API 2022-11-28, `issues` group: what a job may do with the issues of its repository. */
export interface Issues {
  /** Those that are open. */
  list(): Promise<readonly Issue[]>;
  create(title: string, body: string): Promise<Issue>;
  update(number: number, change: { readonly title: string; readonly body: string }): Promise<void>;
  close(number: number, reason: 'completed' | 'not_planned'): Promise<void>;
  comment(number: number, body: string): Promise<void>;
  /** Login of the token's own user; undefined for an installation token. */
  login(): Promise<string | undefined>;
}

/** @param repository `owner/name`. */
export async function openIssues(repository: string, token: string): Promise<Issues> {
  const { owner, repo, rest, paginate, login } = await openRepository(repository, token);
  return {
    list: async () =>
      (await paginate(rest.issues.listForRepo, { owner, repo, state: 'open', per_page: 100 })).filter(
        ({ pull_request }) => pull_request === undefined,
      ),
    create: async (title, body) => (await rest.issues.create({ owner, repo, title, body })).data,
    update: async (number, change) => {
      await rest.issues.update({ owner, repo, issue_number: number, ...change });
    },
    close: async (number, reason) => {
      await rest.issues.update({ owner, repo, issue_number: number, state: 'closed', state_reason: reason });
    },
    comment: async (number, body) => {
      await rest.issues.createComment({ owner, repo, issue_number: number, body });
    },
    login,
  };
}

/** What became of the issue. */
export type IssueResult =
  | { readonly kind: 'opened' | 'updated' | 'closed' | 'newer'; readonly url: string }
  /** There is none, and nothing to say; or nothing that a run that did not see everything may say. */
  | { readonly kind: 'none' }
  /** The token may not write, the repository has no issues, or GitHub did not let it. */
  | { readonly kind: 'refused'; readonly why: string };

/** How often a run looks again after somebody else wrote in between. */
const ATTEMPTS = 6;

/**
 * Keeps the one open issue of an environment. It is found by our marker and our author; a closed one is history, so drift that comes back
 * opens a new one, whoever closed the old one. GitHub has no conditional write, so each run reads before it writes, and reads again after:
 * what another run overwrote is written once more, and of two issues opened at the same time the older one stays.
 * @param pause waits a little, never twice equally long.
 */
export async function writeIssue(issues: Issues, drift: DriftReport, run: RunRef, pause: () => Promise<void>): Promise<IssueResult> {
  try {
    const login = await issues.login();
    const ours = async (): Promise<readonly Issue[]> =>
      (await issues.list())
        .filter(({ body, user }) => isBy(user, login) && parseIssue(body ?? '')?.environment === drift.environment)
        .sort((a, b) => a.number - b.number);
    return differencesOf(drift).length > 0 ? await tell(issues, ours, drift, run, pause) : await close(issues, await ours(), drift, run);
  } catch (error) {
    if (statusOf(error) === 410) return { kind: 'refused', why: 'issues are switched off in this repository' };
    return { kind: 'refused', why: refusalOf(error, 'the job needs `permissions: issues: write`') };
  }
}

async function close(issues: Issues, ours: readonly Issue[], drift: DriftReport, run: RunRef): Promise<IssueResult> {
  const [oldest] = ours;
  // What nobody looked at may still differ.
  if (oldest === undefined || !sawAll(drift)) return { kind: 'none' };
  for (const { number, body, html_url: url } of ours) {
    const there = parseIssue(body ?? '');
    if (there !== undefined && isNewer(there, run)) return { kind: 'newer', url };
    await sayQuietly(issues, number, closingComment(run));
    await issues.close(number, 'completed');
  }
  return { kind: 'closed', url: oldest.html_url };
}

async function tell(
  issues: Issues,
  ours: () => Promise<readonly Issue[]>,
  drift: DriftReport,
  run: RunRef,
  pause: () => Promise<void>,
): Promise<IssueResult> {
  const title = issueTitle(drift);
  let before: Issue | undefined;
  let isNew = false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [oldest] = await ours();
    const there = parseIssue(oldest?.body ?? '');
    if (oldest !== undefined && there !== undefined && isNewer(there, run)) return { kind: 'newer', url: oldest.html_url };
    const body = issueBody(drift, run, there);
    if (oldest === undefined) {
      await issues.create(title, body);
      isNew = true;
    } else {
      if (!isNew) before ??= oldest;
      if (oldest.body !== body || oldest.title !== title) await issues.update(oldest.number, { title, body });
    }
    await pause();
    const [first, ...duplicates] = await ours();
    for (const { number } of duplicates) {
      await sayQuietly(issues, number, duplicateComment(first?.number ?? 0));
      await issues.close(number, 'not_planned');
    }
    if (first === undefined) continue;
    const latest = parseIssue(first.body ?? '');
    if (latest !== undefined && isNewer(latest, run)) return { kind: 'newer', url: first.html_url };
    if (latest?.run !== run.id || latest.attempt !== run.attempt) continue;
    const was = parseIssue(before?.body ?? '');
    const comment = was === undefined ? undefined : changeComment(drift, run, was);
    if (comment !== undefined) await sayQuietly(issues, first.number, comment);
    return { kind: before === undefined ? 'opened' : 'updated', url: first.html_url };
  }
  return { kind: 'refused', why: 'other runs kept writing to it' };
}

/** A conversation that somebody locked takes no comment of a job; the issue itself says it all the same. */
async function sayQuietly(issues: Issues, number: number, text: string): Promise<void> {
  await issues.comment(number, text).catch((error: unknown) => {
    if (statusOf(error) !== 403) throw error;
  });
}
