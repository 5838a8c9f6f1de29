import { describe, expect, it } from '@jest/globals';
import type { DriftReport } from '../../../src/drift/drift.js';
import { parseIssue } from '../../../src/report/drift-issue.js';
import { type Issue, type IssueResult, type Issues, writeIssue } from '../../../src/tools/github-issues.js';
import { CLEAN, EVERYTHING, HALF, manyDrifted } from '../../fakes/drift.js';

const BOT = { login: 'github-actions[bot]', type: 'Bot' };

interface Kept {
  number: number;
  title: string;
  body: string;
  html_url: string;
  user: { login: string; type: string };
  state: string;
  reason: string;
  locked: boolean;
  readonly comments: string[];
}

/** The issues of a repository that several runs write to at once: each call gives way to the others before it answers. */
class Repository {
  readonly issues: Kept[] = [];

  constructor(private readonly refuse?: number) {}

  as(user = BOT): Issues {
    const answer = async <T>(work: () => T): Promise<T> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.refuse !== undefined) throw Object.assign(new Error('Resource not accessible by integration'), { status: this.refuse });
      return work();
    };
    return {
      list: () => answer(() => structuredClone(this.issues.filter(({ state }) => state === 'open')) as Issue[]),
      create: (title, body) => answer(() => this.add(body, title, user)),
      update: (number, change) => answer(() => void Object.assign(this.get(number), change)),
      close: (number, reason) => answer(() => void Object.assign(this.get(number), { state: 'closed', reason })),
      comment: (number, body) =>
        answer(() => {
          const issue = this.get(number);
          if (issue.locked) throw Object.assign(new Error('Unable to create comment because issue is locked.'), { status: 403 });
          issue.comments.push(body);
        }),
      login: async () => (user.type === 'Bot' ? undefined : user.login),
    };
  }

  get(number: number): Kept {
    const issue = this.issues.find((candidate) => candidate.number === number);
    if (issue === undefined) throw Object.assign(new Error('Not Found'), { status: 404 });
    return issue;
  }

  add(body: string, title = 'x', user = BOT): Kept {
    const number = 101 + this.issues.length;
    const issue = { number, title, body, user, html_url: `https://x/${number}`, state: 'open', reason: '', locked: false, comments: [] };
    this.issues.push(issue);
    return issue;
  }

  get open(): number[] {
    return this.issues.filter(({ state }) => state === 'open').map(({ number }) => number);
  }
}

