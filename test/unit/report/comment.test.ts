import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { marked, type Token, type Tokens } from 'marked';
import { COMMENT_LIMIT, mergeComment, parseComment, type PlanPart, type RunRef } from '../../../src/report/comment.js';
import { HIDDEN } from '../../../src/review/leaves.js';
import type { Review } from '../../../src/review/review.js';
import { infrastructureReview, manifestOf, planned, releasePlan, releaseReview, SCENES } from '../../fakes/reviews.js';
import { productionShape } from '../../fakes/cluster.js';

const run = (id = 4711, attempt = 1): RunRef => ({ id, attempt, url: `https://github.com/acme/langsmith/actions/runs/${id}` });
const part = (review: Review, overrides: Partial<PlanPart> = {}): PlanPart => ({
  environment: 'production',
  pass: String(review.pass),
  run: run(),
  result: { review },
  ...overrides,
});

function comment(plan: PlanPart, there?: string): string {
  const text = mergeComment(parseComment(there ?? ''), plan);
  if (text === undefined) throw new Error('a newer run has spoken');
  return text;
}

/** Every token of a Markdown text, nested ones too. */
function tokensOf(text: string): Token[] {
  const found: Token[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => {
    found.push(token);
  });
  return found;
}

const reviewOf = (name: string): Review => {
  const scene = SCENES[name];
  if (scene === undefined) throw new Error(`no scene ${name}`);
  return scene();
};

/** All the HTML a comment of the tests' plans may have. */
const OUR_TAGS = [
  '<!-- langsmith-azure plan of production by run 4711 attempt 1 -->',
  '<!-- pass 1 -->',
  '<!-- end of pass 1 -->',
  ...['details', 'summary', 'sub'].flatMap((name) => [`<${name}>`, `</${name}>`]),
];

