import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { client, job, send, stage, type Stage } from './support.js';

// Each SDK starts in a process of its own, next to azurite.
jest.setTimeout(60_000);

describe('GitHub hosts', () => {
  let at: Stage;
  beforeAll(async () => {
    at = await stage();
  });
  afterAll(() => at.stop());

  const api = (path: string): string => `https://api.github.com/repos/contoso/platform${path}`;

  it('hands a job an ID token that the published key verifies', async () => {
    const environment = at.environment(job(at.world));
    const token = (await client(environment, 'id-token', 'api://AzureADTokenExchange')).value as string;
    const configuration = await send(at, 'GET', 'https://token.actions.githubusercontent.com/.well-known/openid-configuration');
    const { jwks_uri } = configuration.body as { jwks_uri: string };
    const keys = (await send(at, 'GET', jwks_uri)).body as JSONWebKeySet;
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer: 'https://token.actions.githubusercontent.com' });
    expect(payload).toMatchObject({
      sub: 'repo:contoso@900800/platform@700100200:environment:production',
      aud: 'api://AzureADTokenExchange',
      repository_owner_id: '900800',
      environment: 'production',
      job_workflow_ref: 'org/langsmith-azure/.github/workflows/production.yml@v1',
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  it('names the owner as audience when none is asked for, and keeps classic subjects classic', async () => {
    at.world.github.immutableSubjects = false;
    const token = await at.hosts.issuer.idToken(job(at.world, { environment: undefined }).job);
    at.world.github.immutableSubjects = true;
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as object;
    expect(payload).toMatchObject({ aud: 'https://github.com/contoso', sub: 'repo:contoso/platform:ref:refs/heads/main' });
  });

  it('gives no ID token without id-token: write, nor for another kind of token', async () => {
    const without = job(at.world, { permissions: { contents: 'read' } });
    const url = at.environment(without)['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '';
    for (const token of [without.idTokenRequestToken, job(at.world).githubToken, 'unknown']) {
      expect((await send(at, 'GET', url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    }
  });

  it('serves octokit: comments with paging and limits, environments with their reviewers', async () => {
    at.world.github.environments.set('production', { name: 'production', reviewers: ['octavia'] });
    const result = await client(at.environment(job(at.world)), 'comments', 'contoso/platform', '7');
    expect(result.value).toEqual({
      bodies: ['comment 1', 'comment 2', 'comment 3', 'comment 4', 'comment 5'],
      tooLong: expect.stringContaining('Body is too long (maximum is 65536 characters)'),
      rules: ['required_reviewers'],
    });
    expect(at.world.github.comments.map(({ issue, author, body }) => [issue, author, body]).at(-1)).toEqual([
      7,
      'github-actions[bot]',
      'changed',
    ]);
    expect(at.world.requests.surprises).toEqual([]);
  });

  it('serves octokit: issues with paging, states and limits', async () => {
    const permissions = { issues: 'write', contents: 'read' } as const;
    const result = await client(at.environment(job(at.world, { permissions })), 'issues', 'contoso/platform');
    expect(result.value).toEqual({
      open: ['issue 4', 'issue 3', 'issue 2', 'issue 1'],
      closed: ['done'],
      all: 5,
      refusals: [
        expect.stringContaining("Title can't be blank"),
        expect.stringContaining('Title is too long'),
        expect.stringContaining('Body is too long (maximum is 65536 characters)'),
      ],
    });
    expect(at.world.github.issues.at(-1)).toMatchObject({
      number: 105,
      state: 'closed',
      stateReason: 'completed',
      author: 'github-actions[bot]',
    });
    expect(at.world.github.comments.at(-1)).toMatchObject({ issue: 105, body: 'said' });
    expect(at.world.requests.surprises).toEqual([]);
  });

  it('refuses issues to those who may not, where there are none, and what it does not model', async () => {
    const ask = async (
      method: string,
      path: string,
      body?: object,
      permissions: Record<string, 'read' | 'write'> = { issues: 'write' },
    ) => {
      const headers = { authorization: `Bearer ${job(at.world, { permissions }).githubToken}` };
      return send(at, method, api(path), { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    };
    const issue = at.world.github.openIssue({ author: 'mona', title: 'locked', body: '' });
    const comments = `/issues/${issue.number}/comments`;
    const denied = await ask('GET', '/issues', undefined, { contents: 'read' });
    expect([denied.status, denied.headers['x-accepted-github-permissions']]).toEqual([403, 'issues=read']);
    expect((await ask('POST', '/issues', { title: 'x' }, { issues: 'read' })).status).toBe(403);
    // Who may write to pull requests may not write to issues.
    expect((await ask('POST', comments, { body: 'x' }, { 'pull-requests': 'write' })).status).toBe(403);
    issue.locked = true;
    expect(await ask('POST', comments, { body: 'x' })).toMatchObject({
      status: 403,
      body: { message: 'Unable to create comment because issue is locked.' },
    });
    expect((await ask('PATCH', '/issues/999', { title: 'x' })).status).toBe(404);
    expect((await ask('POST', '/issues', { body: 'x' })).status).toBe(422);
    at.world.github.hasIssues = false;
    for (const [method, path] of [
      ['GET', '/issues'],
      ['POST', '/issues'],
      ['PATCH', `/issues/${issue.number}`],
    ] as const)
      expect(await ask(method, path, method === 'GET' ? undefined : { title: 'x' })).toMatchObject({
        status: 410,
        body: { message: 'Issues are disabled for this repo' },
      });
    at.world.github.hasIssues = true;
    expect(at.world.requests.surprises).toEqual([]);
    expect((await ask('GET', '/issues?labels=drift')).status).toBe(501);
    expect((await ask('POST', '/issues', { title: 'x', labels: ['drift'] })).status).toBe(501);
    expect(at.world.requests.surprises.splice(0)).toEqual([
      expect.stringContaining('filters labels'),
      expect.stringContaining('fields labels'),
    ]);
  });

  it('answers what a job may ask about its repository', async () => {
    const { githubToken } = job(at.world);
    const ask = async (path: string): Promise<unknown> =>
      (await send(at, 'GET', api(path), { headers: { authorization: `token ${githubToken}` } })).body;
    expect(await ask('')).toMatchObject({ id: 700_100_200, full_name: 'contoso/platform', owner: { id: 900_800 } });
    expect(await ask('/actions/oidc/customization/sub')).toEqual({
      use_default: true,
      use_immutable_subject: true,
      sub_claim_prefix: 'repo:contoso@900800/platform@700100200',
    });
    expect(await ask('/actions/runs/4711')).toMatchObject({ id: 4711, status: 'in_progress', head_branch: 'main' });
    at.world.github.environments.set('open', { name: 'open', reviewers: [] });
    expect(await ask('/environments/open')).toMatchObject({ protection_rules: [] });
    expect(await ask('/environments/none')).toMatchObject({ message: 'Not Found' });
  });

  it('refuses what the token may not do', async () => {
    const reader = job(at.world, { permissions: { contents: 'read' } });
    const headers = { authorization: `Bearer ${reader.githubToken}` };
    const comment = await send(at, 'POST', api('/issues/7/comments'), { headers, body: '{"body":"x"}' });
    expect(comment.status).toBe(403);
    expect(comment.headers['x-accepted-github-permissions']).toBe('pull_requests=write');
    expect((await send(at, 'GET', api(''), { headers: { authorization: 'Bearer nobody' } })).status).toBe(401);
    expect((await send(at, 'GET', 'https://api.github.com/repos/other/repository', { headers })).status).toBe(404);
    expect((await send(at, 'DELETE', api('/issues/7'), { headers })).status).toBe(501);
    expect(at.world.requests.surprises.pop()).toContain('does not model DELETE https://api.github.com/repos/contoso/platform/issues/7');
  });

  it('keeps a cache entry for @actions/cache, once, and finds it by restore key', async () => {
    const result = await client(at.environment(job(at.world)), 'cache', at.directory);
    expect(result.value).toEqual({ saved: expect.any(Number), again: -1, missed: null, hit: 'tools-linux-1', content: 'kept' });
    expect((result.value as { saved: number }).saved).toBeGreaterThan(0);
    expect([...at.world.github.cacheEntries.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}\/tools-linux-1$/)]);
    expect(at.world.requests.surprises).toEqual([]);
  });

  it('assembles an entry that came in blocks, and serves ranges of it', async () => {
    const { runtimeToken } = job(at.world);
    const headers = { authorization: `Bearer ${runtimeToken}`, 'content-type': 'application/json' };
    const call = async (method: string, body: object): Promise<Record<string, string>> => {
      const url = `https://results-receiver.actions.githubusercontent.com/twirp/github.actions.results.api.v1.CacheService/${method}`;
      return (await send(at, 'POST', url, { headers, body: JSON.stringify(body) })).body as Record<string, string>;
    };
    const entry = { key: 'big', version: 'v' };
    const { signed_upload_url: upload = '' } = await call('CreateCacheEntry', entry);
    for (const [id, body] of [
      ['b', 'world'],
      ['a', 'hello '],
    ])
      expect((await send(at, 'PUT', `${upload}&comp=block&blockid=${id ?? ''}`, { body: body ?? '' })).status).toBe(201);
    const list = '<?xml version="1.0"?><BlockList><Latest>a</Latest><Latest>b</Latest></BlockList>';
    expect((await send(at, 'PUT', `${upload}&comp=blocklist`, { body: list })).status).toBe(201);
    expect(await call('FinalizeCacheEntryUpload', entry)).toMatchObject({ ok: true });
    const { signed_download_url: download = '' } = await call('GetCacheEntryDownloadURL', { ...entry, restore_keys: [] });
    expect((await send(at, 'GET', download)).text).toBe('hello world');
    const part = await send(at, 'GET', download, { headers: { 'x-ms-range': 'bytes=6-99' } });
    expect([part.status, part.text, part.headers['content-range']]).toEqual([206, 'world', 'bytes 6-10/11']);
    expect((await send(at, 'GET', download.replace(/sig=.*/, 'sig=forged'))).status).toBe(403);
    expect(await call('GetCacheEntryDownloadURL', { key: 'absent', version: 'v' })).toMatchObject({ ok: false });
  });
});
