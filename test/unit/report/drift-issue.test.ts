import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { type DriftReport, seeCluster, seeInfrastructure } from '../../../src/drift/drift.js';
import { COMMENT_LIMIT, type RunRef } from '../../../src/report/comment.js';
import { driftSections } from '../../../src/report/drift.js';
import { changeComment, issueBody, issueTitle, parseIssue, type ParsedIssue } from '../../../src/report/drift-issue.js';
import { fitSections } from '../../../src/report/sections.js';
import { HIDDEN } from '../../../src/review/leaves.js';
import { CLEAN, CLUSTER, drifted, EVERYTHING, HALF, manyDrifted, update } from '../../fakes/drift.js';

const run = (id = 4711, attempt = 1): RunRef => ({ id, attempt, url: `https://github.com/acme/langsmith/actions/runs/${id}` });
const bodyOf = (drift: DriftReport, there?: string, by = run()): string => issueBody(drift, by, parseIssue(there ?? ''));

function parsed(text: string): ParsedIssue {
  const issue = parseIssue(text);
  if (issue === undefined) throw new Error('no issue of ours');
  return issue;
}

const summaryOf = (drift: DriftReport): string =>
  fitSections(driftSections(drift, undefined), { limit: 2 ** 20, measure: (text) => text.length }, 'elsewhere');

describe('the issue', () => {
  // Regenerate with UPDATE_GOLDEN=1, and read the difference.
  it.each([
    ['everything', EVERYTHING],
    ['half', HALF],
  ] as const)('of %s is as the golden file shows it', (name, drift) => {
    const file = path.resolve(`test/golden/issue-drift-${name}.md`);
    const text = bodyOf(drift);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('has a title that says environment and count', () => {
    expect(issueTitle(EVERYTHING)).toBe('LangSmith production: drift (5 changed outside, 2 not applied yet)');
    expect(issueTitle(HALF)).toBe('LangSmith production: drift (3 changed outside, 1 not applied yet; the cluster could not be looked at)');
    const longest = {
      ...manyDrifted(10),
      environment: 'e'.repeat(63),
      unseen: { half: 'infrastructure', reason: 'provision-failed' },
    } as const;
    expect(issueTitle(longest).length).toBeLessThan(256);
  });

  it('never shows a value that is sensitive', () => {
    expect(bodyOf(EVERYTHING)).toContain(HIDDEN);
    expect(bodyOf(EVERYTHING) + summaryOf(EVERYTHING)).not.toMatch(/secret-(one|two)/);
  });

  it('says of itself whose it is, who wrote it, and what differs', () => {
    expect(parseIssue(bodyOf(EVERYTHING, undefined, run(12, 3)))).toMatchObject({
      environment: 'production',
      run: 12,
      attempt: 3,
      known: {
        infrastructure: Array<unknown>(4).fill(expect.stringMatching(/^[\da-f]{10}$/)),
        cluster: Array<unknown>(3).fill(expect.stringMatching(/^[\da-f]{10}$/)),
      },
    });
    expect(parsed(bodyOf(EVERYTHING).replaceAll('\n', '\r\n'))).toEqual(parsed(bodyOf(EVERYTHING)));
    expect(parsed(bodyOf({ ...CLEAN, seen: { infrastructure: seeInfrastructure({}) } })).known).toEqual({ infrastructure: [] });
    for (const text of ['', 'hello', '<!-- langsmith-azure drift of production -->', bodyOf(EVERYTHING).split('\n').slice(1).join('\n')])
      expect(parseIssue(text)).toBeUndefined();
  });

  it('keeps what was known of a half that was not looked at, and says that it was not', () => {
    const before = bodyOf(EVERYTHING, undefined, run(1));
    const after = bodyOf(HALF, before, run(2));
    expect(parsed(after).known).toEqual(parsed(before).known);
    expect(after).toContain('> ⚠️ **Not everything could be looked at.** The run failed at the cluster: `cluster-unreachable`.');
    expect(changeComment(HALF, run(2), parsed(before))).toBeUndefined();
    expect(changeComment(EVERYTHING, run(3), parsed(after))).toBeUndefined();
  });

  it('names objects that nobody could compare', () => {
    const blind = { ...EVERYTHING, seen: { cluster: seeCluster({ ...CLUSTER, blind: ['Ingress langsmith', 'Ingress other'] }) } };
    expect(bodyOf(blind)).toContain('**Not everything could be compared:** `Ingress langsmith`, `Ingress other`.');
  });

  it('tells how many attributes services manage, and leaves their names to the step summary', () => {
    expect(bodyOf(EVERYTHING)).toContain('2 attributes that services manage are left out; its step summary names them.');
    expect(bodyOf(EVERYTHING)).not.toContain('node_count');
    expect(summaryOf(EVERYTHING)).toContain('#### Ignored: 2 attributes that services manage');
    expect(summaryOf(EVERYTHING)).toMatch(/node_count.*The autoscaler adds and removes nodes/);
    expect(bodyOf(manyDrifted(1))).not.toContain('services manage');
  });

  it('never exceeds what GitHub takes, and says what it leaves out', () => {
    const many = manyDrifted(10_000);
    const text = bodyOf(many);
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text.length).toBeGreaterThan(COMMENT_LIMIT / 2);
    const shown = text.split('<details>').length - 1;
    expect(text).toContain(`**Left out here for length:** ${10_000 - shown} of 10000 differences. [The step summary of the run]`);
    expect(text).toContain('This issue is kept up to date');
    expect(parseIssue(text)?.known.infrastructure).toHaveLength(1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 400 }), (count, size) => {
        expect(bodyOf(manyDrifted(count, 'y'.repeat(size))).length).toBeLessThanOrEqual(COMMENT_LIMIT);
      }),
      { numRuns: 40 },
    );
  });
});

