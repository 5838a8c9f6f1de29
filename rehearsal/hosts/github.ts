import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Environment, IssueComment, JobIdentity } from '../world/github.js';
import type { World } from '../world/world.js';
import { issueRoutes } from './github-issues.js';
import {
  author,
  type Call,
  forbidden,
  HOSTNAME,
  invalid,
  notFound,
  paged,
  type Permission,
  problemWithBody,
  type Route,
} from './github-route.js';
import type { Host } from './host.js';
import { NotModelled, bearer, json, readJson, target } from './reply.js';

/** The REST API of github.com, as far as a job with a GITHUB_TOKEN needs it. Every route asks for the permission GitHub asks for. */
export class GitHubApiHost implements Host {
  readonly name = `GitHub REST API (${HOSTNAME})`;

  readonly #routes: Route[] = [
    { method: 'GET', path: /^$/, needs: ['metadata', 'read'], answer: (call) => this.#repository(call) },
    {
      method: 'GET',
      path: /^\/issues\/(\d+)\/comments$/,
      needs: (number) => [this.#conversation(number), 'read'],
      answer: (call) => this.#listComments(call),
    },
    {
      method: 'POST',
      path: /^\/issues\/(\d+)\/comments$/,
      needs: (number) => [this.#conversation(number), 'write'],
      answer: (call) => this.#createComment(call),
    },
    {
      method: 'PATCH',
      path: /^\/issues\/comments\/(\d+)$/,
      needs: ['pull-requests', 'write'],
      answer: (call) => this.#updateComment(call),
    },
    {
      method: 'DELETE',
      path: /^\/issues\/comments\/(\d+)$/,
      needs: ['pull-requests', 'write'],
      answer: (call) => {
        this.#deleteComment(call);
      },
    },
    { method: 'GET', path: /^\/environments\/([^/]+)$/, needs: ['actions', 'read'], answer: (call) => this.#environment(call) },
    { method: 'GET', path: /^\/actions\/oidc\/customization\/sub$/, needs: ['actions', 'read'], answer: (call) => this.#subject(call) },
    { method: 'GET', path: /^\/actions\/runs\/(\d+)$/, needs: ['actions', 'read'], answer: (call) => this.#run(call) },
  ];

  constructor(private readonly world: World) {
    this.#routes.push(...issueRoutes(world));
  }

  matches(hostname: string): boolean {
    return hostname === HOSTNAME;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = bearer(request);
    const tokens = token === undefined ? undefined : this.world.github.byToken(token);
    if (!tokens || tokens.githubToken !== token) {
      return json(response, 401, { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' });
    }
    const url = target(request);
    const [, owner, repository, rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const route = this.#routes.find((candidate) => candidate.method === request.method && candidate.path.test(rest));
    if (owner === undefined || !route) throw new NotModelled(HOSTNAME, request);
    if (`${owner}/${repository ?? ''}`.toLowerCase() !== this.world.github.repository.toLowerCase()) return notFound(response);
    const captured = (route.path.exec(rest) ?? []).slice(1);
    const needs = typeof route.needs === 'function' ? route.needs(captured[0] ?? '') : route.needs;
    if (!allows(tokens.job, ...needs)) return forbidden(response, ...needs);
    await route.answer({ request, response, url, job: tokens.job, captured });
  }

  #repository({ response }: Call): void {
    const { repository, repositoryId, ownerId } = this.world.github;
    const [owner = '', name = ''] = repository.split('/');
    json(response, 200, {
      id: repositoryId,
      name,
      full_name: repository,
      private: true,
      visibility: 'private',
      default_branch: 'main',
      html_url: `https://github.com/${repository}`,
      owner: { login: owner, id: ownerId, type: 'Organization' },
    });
  }

  #listComments({ response, url, captured: [issue] }: Call): void {
    const all = this.world.github.comments.filter((comment) => comment.issue === Number(issue));
    paged(
      response,
      url,
      all.map((comment) => this.#comment(comment)),
    );
  }

  /** Issues and pull requests share their numbers; whatever is no issue is a pull request here. */
  #conversation(number: string): Permission {
    return this.world.github.issues.some((issue) => issue.number === Number(number)) ? 'issues' : 'pull-requests';
  }

  async #createComment({ request, response, captured: [issue] }: Call): Promise<void> {
    const { github } = this.world;
    if (github.issues.some(({ number, locked }) => number === Number(issue) && locked))
      return json(response, 403, {
        message: 'Unable to create comment because issue is locked.',
        documentation_url: 'https://docs.github.com/articles/locking-conversations/',
        status: '403',
      });
    const body = await commentBody(request, response);
    if (body === undefined) return;
    const comment: IssueComment = { id: github.nextId(), issue: Number(issue), author: 'github-actions[bot]', body };
    github.comments.push(comment);
    json(response, 201, this.#comment(comment));
  }

  async #updateComment({ request, response, captured: [id] }: Call): Promise<void> {
    const comment = this.world.github.comments.find((candidate) => candidate.id === Number(id));
    if (!comment) return notFound(response);
    const body = await commentBody(request, response);
    if (body === undefined) return;
    comment.body = body;
    json(response, 200, this.#comment(comment));
  }

  #deleteComment({ response, captured: [id] }: Call): void {
    const { comments } = this.world.github;
    const index = comments.findIndex((candidate) => candidate.id === Number(id));
    if (index < 0) return notFound(response);
    comments.splice(index, 1);
    response.writeHead(204).end();
  }

  #comment(comment: IssueComment): object {
    const { repository } = this.world.github;
    const page = this.#conversation(String(comment.issue)) === 'issues' ? 'issues' : 'pull';
    return {
      id: comment.id,
      body: comment.body,
      user: author(comment.author),
      url: `https://${HOSTNAME}/repos/${repository}/issues/comments/${comment.id}`,
      html_url: `https://github.com/${repository}/${page}/${comment.issue}#issuecomment-${comment.id}`,
      issue_url: `https://${HOSTNAME}/repos/${repository}/issues/${comment.issue}`,
    };
  }

  #environment({ response, captured: [name = ''] }: Call): void {
    const environment = this.world.github.environments.get(decodeURIComponent(name));
    if (!environment) return notFound(response);
    json(response, 200, {
      id: 1,
      name: environment.name,
      html_url: `https://github.com/${this.world.github.repository}/deployments/activity_log?environments_filter=${name}`,
      protection_rules: protectionRules(environment),
      deployment_branch_policy: null,
    });
  }

  #subject({ response, job }: Call): void {
    const { github } = this.world;
    json(response, 200, {
      use_default: true,
      use_immutable_subject: github.immutableSubjects,
      sub_claim_prefix: github.subjectPrefix(job),
    });
  }

  #run({ response, job, captured: [id] }: Call): void {
    if (Number(id) !== job.runId) return notFound(response);
    const { repository } = this.world.github;
    json(response, 200, {
      id: job.runId,
      run_attempt: job.runAttempt,
      event: job.eventName,
      status: 'in_progress',
      conclusion: null,
      head_branch: job.ref.replace(/^refs\/(heads|tags)\//, ''),
      head_sha: job.sha,
      actor: { login: job.actor },
      html_url: `https://github.com/${repository}/actions/runs/${job.runId}`,
    });
  }
}

/** `metadata: read` comes with every token; comments on a pull request are open to either of two permissions. */
function allows(job: JobIdentity, permission: Permission, level: 'read' | 'write'): boolean {
  if (permission === 'metadata') return true;
  const granted = permission === 'pull-requests' ? [job.permissions[permission], job.permissions['issues']] : [job.permissions[permission]];
  return granted.some((right) => right === 'write' || right === level);
}

function protectionRules(environment: Environment): object[] {
  if (environment.reviewers.length === 0) return [];
  const reviewers = environment.reviewers.map((login, index) => ({ type: 'User', reviewer: { login, id: index + 1, type: 'User' } }));
  return [{ id: 1, type: 'required_reviewers', prevent_self_review: false, reviewers }];
}

/** The comment in the request, or undefined after GitHub's 422 was sent. */
async function commentBody(request: IncomingMessage, response: ServerResponse): Promise<string | undefined> {
  const { body } = await readJson(request);
  const problem = typeof body !== 'string' || body === '' ? "Body can't be blank" : problemWithBody(body);
  if (problem === undefined) return body as string;
  invalid(response, 'IssueComment', problem);
  return undefined;
}
