import type { getOctokit } from '@actions/github';
import { messageOf } from '../errors.js';

/** Who wrote something on GitHub. */
export interface Author {
  readonly login: string;
  readonly type: string;
}

/** GitHub's REST API for one repository, version 2022-11-28. */
export interface Repository extends Pick<ReturnType<typeof getOctokit>, 'rest' | 'paginate'> {
  readonly owner: string;
  readonly repo: string;
  /** Login of the token's own user; undefined for an installation token, such as the one GitHub gives a job. */
  readonly login: () => Promise<string | undefined>;
}

/** Tokens of GitHub Apps; they may not ask who they are. */
const INSTALLATION_TOKEN = /^ghs_/;

/** @param repository `owner/name`. */
export async function openRepository(repository: string, token: string): Promise<Repository> {
  const { getOctokit } = await import('@actions/github');
  const { rest, paginate } = getOctokit(token);
  const [owner = '', repo = ''] = repository.split('/');
  return {
    owner,
    repo,
    rest,
    paginate,
    login: async () => (INSTALLATION_TOKEN.test(token) ? undefined : (await rest.users.getAuthenticated()).data.login),
  };
}

/**
 * Is it of our own kind? Whoever may write in a conversation could copy our marker, so the author decides as well.
 * @param login ours; undefined when the token does not know.
 */
export const isBy = (author: Author | null | undefined, login: string | undefined): boolean =>
  login === undefined ? author?.type === 'Bot' : author?.login === login;

export const statusOf = (error: unknown): number | undefined => (error as { status?: number }).status;

/** Why GitHub did not do what it was asked. @param right what a token that may not do it lacks. */
export function refusalOf(error: unknown, right: string): string {
  const status = statusOf(error);
  const hint = status === 403 || status === 404 ? ` (${right})` : '';
  return `GitHub answered ${status ?? 'nothing'}: ${messageOf(error)}${hint}`;
}