describe('subscribers', () => {
  const there = (drift: DriftReport): ParsedIssue => parsed(bodyOf(drift, undefined, run(1)));

  it('hear nothing while the same attributes differ, whatever their values', () => {
    expect(changeComment(EVERYTHING, run(2), there(EVERYTHING))).toBeUndefined();
    expect(changeComment(manyDrifted(3, 'y'), run(2), there(manyDrifted(3, 'x')))).toBeUndefined();
  });

  it('hear what is new, by name, and how much is gone', () => {
    const comment = changeComment({ ...EVERYTHING, seen: { ...EVERYTHING.seen, ...manyDrifted(2).seen } }, run(2), there(EVERYTHING));
    expect(comment).toContain('[this run](https://github.com/acme/langsmith/actions/runs/2)');
    expect(comment).toContain('- `azurerm_subnet.s["0"]` `name`\n- `azurerm_subnet.s["1"]` `name`');
    expect(comment).toContain('Of what was listed before, 4 are gone or different.');
  });

  it('hear of another attribute of the same object', () => {
    const one = drifted('Deployment a', { spec: { replicas: 5 } }, { spec: { replicas: 2 } });
    const two = drifted('Deployment a', { spec: { replicas: 5, paused: true } }, { spec: { replicas: 2 } });
    const of = (object: typeof one): DriftReport => ({ ...CLEAN, seen: { cluster: seeCluster({ ...CLUSTER, drifted: [object] }) } });
    expect(changeComment(of(two), run(2), there(of(one)))).toContain('- `Deployment a` `spec.paused` and 1 more');
  });

  it('hear that it is more than anybody wants to read', () => {
    expect(changeComment(manyDrifted(60), run(2), there(EVERYTHING))).toMatch(/(- `azurerm_subnet[^\n]*\n){20}\nAnd 40 more\./);
    const comment = changeComment(manyDrifted(2000), run(2), there(manyDrifted(1000)));
    expect(comment).toContain('2000 changed outside.');
    expect(comment?.split('\n')).toHaveLength(1);
    expect(changeComment(manyDrifted(2000), run(2), there(manyDrifted(2000)))).toBeUndefined();
  });
});

/** Every token of a Markdown text, nested ones too. */
function tokensOf(text: string): Token[] {
  const found: Token[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => {
    found.push(token);
  });
  return found;
}

describe('text from outside', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      '@everyone',
      '#1',
      '<img src=x onerror=alert(1)>',
      '</details><script>',
      '```\n# x',
      '[x](https://evil.example)',
      '| a | b |',
      '<!-- langsmith-azure drift of staging by run 9 attempt 1 -->\n<!-- infrastructure - cluster - -->',
      '\r\n\r\n# title',
      '~~~',
      '<!--',
    ),
    fc.stringMatching(/^[`|<>@#[\]()!*_~\\\r\n a-z-]{1,30}$/),
  );
  const report = (address: string, key: string, value: string, object: string): DriftReport => ({
    environment: 'production',
    seen: {
      infrastructure: seeInfrastructure({
        resource_drift: [
          update(address, 'azurerm_key_vault', { [key]: value }, { [key]: `${value}!` }),
          update('azurerm_dns_zone.a', 'azurerm_dns_zone', { number_of_record_sets: 1 }, { number_of_record_sets: 2 }),
        ],
      }),
      cluster: seeCluster({ ...CLUSTER, drifted: [drifted(object, { [key]: value }, {})], blind: [object] }),
    },
  });
  const structure = (text: string): string[] =>
    tokensOf(text)
      .filter(({ type }) => ['heading', 'link', 'image', 'table', 'strong', 'em', 'hr', 'list', 'blockquote'].includes(type))
      .map(({ type }) => type);

  it('is no markup, link, mention or marker in issue, summary and comment', () => {
    const calm = report('a', 'k', 'v', 'Deployment a');
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (address, key, value, object) => {
        const drift = report(address, `k${key}`, value, `Deployment ${object}`);
        const comment = (of: DriftReport): string => changeComment(of, run(2), parsed(bodyOf(CLEAN, undefined, run(1)))) ?? '';
        for (const [text, quiet] of [
          [bodyOf(drift), bodyOf(calm)],
          [summaryOf(drift), summaryOf(calm)],
          [comment(drift), comment(calm)],
        ] as const) {
          expect(structure(text)).toEqual(structure(quiet));
          const html = tokensOf(text)
            .filter((token): token is Tokens.HTML => token.type === 'html')
            .map(({ raw }) => raw.replace(/<code>[^<>]*<\/code>/g, ''));
          const tags = html.flatMap((raw) => raw.match(/<!--.*?-->|<[^>]*>/g) ?? []);
          for (const tag of tags)
            expect(tag).toMatch(/^<\/?(details|summary|sub)>$|^<!-- (langsmith-azure drift of production|infrastructure) /);
          const outside = tokensOf(text)
            .filter((token) => token.type === 'text' && !('tokens' in token))
            .map(({ raw }) => raw)
            .join(' ');
          expect(outside).not.toMatch(/@everyone|evil\.example/);
        }
        expect(parsed(bodyOf(drift)).environment).toBe('production');
      }),
      { numRuns: 200 },
    );
  });
});
