import type { GitHub, RepositoryIssue } from './world/github.js';

/** Something that was written on GitHub, as a subscriber would hear of it or a reader would find it. */
export interface Written {
  /** `github-actions[bot] opened issue 101: …`. */
  readonly heading: string;
  readonly text: string;
  /** Name of its file in the report. */
  readonly file: string;
}

/** Notices what runs write to pull requests and issues, from now on. */
export class Conversations {
  #comments: number;
  #issues: ReadonlyMap<number, Pick<RepositoryIssue, 'title' | 'body' | 'state'>>;
  #files = 0;

  constructor(private readonly github: GitHub) {
    this.#comments = github.comments.length;
    this.#issues = snapshot(github);
  }

  /** What was written since the last call. An edit that changed only which run wrote it is not told: readers would see no difference. */
  news(): Written[] {
    const { issues, comments } = this.github;
    const changed = issues.flatMap((issue): Omit<Written, 'file'>[] => {
      const before = this.#issues.get(issue.number);
      const what = changeOf(before, issue);
      if (what === undefined) return [];
      return [{ heading: `${issue.author} ${what} issue ${issue.number}: ${issue.title}`, text: what === 'closed' ? '' : issue.body }];
    });
    const said = comments.slice(this.#comments).map(({ author, issue, body }) => {
      const where = issues.some(({ number }) => number === issue) ? 'issue' : 'pull request';
      return { heading: `${author} on ${where} ${issue}`, text: body };
    });
    this.#comments = comments.length;
    this.#issues = snapshot(this.github);
    return [...said, ...changed].map((written) => ({ ...written, file: `comment-${(this.#files += 1)}.md` }));
  }
}

const snapshot = ({ issues }: GitHub): Map<number, Pick<RepositoryIssue, 'title' | 'body' | 'state'>> =>
  new Map(issues.map(({ number, title, body, state }) => [number, { title, body, state }]));

const RUN = /by run \d+ attempt \d+|\/actions\/runs\/\d+(\/attempts\/\d+)?/g;

function changeOf(before: Pick<RepositoryIssue, 'title' | 'body' | 'state'> | undefined, now: RepositoryIssue): string | undefined {
  if (before === undefined) return now.state === 'open' ? 'opened' : 'opened and closed';
  if (before.state !== now.state) return now.state === 'open' ? 'opened again' : 'closed';
  return before.title === now.title && before.body.replace(RUN, '') === now.body.replace(RUN, '') ? undefined : 'changed';
}
