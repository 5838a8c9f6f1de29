import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeployError } from '../../../src/errors.js';
import { OUTPUTS } from '../../../src/interface.js';
import { outputsOf, summaryMarkdown, type RunReport } from '../../../src/phases/report.js';
import { cell, fenced } from '../../../src/report/markdown.js';
import { infrastructureReview, planned } from '../../fakes/reviews.js';
import type { VerifyRow } from '../../../src/verify/rows.js';

const REPORT: RunReport = {
  command: 'apply',
  pass: '2',
  topology: 'light',
  environment: 'production',
  phases: [
    { phase: 'inputs', status: 'done', durationMs: 1249, summary: 'apply pass 2' },
    { phase: 'login', status: 'done', durationMs: 90, summary: 'somebody | else' },
  ],
};
const row = (overrides: Partial<VerifyRow>): VerifyRow => ({
  kind: 'Deployment',
  name: 'langsmith-backend',
  ready: 1,
  wanted: 1,
  nodes: [],
  identity: 'complete',
  status: 'ok',
  detail: '',
  ...overrides,
});

/** Markup as untrusted text would write it. */
const hostile = fc.stringMatching(/^[a-z|`*_~<>[\]()\\!#\r\n\t ]{0,60}$/);

describe('cell', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['**bold** _x_ ~~y~~', '\\*\\*bold\\*\\* \\_x\\_ \\~\\~y\\~\\~'],
    ['<img src=x>', '\\<img src=x\\>'],
    ['[click](https://x)', '\\[click\\](https://x)'],
    ['a \r\n\r\n b\rc\nd', 'a b c d'],
    ['a\\|b', 'a\\\\\\|b'],
    ['`code`', '\\`code\\`'],
  ])('%j', (text, safe) => {
    expect(cell(text)).toBe(safe);
  });

  it('leaves no line break and no markup unescaped', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = cell(text);
        expect(safe).not.toMatch(/[\r\n]/);
        expect(safe.replace(/\\[\\`*_~[\]<>|]/g, '')).not.toMatch(/[\\`*_~[\]<>|]/);
      }),
    );
  });

  it('loses nothing but white space around line breaks', () => {
    const words = (text: string): string => text.replace(/\s+/g, '');
    fc.assert(fc.property(hostile, (text) => expect(words(cell(text).replace(/\\(.)/g, '$1'))).toBe(words(text))));
  });
});

describe('fenced', () => {
  it('closes only at its own fence', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[`a\n~ ]{0,60}$/), (text) => {
        const lines = fenced(text).split('\n');
        const fence = lines.at(-1) ?? '';
        expect(lines[0]).toBe(`${fence}text`);
        expect(fence).toMatch(/^`{3,}$/);
        expect(lines.slice(1, -1).join('\n')).toBe(text);
        expect(text).not.toContain(fence);
      }),
    );
  });
});

describe('summaryMarkdown', () => {
  it('shows the phases as a table', () => {
    const lines = summaryMarkdown(REPORT).split('\n');
    expect(lines[0]).toBe('## LangSmith on Azure: production, pass 2, apply');
    expect(lines.filter((line) => line.startsWith('|')).map((line) => line.replace(/ +/g, ' '))).toEqual([
      '| Phase | Result | Time | |',
      expect.stringMatching(/^\| -+ \|/),
      '| inputs | done | 1.2 s | apply pass 2 |',
      '| login | done | 0.1 s | somebody \\| else |',
    ]);
  });

  it('puts a failure first, with its texts where they cannot become markup', () => {
    const failure = new DeployError('release-failed', '```\n# heading\n<b>', { fix: 'Run `x`.' });
    const text = summaryMarkdown({ ...REPORT, failure });
    expect(text).toContain('### release-failed: The release failed\n\n````text\n```\n# heading\n<b>\n````');
    expect(text).toContain('**Fix:**\n\n```text\nRun `x`.\n```');
    expect(text.indexOf('### release-failed')).toBeLessThan(text.indexOf('| Phase'));
  });

  it('names changes, release, workloads and address', () => {
    const text = summaryMarkdown({
      ...REPORT,
      review: infrastructureReview(planned('module.a["x_y"].azurerm_b.c', ['create'], null, { d: 1 })).review,
      release: { name: 'langsmith', chart: 'langsmith 0.13.28', action: 'installed', revision: 1 },
      workloads: [row({}), row({ name: 'langsmith-queue', ready: 0, status: 'failed', identity: 'none', detail: 'CrashLoop|BackOff' })],
      url: 'https://langsmith.example.com',
    });
    expect(text).toContain('### Plan: 1 to add, 0 to change, 0 to destroy');
    expect(text).toContain('<code>module.a[&quot;x_y&quot;].azurerm_b.c</code>');
    expect(text).toContain('### Release langsmith: installed, revision 1 (langsmith 0.13.28)');
    expect(text.replace(/ +/g, ' ')).toContain('| FAILED | Deployment | langsmith-queue | 0/1 | | CrashLoop\\|BackOff |');
    expect(text).toContain('LangSmith answers at https://langsmith.example.com');
  });

  it('has as many columns in every row of a table, whatever the texts say', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), hostile, (summaries, environment) => {
        const text = summaryMarkdown({
          ...REPORT,
          environment,
          phases: summaries.map((summary) => ({ phase: 'inputs', status: 'done', durationMs: 1, summary })),
        });
        const rows = text.split(/\r?\n|\r/).filter((line) => line.startsWith('|'));
        expect(rows).toHaveLength(summaries.length + 2);
        for (const line of rows) expect(line.replace(/\\./g, '').split('|')).toHaveLength(6);
      }),
    );
  });
});

