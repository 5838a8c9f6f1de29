import { describeFit, type Fit, type Fitting, type Pending } from '../capacity/fit.js';
import { describeCounts } from '../terraform-changes.js';
import type { ItemChange } from '../review/items.js';
import { isCovered, type IdentityRow, type PodChange } from '../review/release-items.js';
import type { Review, RootReview } from '../review/review.js';
import { diagram, legend } from './diagram.js';
import { code, fenced, htmlCode, prose, withoutComments } from './markdown.js';
import { block, type Section } from './sections.js';

const ROOTS: Readonly<Record<RootReview['name'], readonly [title: string, unit: string]>> = {
  infrastructure: ['Infrastructure', 'resources'],
  platform: ['Platform', 'parts'],
  release: ['Release', 'objects'],
  app: ['Terraform of the cluster', 'resources'],
};

/** A Markdown table whose rows can be cut. Cells are Markdown already. */
export function table(title: string, unit: string, columns: readonly string[], rows: readonly (readonly string[])[]): Section {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return { head: `${title}\n\n${line(columns)}\n${line(columns.map(() => '---'))}`, rows: rows.map(line), tail: '', unit };
}

/** Counts in one line; with more than one part, by part. What is within another part stands in brackets behind it, because it is no more. */
export function headline({ roots }: Review): string {
  const counted = roots.filter(({ within }) => within === undefined);
  const closer = roots.filter(({ within }) => within !== undefined);
  const outer = counted.map(({ name, counts }) => `${roots.length > 1 ? `${ROOTS[name][0]} ` : ''}${describeCounts(counts)}`);
  const inner = closer.map(({ name, counts }) => ` (${ROOTS[name][1]} of its ${ROOTS[name][0].toLowerCase()}: ${describeCounts(counts)})`);
  return `${outer.join('; ')}${inner.join('')}`;
}

const losses = ({ destructive }: Review): string =>
  destructive.length === 0
    ? 'Nothing is destroyed.'
    : `**${destructive.length} destructive ${destructive.length === 1 ? 'change' : 'changes'}.**`;

/** A review as sections, most important first. Everything from outside is in code, where nothing is markup. */
export function reviewSections(review: Review): Section[] {
  const { destructive, pods, identities, fit, notes, roots, boxes, shortFingerprint } = review;
  const picture = diagram(boxes);
  return [
    block([`${losses(review)} Fingerprint ${code(shortFingerprint)}.`, ...notes].join('\n\n')),
    ...(destructive.length === 0
      ? []
      : [
          table(
            '#### Destructive',
            'losses',
            ['', 'Resource', 'What happens'],
            destructive.map(({ id, what, final }) => [final ? '🛑 cannot be undone' : '⚠️', code(id), what]),
          ),
        ]),
    ...(fit === undefined ? [] : fitSections(fit)),
    ...identitySections(identities),
    ...(pods.length === 0 ? [] : [podSection(pods)]),
    ...roots.flatMap(detailSections),
    ...(picture === undefined
      ? []
      : [
          block(
            `<details><summary>What will stand after the apply (${legend(boxes)})</summary>\n\n${fenced(picture, 'mermaid')}\n\n</details>`,
          ),
        ]),
  ];
}

const PODS: Readonly<Record<PodChange['change'], string>> = { come: '➕ come', go: '➖ go', scale: 'new number', restart: 'start anew' };

/** What needs a second look, then what comes and goes, then the rest. */
const byAttention = (a: PodChange, b: PodChange): number => attention(a) - attention(b) || (a.workload < b.workload ? -1 : 1);
const attention = ({ change, warning }: PodChange): number => (warning !== '' ? 0 : change === 'go' || change === 'come' ? 1 : 2);

function podSection(pods: readonly PodChange[]): Section {
  // Most plans have nothing to warn of, and an empty column says nothing.
  const warns = pods.some(({ warning }) => warning !== '');
  return table(
    '#### Pods',
    'workloads',
    ['', 'Workload', 'Pods', ...(warns ? [''] : [])],
    [...pods]
      .sort(byAttention)
      .map(({ change, workload, before, after, warning }) => [
        PODS[change],
        code(workload),
        before === after ? after : [before || '–', after || '–'].join(' → '),
        ...(warns ? [warning === '' ? '' : `⚠️ ${warning}`] : []),
      ]),
  );
}

