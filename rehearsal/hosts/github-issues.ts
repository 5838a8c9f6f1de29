import type { RepositoryIssue } from '../world/github.js';
import type { World } from '../world/world.js';
import { author, type Call, HOSTNAME, invalid, notFound, paged, problemWithBody, type Route } from './github-route.js';
import { json, NotModelled, readJson } from './reply.js';

const TITLE_CHARACTERS = 256;

/** What a list may be asked for; every other filter would have to be modelled before it is believed. */
const FILTERS: readonly string[] = ['state', 'per_page', 'page'];

/** The issues of the repository: they can be listed, opened, changed, closed and opened again. Nobody can delete one. */
export function issueRoutes(world: World): Route[] {
  const { github } = world;
  const route = (method: string, path: RegExp, level: 'read' | 'write', answer: (call: Call) => void | Promise<void>): Route => ({
    method,
    path,
    needs: ['issues', level],
    answer: (call) =>
      github.hasIssues
        ? answer(call)
        : json(call.response, 410, {
            message: 'Issues are disabled for this repo',
            documentation_url: 'https://docs.github.com/v3/issues/',
            status: '410',
          }),
  });
  const shown = (issue: RepositoryIssue): object => ({
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    locked: issue.locked,
    user: author(issue.author),
    url: `https://${HOSTNAME}/repos/${github.repository}/issues/${issue.number}`,
    html_url: `https://github.com/${github.repository}/issues/${issue.number}`,
  });

  const list = ({ request, response, url }: Call): void => {
    const unknown = [...url.searchParams.keys()].filter((name) => !FILTERS.includes(name));
    if (unknown.length > 0) throw new NotModelled(HOSTNAME, request, `filters ${unknown.join(', ')}`);
    const state = url.searchParams.get('state') ?? 'open';
    // The newest comes first.
    const wanted = github.issues.filter((issue) => state === 'all' || issue.state === state).reverse();
    paged(response, url, wanted.map(shown));
  };

  /** The fields of the request; undefined after GitHub's 422 was sent. */
  const fieldsOf = async ({ request, response }: Call, known: readonly string[]): Promise<Record<string, string> | undefined> => {
    const fields = (await readJson(request)) as Record<string, string>;
    const unknown = Object.keys(fields).filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new NotModelled(HOSTNAME, request, `fields ${unknown.join(', ')}`);
    const { title, body = '' } = fields;
    const problem =
      title === ''
        ? "Title can't be blank"
        : (title ?? '').length > TITLE_CHARACTERS
          ? `Title is too long (maximum is ${TITLE_CHARACTERS} characters)`
          : problemWithBody(body);
    if (problem === undefined) return fields;
    invalid(response, 'Issue', problem);
    return undefined;
  };

  const create = async (call: Call): Promise<void> => {
    const fields = await fieldsOf(call, ['title', 'body']);
    if (fields === undefined) return;
    const { title = '', body = '' } = fields;
    if (title === '') return invalid(call.response, 'Issue', "Title can't be blank");
    json(call.response, 201, shown(github.openIssue({ author: 'github-actions[bot]', title, body })));
  };

  const update = async (call: Call): Promise<void> => {
    const issue = github.issues.find(({ number }) => number === Number(call.captured[0]));
    if (issue === undefined) return notFound(call.response);
    const fields = await fieldsOf(call, ['title', 'body', 'state', 'state_reason']);
    if (fields === undefined) return;
    issue.title = fields['title'] ?? issue.title;
    issue.body = fields['body'] ?? issue.body;
    if (fields['state'] === 'closed') Object.assign(issue, { state: 'closed', stateReason: fields['state_reason'] ?? 'completed' });
    if (fields['state'] === 'open') Object.assign(issue, { state: 'open', stateReason: issue.state === 'closed' ? 'reopened' : null });
    json(call.response, 200, shown(issue));
  };

  return [
    route('GET', /^\/issues$/, 'read', list),
    route('POST', /^\/issues$/, 'write', create),
    route('PATCH', /^\/issues\/(\d+)$/, 'write', update),
  ];
}