describe('a plan too large for a summary', () => {
  it('is cut below 1 MiB, counted in bytes, and says so', () => {
    const resources = Array.from({ length: 3000 }, (_, index) =>
      planned(`azurerm_a.b[${index}]`, ['create'], null, { text: '€'.repeat(150), more: index }),
    );
    const text = summaryMarkdown({ ...REPORT, review: infrastructureReview(...resources).review });
    expect(Buffer.byteLength(text)).toBeGreaterThan(2 ** 19);
    expect(Buffer.byteLength(text)).toBeLessThan(2 ** 20);
    expect(text).toMatch(
      /Left out here for length:\*\* \d+ of 3000 resources, the picture\. The file named by the output `plan-json` has it\.|Left out here for length:\*\* \d+ of 3000 resources\./,
    );
  });
});

describe('outputsOf', () => {
  const NOTHING = {
    'has-changes': 'false',
    destructive: 'false',
    fingerprint: '',
    'plan-json': '',
    'langsmith-url': '',
    'release-revision': '',
    verified: 'false',
    'failure-reason': '',
  };
  const { review } = infrastructureReview(planned('azurerm_a.b', ['create'], null, {}), planned('azurerm_a.c', ['delete'], {}, null));
  it.each<[string, Partial<RunReport>, Record<string, string>]>([
    ['a run that found nothing', {}, NOTHING],
    [
      'changes',
      { review, planJson: '/tmp/plan.json' },
      {
        'has-changes': 'true',
        changes: '{"add":1,"change":0,"destroy":1,"replace":0}',
        destructive: 'true',
        fingerprint: review.fingerprint,
        'plan-json': '/tmp/plan.json',
      },
    ],
    [
      'an unchanged release',
      { release: { name: 'r', chart: 'c', action: 'unchanged', revision: 3 } },
      { 'has-changes': 'false', 'release-revision': '3' },
    ],
    [
      'a planned release',
      { release: { name: 'r', chart: 'c', action: 'would be upgraded', revision: undefined } },
      { 'has-changes': 'true', 'release-revision': '' },
    ],
    ['all workloads up', { workloads: [row({})] }, { verified: 'true' }],
    ['one that could not be looked at', { workloads: [row({}), row({ status: 'unknown' })] }, { verified: 'true' }],
    ['one still on its way when time was up', { workloads: [row({ status: 'waiting' })] }, { verified: 'false' }],
    ['one workload down', { workloads: [row({}), row({ status: 'failed' })] }, { verified: 'false' }],
    [
      'a failure',
      { workloads: [row({})], failure: new DeployError('verify-failed', 'x') },
      { verified: 'false', 'failure-reason': 'verify-failed' },
    ],
    ['an address', { url: 'https://x' }, { 'langsmith-url': 'https://x' }],
  ])('%s', (_, part, expected) => {
    const outputs = outputsOf({ ...REPORT, ...part });
    expect(outputs).toMatchObject(expected);
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(OUTPUTS).sort());
  });

  it('gives every row that was looked at; what still waited when time was up has failed', () => {
    const { verification } = outputsOf({ ...REPORT, workloads: [row({ status: 'waiting', detail: 'soon' })] });
    expect(JSON.parse(verification)).toMatchObject([{ kind: 'Deployment', status: 'failed', detail: 'soon' }]);
  });
});