describe('the comment', () => {
  // Regenerate with UPDATE_GOLDEN=1, and read the difference.
  it.each(Object.keys(SCENES))('of %s is as the golden file shows it', (name) => {
    const file = path.resolve(`test/golden/comment-${name}.md`);
    const text = comment(part(reviewOf(name)));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
  });

  it('shows what is lost before anything else, the most final first', () => {
    const text = comment(part(reviewOf('destructive')));
    expect(text.indexOf('azurerm_storage_account')).toBeLessThan(text.indexOf('azurerm_web_application_firewall_policy'));
    expect(text.indexOf('#### Destructive')).toBeLessThan(text.indexOf('in detail'));
  });

  it('never shows a value that is sensitive', () => {
    const [infrastructure, release] = [comment(part(reviewOf('destructive'))), comment(part(reviewOf('upgrade')))];
    expect(infrastructure).toContain(HIDDEN);
    expect(infrastructure).not.toMatch(/secret-(one|two)/);
    expect(release).toContain('Secret langsmith-redis');
    expect(release).not.toContain('c2VjcmV0');
  });

  it('T258 points at a store that appears on an upgrade and that nobody asked for', () => {
    expect(comment(part(reviewOf('upgrade')))).toContain(
      '| ➕ come | `StatefulSet langsmith-postgres` | – → 1 | ⚠️ the pass has no such workload |',
    );
  });

  it('is one quiet line when nothing changes', () => {
    const lines = comment(part(reviewOf('no-op')))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('<'));
    expect(lines).toEqual([expect.stringMatching(/^### LangSmith `production`, pass 2: no changes \(`[\w-]{16}`\)$/)]);
  });

  it('says what it leaves out of ten thousand resources, and where that is', () => {
    const text = comment(part(reviewOf('ten-thousand')));
    expect(text.length).toBeGreaterThan(COMMENT_LIMIT / 2);
    const shown = text.split('<details><summary>➕').length - 1;
    expect(text).toContain('<details><summary>10000 resources, one by one</summary>');
    expect(text.split('<details>').length).toBe(text.split('</details>').length);
    expect(text).toContain(`**Left out here for length:** ${10_000 - shown} of 10000 resources`);
    expect(text).toContain('step summary of the run');
  });

  it('tells of a plan that failed', () => {
    const text = comment({ environment: 'production', pass: '1', run: run(), result: { failure: 'state-locked' } });
    expect(text).toContain('### LangSmith `production`, pass 1: the plan failed');
    expect(text).toContain('`state-locked`');
  });

  it('holds no markup, link, mention or marker that comes from outside', () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        '@everyone',
        '#1',
        '<img src=x onerror=alert(1)>',
        '</details><script>',
        '```\n# x',
        '`a`|b',
        '[x](https://evil.example)',
        '| a | b |',
        '*_*\\|',
        '<!-- pass 2 -->\nx\n<!-- end of pass 2 -->',
        '<!-- langsmith-azure plan of staging by run 9 attempt 1 -->',
        '\r\n\r\n# title',
        '````',
        '~~~',
        '<!--',
      ),
      fc.stringMatching(/^[`|<>@#[\]()!*_~\\\r\n a-z-]{1,30}$/),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (address, key, value) => {
        const review = infrastructureReview(planned(address, ['delete', 'create'], { [key]: value }, { [key]: `${value}!` })).review;
        const text = comment(part(review));
        const calm = tokensOf(comment(part(infrastructureReview(planned('a', ['delete', 'create'], { k: 'v' }, { k: 'w' })).review)));
        const tokens = tokensOf(text);
        const kinds = (all: Token[]): string[] =>
          all
            .filter(({ type }) => ['heading', 'link', 'image', 'table', 'strong', 'em', 'hr', 'list'].includes(type))
            .map(({ type }) => type);
        expect(kinds(tokens)).toEqual(kinds(calm));
        const html = tokens
          .filter((token): token is Tokens.HTML => token.type === 'html')
          .map(({ raw }) => raw.replace(/<code>[^<>]*<\/code>/g, ''));
        const tags = html.flatMap((raw) => raw.match(/<!--.*?-->|<[^>]*>/g) ?? []);
        for (const tag of tags) expect(OUR_TAGS).toContain(tag);
        const outside = tokens
          .filter(({ type }) => type === 'text')
          .map(({ raw }) => raw)
          .join(' ');
        expect(outside).not.toMatch(/@everyone|evil\.example/);
        expect([...(parseComment(text)?.parts.keys() ?? [])]).toEqual(['1']);
      }),
      { numRuns: 200 },
    );
  });

  it('never exceeds what GitHub takes, whatever it has to say', () => {
    const large = comment(part(reviewOf('ten-thousand'), { pass: '2' }));
    const attribute = fc.record({ key: fc.stringMatching(/^[a-z]{1,10}$/), size: fc.integer({ min: 0, max: 3000 }) });
    fc.assert(
      fc.property(fc.array(fc.array(attribute, { maxLength: 40 }), { maxLength: 60 }), fc.boolean(), (resources, others) => {
        const { review } = infrastructureReview(
          ...resources.map((attributes, index) =>
            planned(
              `azurerm_storage_account.this[${index}]`,
              ['delete', 'create'],
              {},
              Object.fromEntries(attributes.map(({ key, size }) => [key, '😀'.repeat(size)])),
            ),
          ),
        );
        const there = others ? large : '';
        const text = comment(part(review), there);
        expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
        expect([...(parseComment(text)?.parts.keys() ?? [])]).toEqual(others ? ['1', '2'] : ['1']);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the comment of several plans', () => {
  const pass1 = part(infrastructureReview(planned('azurerm_x.a', ['create'], null, { a: 1 })).review);
  const pass2 = part(releaseReview(releasePlan(new Map(), manifestOf(productionShape(2)))).review);

  it('has a part for each pass of one run, in order', () => {
    const both = comment(pass1, comment(pass2));
    expect([...(parseComment(both)?.parts.keys() ?? [])]).toEqual(['1', '2']);
    expect(comment(pass2, comment(pass1))).toBe(both);
    expect(comment(pass1, both)).toBe(both);
    // GitHub answers with the line ends of a browser when somebody edited it there.
    expect(comment(pass1, both.replaceAll('\n', '\r\n'))).toBe(both);
  });

  it('is begun anew by a newer run, and left alone by an older one', () => {
    const old = comment(pass1, comment(pass2));
    const newer = comment({ ...pass1, run: run(4712) }, old);
    expect([...(parseComment(newer)?.parts.keys() ?? [])]).toEqual(['1']);
    expect(mergeComment(parseComment(newer), pass2)).toBeUndefined();
    const again = comment({ ...pass1, run: run(4712, 2) }, newer);
    expect(mergeComment(parseComment(again), { ...pass2, run: run(4712, 1) })).toBeUndefined();
  });
});
