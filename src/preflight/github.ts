import { messageOf } from '../errors.js';
import type { Fact } from './check.js';

/** How the repository's tokens say who they are. */
export interface SubjectSettings {
  readonly use_default: boolean;
  /** The claims a customised subject is made of. */
  readonly include_claim_keys?: readonly string[];
  /** Subjects carry the ids of owner and repository besides their names. */
  readonly use_immutable_subject?: boolean;
  readonly sub_claim_prefix?: string;
}

/** A deployment environment, as far as gates go. */
export interface GitHubEnvironment {
  readonly name: string;
  readonly protection_rules?: readonly { readonly type: string; readonly reviewers?: readonly unknown[] }[];
}

/** Questions to GitHub about the repository of this run. */
export interface Repository {
  subjectSettings(): Promise<Fact<SubjectSettings>>;
  environment(name: string): Promise<Fact<GitHubEnvironment>>;
}

/**
 * REST API 2022-11-28 through @actions/github: `actions/oidc/customization/sub` and `environments/{name}`, both with `actions: read`.
 * @param repository `owner/name`. @param token '' when there is none.
 */
export function createRepository(repository: string, token: string): Repository {
  const [owner = '', repo = ''] = repository.split('/');
  const ask = async <T>(route: string, parameters: Readonly<Record<string, string>> = {}): Promise<Fact<T>> => {
    if (token === '') return { unknown: 'there is no GitHub token (input github-token)' };
    try {
      const { getOctokit } = await import('@actions/github');
      const { data } = await getOctokit(token).request(`GET /repos/{owner}/{repo}${route}`, { owner, repo, ...parameters });
      return { known: data as T };
    } catch (error) {
      const { status } = error as { status?: number };
      const why = status === 403 ? ' (the job needs `permissions: actions: read`)' : '';
      return { unknown: `GitHub answered ${status ?? 'nothing'}: ${messageOf(error)}${why}` };
    }
  };
  return {
    subjectSettings: () => ask<SubjectSettings>('/actions/oidc/customization/sub'),
    environment: (name) => ask<GitHubEnvironment>('/environments/{environment_name}', { environment_name: name }),
  };
}
