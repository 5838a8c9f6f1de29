import { describe, expect, it } from '@jest/globals';
import type { PlanPart } from '../../../src/report/comment.js';
import { parseComment } from '../../../src/report/comment.js';
import { type Comment, type Comments, writePlan, type Written } from '../../../src/tools/github-comments.js';
import { infrastructureReview, planned } from '../../fakes/reviews.js';

const BOT = { login: 'github-actions[bot]', type: 'Bot' };

/** A conversation that several runs write to at once: each call gives way to the others before it answers. */
class Conversation {
  readonly comments: { id: number; body: string; user: { login: string; type: string } }[] = [];
  #next = 100;

  constructor(private readonly refuse?: number) {}

  as(user = BOT): Comments {
    const answer = async <T>(work: () => T): Promise<T> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.refuse !== undefined) throw Object.assign(new Error('Resource not accessible by integration'), { status: this.refuse });
      return work();
    };
    return {
      list: () => answer(() => structuredClone(this.comments) as Comment[]),
      create: (body) => answer(() => this.add(body, user)),
      update: (id, body) =>
        answer(() => {
          const comment = this.comments.find((candidate) => candidate.id === id);
          if (comment === undefined) throw Object.assign(new Error('Not Found'), { status: 404 });
          comment.body = body;
        }),
      remove: (id) =>
        answer(() => {
          const index = this.comments.findIndex((candidate) => candidate.id === id);
          if (index < 0) throw Object.assign(new Error('Not Found'), { status: 404 });
          this.comments.splice(index, 1);
        }),
      login: async () => (user.type === 'Bot' ? undefined : user.login),
    };
  }

  add(body: string, user: { login: string; type: string }): Comment {
    const comment = { id: (this.#next += 1), body, user };
    this.comments.push(comment);
    return comment;
  }

  passes(environment = 'production'): string[] {
    const ours = this.comments.map(({ body }) => parseComment(body)).filter((parsed) => parsed?.environment === environment);
    expect(ours).toHaveLength(1);
    return [...(ours[0]?.parts.keys() ?? [])];
  }
}

const review = infrastructureReview(planned('azurerm_x.a', ['create'], null, { a: 1 })).review;
const part = (pass: string, run = 1, environment = 'production'): PlanPart => ({
  environment,
  pass,
  run: { id: run, attempt: 1, url: `https://github.com/a/b/actions/runs/${run}` },
  result: { review },
});

/** Turns of the event loop, another number each time. */
function pauses(seed: number): () => Promise<void> {
  let state = seed;
  return async () => {
    state = (state * 48_271) % 2_147_483_647;
    for (let turn = 0; turn < 3 + (state % 23); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
}

const write = (at: Conversation, plan: PlanPart, seed = 7): Promise<Written> => writePlan(at.as(), plan, pauses(seed));

describe('the comment of a pull request', () => {
  it('is made once and edited afterwards, one for each environment', async () => {
    const at = new Conversation();
    for (const plan of [part('1'), part('1', 2), part('1', 3), part('1', 3, 'staging')])
      expect(await write(at, plan)).toEqual({ kind: 'written' });
    expect(at.comments.map(({ id }) => id)).toEqual([101, 102]);
    expect(at.passes('staging')).toEqual(['1']);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is one and whole after five plans of a run wrote at once (%i)', async (seed) => {
    const at = new Conversation();
    const plans = ['1', '2', '3', '4', '5'].map((pass, index) => write(at, part(pass), seed * 1000 + index * 77));
    const written = await Promise.all(plans);
    const done = ['1', '2', '3', '4', '5'].filter((_, index) => written[index]?.kind === 'written');
    expect(done.length).toBeGreaterThan(0);
    // What says that it is written is there; what could not be has said so.
    expect(at.passes()).toEqual(expect.arrayContaining(done));
  });

  it('belongs to the newest run, whichever writes last', async () => {
    const at = new Conversation();
    await write(at, part('1', 2));
    expect(await write(at, part('2', 1))).toEqual({ kind: 'newer' });
    expect(at.passes()).toEqual(['1']);
  });

  it('is never taken over from somebody who copied the marker', async () => {
    const at = new Conversation();
    await write(at, part('1'));
    const copy = at.comments[0]?.body ?? '';
    at.comments.splice(0);
    at.add(copy, { login: 'mallory', type: 'User' });
    expect(await write(at, part('1', 2))).toEqual({ kind: 'written' });
    expect(at.comments.map(({ user, body }) => [user.login, body === copy])).toEqual([
      ['mallory', true],
      ['github-actions[bot]', false],
    ]);
    // With a token of a person, only that person's own comment is edited.
    expect(await writePlan(at.as({ login: 'alice', type: 'User' }), part('1', 3), pauses(3))).toEqual({ kind: 'written' });
    expect(at.comments.map(({ user }) => user.login)).toEqual(['mallory', 'github-actions[bot]', 'alice']);
  });

  it.each([403, 404, 500])('that GitHub refuses with %i is told, not thrown', async (status) => {
    const written = await write(new Conversation(status), part('1'));
    expect(written).toMatchObject({ kind: 'refused', why: expect.stringContaining(`GitHub answered ${status}`) as unknown });
    expect(JSON.stringify(written).includes('pull-requests: write')).toBe(status !== 500);
  });
});
