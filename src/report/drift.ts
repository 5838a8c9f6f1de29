import { type Difference, differencesOf, describeDifferences, type DriftReport, type Half, ignoredOf } from '../drift/drift.js';
import { code } from './markdown.js';
import { detail, table } from './review.js';
import { block, type Section } from './sections.js';

const HALVES: Readonly<Record<Half, string>> = { infrastructure: 'Azure', cluster: 'the cluster' };

const KINDS: Readonly<Record<Difference['kind'], readonly [title: string, legend: string]>> = {
  outside: [
    'Changed outside',
    'Somebody changed this by another way than the configuration. `-` is what was deployed, `+` what stands. An apply sets right what the configuration decides; what is to stay belongs into the configuration.',
  ],
  pending: ['Configured, not applied yet', 'An apply would do this. `-` is what stands, `+` what is configured.'],
};

/** One line: what was found, and that it is not all when it is not. */
export function driftHeadline(drift: DriftReport): string {
  const differences = differencesOf(drift);
  const found = differences.length === 0 ? 'nothing differs' : describeDifferences(differences);
  return drift.unseen === undefined ? found : `${found}; ${HALVES[drift.unseen.half]} could not be looked at`;
}

/** Objects named that nobody could compare. */
const MOST_BLIND = 20;

/** Why a reader must not take this for everything; '' when it is. */
export function unseenWarning({ unseen, seen }: DriftReport): string {
  const blind = Object.values(seen).flatMap((half) => half.blind);
  const more = blind.length > MOST_BLIND ? `, and ${blind.length - MOST_BLIND} more` : '';
  return [
    ...(unseen === undefined
      ? []
      : [
          `⚠️ **Not everything could be looked at.** The run failed at ${HALVES[unseen.half]}: ${code(unseen.reason)}. What differs there is not known.`,
        ]),
    ...(blind.length === 0
      ? []
      : [
          `⚠️ **Not everything could be compared:** ${blind.slice(0, MOST_BLIND).map(code).join(', ')}${more}. What differs there is not known.`,
        ]),
  ].join(' ');
}

/** The differences by kind. Everything from outside is in code, where nothing is markup. */
export function differenceSections(drift: DriftReport): Section[] {
  const differences = differencesOf(drift);
  const notes = Object.values(drift.seen).flatMap((seen) => seen.notes);
  return (Object.keys(KINDS) as Difference['kind'][]).flatMap((kind): Section[] => {
    const items = differences.filter((difference) => difference.kind === kind);
    if (items.length === 0) return [];
    const [title, legend] = KINDS[kind];
    const more = kind === 'pending' && notes.length > 0 ? `\n\n${notes.join('\n\n')}` : '';
    return [
      {
        head: `#### ${title}\n\n${legend}${more}\n`,
        rows: items.map((item) => detail(item, item.kind === 'outside' && item.action === 'delete' ? ' was deleted' : '')),
        tail: '',
        unit: 'differences',
      },
    ];
  });
}

/** For the step summary: everything, what is ignored by name. */
export function driftSections(drift: DriftReport, issueUrl: string | undefined): Section[] {
  const ignored = ignoredOf(drift);
  const warning = unseenWarning(drift);
  return [
    block(
      [
        `### Drift: ${driftHeadline(drift)}`,
        ...(warning === '' ? [] : [warning]),
        ...(issueUrl === undefined ? [] : [`Issue: ${issueUrl}`]),
      ].join('\n\n'),
    ),
    ...differenceSections(drift),
    ...(ignored.length === 0
      ? []
      : [
          table(
            `#### Ignored: ${ignored.length} ${ignored.length === 1 ? 'attribute' : 'attributes'} that services manage`,
            'ignored attributes',
            ['Resource', 'Attribute', 'Why'],
            ignored.map(({ id, path, why }) => [code(id), code(path), why]),
          ),
        ]),
  ];
}