/** Turns of the event loop, another number each time. */
function pauses(seed: number): () => Promise<void> {
  let state = seed;
  return async () => {
    state = (state * 48_271) % 2_147_483_647;
    for (let turn = 0; turn < 3 + (state % 23); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
}

let lastRun = 0;
const write = (at: Repository, drift: DriftReport, id = (lastRun += 1), user = BOT): Promise<IssueResult> =>
  writeIssue(at.as(user), drift, { id, attempt: 1, url: `https://github.com/a/b/actions/runs/${id}` }, pauses(id + 7));

describe('the issue of an environment', () => {
  it('is not opened while nothing differs', async () => {
    const at = new Repository();
    expect(await write(at, CLEAN)).toEqual({ kind: 'none' });
    expect(at.issues).toEqual([]);
  });

  it('is opened, left in peace, updated with a comment, and closed with one', async () => {
    const at = new Repository();
    expect(await write(at, manyDrifted(1))).toEqual({ kind: 'opened', url: 'https://x/101' });
    expect(await write(at, manyDrifted(1))).toMatchObject({ kind: 'updated' });
    const issue = at.get(101);
    expect([issue.title, issue.comments]).toEqual(['LangSmith production: drift (1 changed outside)', []]);
    expect(await write(at, manyDrifted(2))).toMatchObject({ kind: 'updated' });
    expect([issue.title, issue.comments]).toEqual([
      'LangSmith production: drift (2 changed outside)',
      [expect.stringContaining('The drift has changed')],
    ]);
    expect(await write(at, CLEAN)).toEqual({ kind: 'closed', url: 'https://x/101' });
    expect(issue).toMatchObject({ state: 'closed', reason: 'completed' });
    expect(issue.comments.at(-1)).toContain('Nothing differs any more');
    expect(at.issues).toHaveLength(1);
  });

  it('is a new one when drift comes back, and when somebody has closed the old one', async () => {
    const at = new Repository();
    await write(at, EVERYTHING);
    at.get(101).state = 'closed';
    expect(await write(at, EVERYTHING)).toEqual({ kind: 'opened', url: 'https://x/102' });
    expect(at.open).toEqual([102]);
  });

  it('is one for each environment', async () => {
    const at = new Repository();
    await write(at, EVERYTHING);
    await write(at, { ...EVERYTHING, environment: 'staging' });
    await write(at, CLEAN);
    expect(at.open).toEqual([102]);
  });

  it('is neither closed nor stripped by a run that did not see everything', async () => {
    const at = new Repository();
    await write(at, EVERYTHING);
    const before = at.get(101).body;
    expect(await write(at, { ...HALF, seen: CLEAN.seen })).toEqual({ kind: 'none' });
    expect(at.get(101)).toMatchObject({ state: 'open', body: before });
    expect(await write(at, HALF)).toMatchObject({ kind: 'updated' });
    expect(at.get(101).body).toContain('Not everything could be looked at');
    expect(at.get(101).comments).toEqual([]);
  });

  it('is taken for ours neither by marker nor by author alone', async () => {
    const at = new Repository();
    await write(at, EVERYTHING, 1);
    const { body } = at.get(101);
    const mallory = new Repository();
    mallory.add(body, 'copied', { login: 'mallory', type: 'User' });
    mallory.add('a bot says hello');
    await write(mallory, EVERYTHING, 2);
    expect(mallory.issues.map(({ title }) => title)).toEqual(['copied', 'x', expect.stringContaining('LangSmith production')]);
    expect(mallory.issues[0]?.body).toBe(body);
    await write(mallory, CLEAN, 3);
    expect(mallory.open).toEqual([101, 102]);
  });

  it('is found by its own login where the token has one', async () => {
    const at = new Repository();
    const user = { login: 'deployer', type: 'User' };
    await write(at, EVERYTHING, 1, user);
    at.add(at.get(101).body, 'copied', BOT);
    expect(await write(at, CLEAN, 2, user)).toMatchObject({ kind: 'closed' });
    expect(at.open).toEqual([102]);
  });

  it('survives edits, and is another one when its marker is gone', async () => {
    const at = new Repository();
    await write(at, manyDrifted(1), 1);
    const issue = at.get(101);
    issue.title = 'mine now';
    issue.body = `${issue.body.replaceAll('\n', '\r\n')}\r\n\r\nI look into it.`;
    await write(at, manyDrifted(1), 2);
    expect(issue).toMatchObject({ title: 'LangSmith production: drift (1 changed outside)', comments: [] });
    expect(parseIssue(issue.body)?.run).toBe(2);
    issue.body = 'I look into it.';
    await write(at, manyDrifted(1), 3);
    expect(at.open).toEqual([101, 102]);
    expect(issue.body).toBe('I look into it.');
  });

  it('is kept when somebody locked it: what cannot be said in a comment stands in the issue', async () => {
    const at = new Repository();
    await write(at, manyDrifted(1));
    at.get(101).locked = true;
    expect(await write(at, manyDrifted(2))).toMatchObject({ kind: 'updated' });
    expect(at.get(101).title).toContain('2 changed outside');
    expect(await write(at, CLEAN)).toMatchObject({ kind: 'closed' });
    expect(at.open).toEqual([]);
  });

  it('belongs to the newest run', async () => {
    const at = new Repository();
    await write(at, manyDrifted(2), 9);
    expect(await write(at, manyDrifted(1), 8)).toEqual({ kind: 'newer', url: 'https://x/101' });
    expect(await write(at, CLEAN, 8)).toEqual({ kind: 'newer', url: 'https://x/101' });
    expect(at.get(101)).toMatchObject({ state: 'open', title: expect.stringContaining('2 changed outside') });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is one, and says what the newest run found, when several write at once (order %i)', async (seed) => {
    const at = new Repository();
    const results = await Promise.all([1, 2, 3, 4].map((id) => write(at, manyDrifted(id), seed * 10 + id)));
    expect(results.filter(({ kind }) => kind === 'refused')).toEqual([]);
    expect(at.open).toHaveLength(1);
    const [number = 0] = at.open;
    expect(parseIssue(at.get(number).body)?.run).toBe(seed * 10 + 4);
    expect(at.get(number).title).toContain('4 changed outside');
    for (const { reason } of at.issues.filter(({ state }) => state === 'closed')) expect(reason).toBe('not_planned');
  });

  it.each([
    [403, /issues: write/],
    [404, /issues: write/],
    [410, /switched off/],
    [500, /GitHub answered 500/],
  ])('is refused with a reason when GitHub answers %i', async (status, why) => {
    const result = await write(new Repository(status), EVERYTHING);
    expect(result).toEqual({ kind: 'refused', why: expect.stringMatching(why) });
    expect(await write(new Repository(status), CLEAN)).toMatchObject({ kind: 'refused' });
  });
});
