import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JobIdentity } from '../world/github.js';
import { json } from './reply.js';

export const HOSTNAME = 'api.github.com';

const BODY_CHARACTERS = 65_536;

export type Permission = 'metadata' | 'actions' | 'issues' | 'pull-requests';
export type Needs = readonly [Permission, 'read' | 'write'];

/** One request that was matched to a route; `captured` are the route's placeholders. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly job: JobIdentity;
  readonly captured: readonly string[];
}

export interface Route {
  readonly method: string;
  /** Below `/repos/{owner}/{repo}`. */
  readonly path: RegExp;
  /** May depend on the first placeholder. */
  readonly needs: Needs | ((first: string) => Needs);
  readonly answer: (call: Call) => void | Promise<void>;
}

export const author = (login: string): object => ({ login, type: login.endsWith('[bot]') ? 'Bot' : 'User' });

/** One page of a list, with the links to the others that octokit follows. */
export function paged(response: ServerResponse, url: URL, all: readonly object[]): void {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100);
  const page = Number(url.searchParams.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (to: number, rel: string): string => {
    const other = new URL(`https://${HOSTNAME}${url.pathname}${url.search}`);
    other.searchParams.set('page', String(to));
    return `<${other.href}>; rel="${rel}"`;
  };
  const links = [...(page > 1 ? [link(page - 1, 'prev')] : []), ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : [])];
  json(response, 200, all.slice((page - 1) * size, page * size), links.length > 0 ? { link: links.join(', ') } : {});
}

/** The bound that comments and issues share. */
export const problemWithBody = (body: string): string | undefined =>
  body.length > BODY_CHARACTERS ? `Body is too long (maximum is ${BODY_CHARACTERS} characters)` : undefined;

export function invalid(response: ServerResponse, resource: string, message: string): void {
  const errors = [{ resource, code: 'unprocessable', field: 'data', message }];
  json(response, 422, { message: 'Validation Failed', errors, status: '422' });
}

export function notFound(response: ServerResponse): void {
  json(response, 404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' });
}

export function forbidden(response: ServerResponse, permission: Permission, level: string): void {
  const body = { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest', status: '403' };
  json(response, 403, body, { 'x-accepted-github-permissions': `${permission.replace('-', '_')}=${level}` });
}