function fitSections(fit: Fit): Section[] {
  const words = { fits: '✅', warning: '⚠️', blocker: '🛑', unknown: '❔' };
  const head = `#### Will it fit?\n\n${words[fit.verdict]} ${prose(describeFit(fit))}`;
  const stuck = [...troubles(fit.atMinimum, 'at the start'), ...troubles(fit.atMaximum, 'at full scale')];
  return stuck.length === 0 ? [block(head)] : [table(head, 'pods that stay Pending', ['When', 'Pods', 'Why', 'What to do'], stuck)];
}

function troubles({ pending, overQuota }: Fitting, when: string): string[][] {
  const row = ({ name, count, why, fix }: Pending): string[] => [when, `${code(name)} ×${count}`, prose(why), prose(fix)];
  return [...pending.map(row), ...overQuota.map((line) => [when, 'quota', prose(line), 'Raise the quota of the namespace.'])];
}

/** One line while all is well. */
function identitySections(rows: readonly IdentityRow[]): Section[] {
  if (rows.length === 0) return [];
  const head = '#### Workload Identity';
  if (rows.every(isCovered))
    return [block(`${head}\n\n✅ all ${rows.length} workloads that read Blob Storage have label, client id and federated credential`)];
  const mark = (good: boolean): string => (good ? '✅' : '🛑 missing');
  const lacking = rows.filter((row) => !isCovered(row));
  return [
    table(
      `${head}\n\n${rows.length - lacking.length} of ${rows.length} workloads that read Blob Storage are covered; these are not:`,
      'workloads',
      ['Workload', 'Pod label', 'Client id', 'Federated credential'],
      lacking.map((row) => [
        code(row.workload),
        mark(row.label),
        mark(row.annotation),
        `${mark(row.credential)} ${code(row.serviceAccount)}`,
      ]),
    ),
  ];
}

const SIGNS: Readonly<Record<ItemChange['action'], string>> = { create: '➕', update: '✏️', replace: '♻️', delete: '➖' };

/** Changes and losses before additions: those are what a reviewer looks for. */
const ORDER: Readonly<Record<ItemChange['action'], number>> = { delete: 0, replace: 1, update: 2, create: 3 };

/** A longer list is folded as a whole: it would push everything after it out of sight. */
const MOST_OPEN = 25;

function detailSections({ name, changes, within }: RootReview): Section[] {
  if (changes.length === 0) return [];
  const [title, unit] = ROOTS[name];
  const ordered = [...changes].sort((a, b) => ORDER[a.action] - ORDER[b.action] || (a.id < b.id ? -1 : 1));
  const closer = within === undefined ? '' : `\nWhat ${code(within)} comes to in the cluster, object by object; it is counted there.\n`;
  const head = `#### ${title} in detail\n${closer}`;
  if (ordered.length <= MOST_OPEN) return [{ head, rows: ordered.map((change) => detail(change)), tail: '', unit }];
  const fold = `<details><summary>${ordered.length} ${unit}, one by one</summary>\n`;
  return [{ head: `${head}\n${fold}`, rows: ordered.map((change) => detail(change)), tail: '\n</details>', unit }];
}

/** Attributes of one item that are listed; a form of thousands is no reading. */
const MOST_ATTRIBUTES = 200;

/** One item with its attributes, folded. @param note after its name, in HTML. */
export function detail({ id, action, attributes }: ItemChange, note = ''): string {
  const lines = attributes
    .slice(0, MOST_ATTRIBUTES)
    .flatMap(({ path, before, after }) => [
      ...(before === undefined ? [] : [`- ${path} = ${before}`]),
      ...(after === undefined ? [] : [`+ ${path} = ${after}`]),
    ]);
  const rest = attributes.length > MOST_ATTRIBUTES ? [`  and ${attributes.length - MOST_ATTRIBUTES} more attributes`] : [];
  const body = lines.length === 0 ? '' : `\n\n${fenced(withoutComments([...lines, ...rest].join('\n')), 'diff')}\n`;
  return `<details><summary>${SIGNS[action]} ${htmlCode(id)}${note}</summary>${body}\n</details>`;
}
