import { mergeComment, parseComment, type PlanPart } from '../report/comment.js';
import { type Author, isBy, openRepository, refusalOf } from './github-api.js';

/** A comment of a pull request. */
export interface Comment {
  readonly id: number;
  readonly body?: string | null;
  readonly user?: Author | null;
}

/** REST API 2022-11-28, `issues` group: what a job may do with the comments of one pull request. */
export interface Comments {
  list(): Promise<readonly Comment[]>;
  create(body: string): Promise<Comment>;
  update(id: number, body: string): Promise<void>;
  remove(id: number): Promise<void>;
  /** Login of the token's own user; undefined for an installation token, such as the one GitHub gives a job. */
  login(): Promise<string | undefined>;
}

/** @param repository `owner/name`. */
export async function openComments(repository: string, issue: number, token: string): Promise<Comments> {
  const { owner, repo, rest, paginate, login } = await openRepository(repository, token);
  return {
    list: () => paginate(rest.issues.listComments, { owner, repo, issue_number: issue, per_page: 100 }),
    create: async (body) => (await rest.issues.createComment({ owner, repo, issue_number: issue, body })).data,
    update: async (id, body) => {
      await rest.issues.updateComment({ owner, repo, comment_id: id, body });
    },
    remove: async (id) => {
      await rest.issues.deleteComment({ owner, repo, comment_id: id });
    },
    login,
  };
}

/** What became of a plan's part of the comment. */
export type Written =
  | { readonly kind: 'written' | 'newer' }
  /** The token may not write, as with a pull request from a fork, or GitHub did not let it. */
  | { readonly kind: 'refused'; readonly why: string };

/** How often a run looks again after somebody else wrote in between. */
const ATTEMPTS = 6;

/**
 * Writes a plan into the one comment of its environment. GitHub has no conditional write, so each run reads before it writes, and reads
 * again after: a part that another run overwrote is written once more, and of two comments made at the same time the older one stays.
 * @param pause waits a little, never twice equally long.
 */
export async function writePlan(comments: Comments, part: PlanPart, pause: () => Promise<void>): Promise<Written> {
  try {
    const login = await comments.login();
    // Whoever may write in the conversation could copy our marker; only a comment of our own kind is edited.
    const ours = async (): Promise<readonly Comment[]> =>
      (await comments.list())
        .filter(({ body, user }) => isBy(user, login) && parseComment(body ?? '')?.environment === part.environment)
        .sort((a, b) => a.id - b.id);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const [oldest] = await ours();
      const text = mergeComment(parseComment(oldest?.body ?? ''), part);
      if (text === undefined) return { kind: 'newer' };
      if (oldest === undefined) await comments.create(text);
      else if (oldest.body !== text) await comments.update(oldest.id, text);
      await pause();
      const [first, ...duplicates] = await ours();
      for (const { id } of duplicates) await removeQuietly(comments, id);
      const there = parseComment(first?.body ?? '');
      if (there !== undefined && mergeComment(there, part) === undefined) return { kind: 'newer' };
      const mine = parseComment(text)?.parts.get(part.pass);
      if (there?.run === part.run.id && there.attempt === part.run.attempt && there.parts.get(part.pass) === mine)
        return { kind: 'written' };
    }
    return { kind: 'refused', why: 'other runs kept writing to it' };
  } catch (error) {
    return { kind: 'refused', why: refusalOf(error, 'the job needs `permissions: pull-requests: write`, which a fork never has') };
  }
}

/** Two runs may see the same duplicate; the second finds it gone. */
async function removeQuietly(comments: Comments, id: number): Promise<void> {
  await comments.remove(id).catch((error: unknown) => {
    if ((error as { status?: number }).status !== 404) throw error;
  });
}
